"""Google's own error answers, word for word as far as they were seen in the wild.

Gmail wraps its errors in `{"error": {code, message, status, errors: [...]}}`; the OAuth endpoints
answer `{"error", "error_description"}` (RFC 6749 section 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from emulator.google.exchange import Reply, json_reply

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
