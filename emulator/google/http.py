"""HTTP requests and replies, and errors as Google words them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request whose body was read completely; `query` keeps the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    # True once the caller has hung up, so that a hanging answer need not outlive its caller.
    abandoned: Callable[[], bool] = lambda: False

    def header(self, name: str) -> str:
        """Return a header by its lower-case name, "" when it is missing."""
        return self.headers.get(name, "")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer; Content-Length and Date are the server's business."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class RefusalError(Exception):
    """A request that is answered by an error; carries the whole answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"refused with {reply.status}")
        self.reply = reply


class HangUpError(Exception):
    """The connection closes without an answer."""


def json_reply(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    """Return `value` as JSON, never cached unless `headers` say otherwise."""
    body = json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"
    return Reply(status=status, body=body, headers={"Cache-Control": "no-store", **(headers or {})})


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> Reply:
    """Return an error of the stand-in itself (not one of Google's) as JSON with `detail`."""
    return json_reply(
        {"error": {"code": status, "message": detail}}, status=status, headers=headers
    )


def refused(detail: str, *, status: int = 400) -> RefusalError:
    """Return the error that answers with `problem(status, detail)`."""
    return RefusalError(problem(status, detail))


def json_object(body: bytes) -> dict[str, object]:
    """Return the JSON object in `body`; ValueError says why there is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the body is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise ValueError("the body is JSON, but no object")  # noqa: TRY004 - one error to catch
    return cast("dict[str, object]", value)


def form(text: str) -> dict[str, str]:
    """Return the fields of a form or query string, the last value of each; ValueError if odd."""
    fields = parse_qs(text, keep_blank_values=True, max_num_fields=200)
    return {name: values[-1] for name, values in fields.items()}


_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_CHALLENGE = 'Bearer realm="https://accounts.google.com/"'
_EXPECTED = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
INVALID_TOKEN = f"Request had invalid authentication credentials. {_EXPECTED}"
NOT_DELEGATED = (
    "Client is unauthorized to retrieve access tokens using this method, or client not authorized "
    "for any of the scopes requested."
)
MISSING_TOKEN = f"Request is missing required authentication credential. {_EXPECTED}"


@dataclass(frozen=True, kw_only=True)
class GmailError:
    """One of Gmail's errors; `inner` is the message of the list entry where it differs."""

    code: int
    message: str
    reason: str
    domain: str = "global"
    inner: str = ""
    status: str = ""
    location: str = ""
    location_type: str = ""

    def reply(self) -> Reply:
        """Return the answer Gmail would give."""
        message = self.message.replace("{retry_after}", _retry_after())
        entry = {
            "message": self.inner or message,
            "domain": self.domain,
            "reason": self.reason,
        }
        if self.location:
            entry |= {"location": self.location, "locationType": self.location_type}
        error: dict[str, object] = {"code": self.code, "message": message, "errors": [entry]}
        status = self.status or _STATUS.get(self.code, "")
        if status:
            error["status"] = status
        headers = {"WWW-Authenticate": _CHALLENGE} if self.code == 401 else {}  # noqa: PLR2004
        return json_reply({"error": error}, status=self.code, headers=headers)


def unauthenticated(message: str, *, reason: str = "authError") -> GmailError:
    """Return the error for a missing or unusable access token."""
    return GmailError(
        code=401,
        message=message,
        reason=reason,
        inner="Login Required." if reason == "required" else "Invalid Credentials",
        location="Authorization",
        location_type="header",
    )


def invalid_argument(message: str, *, reason: str = "invalidArgument") -> GmailError:
    """Return the error for a mail or a request that can never be sent as it is."""
    return GmailError(code=400, message=message, reason=reason)


def oauth_error(error: str, description: str = "", *, status: int = 400) -> Reply:
    """Return an error of the token or revocation endpoint."""
    body = {"error": error}
    if description:
        body["error_description"] = description
    return json_reply(body, status=status)


class DeniedError(Exception):
    """An OAuth endpoint gives no tokens; carries its answer."""

    def __init__(self, error: str, description: str = "", *, status: int = 400) -> None:
        super().__init__(error)
        self.reply = oauth_error(error, description, status=status)


def _retry_after() -> str:
    later = datetime.now(UTC) + timedelta(minutes=15)
    return later.isoformat(timespec="milliseconds").replace("+00:00", "Z")
