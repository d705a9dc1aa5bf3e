"""HTTP events, problems, cookies, queries and the error boundary."""

from __future__ import annotations

import base64
import logging
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs

from leave.domain.employee import EMPLOYEE_ID
from leave.domain.errors import (
    CommentMissingError,
    ConcurrentImportError,
    DirectoryChangedError,
    DirectoryMistakesError,
    FieldProblem,
    FileTooLongError,
    IdempotencyMismatchError,
    LeaveError,
    MalformedRequestError,
    NotAllowedError,
    NotPossibleError,
    OverlapError,
    RuleError,
    UnauthenticatedError,
    UnavailableError,
    UnknownEmployeeError,
    UnknownFeedError,
    UnknownRequestError,
)
from leave.domain.history import Status
from leave.functions.inputs import (
    APPROVALS_CURSOR,
    BODY_BYTES,
    DAY,
    DEFAULT_SPAN_DAYS,
    FIRST_YEAR,
    FORM_BYTES,
    ID_LENGTH,
    IDEMPOTENCY_KEY,
    LAST_YEAR,
    REQUEST_ID,
    SPAN_DAYS,
    UNKNOWN_TOLD,
    YEAR,
)
from leave.functions.presenting import EPOCH, present_members
from leave.functions.replies import reply_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


Event = dict[str, Any]
T = TypeVar("T")


class BodyTooLargeError(LeaveError):
    """The body is over `maximum_bytes`."""

    def __init__(self, maximum: int = BODY_BYTES) -> None:
        super().__init__(f"The body can have at most {maximum} bytes. Send a smaller one.")
        self.maximum_bytes = maximum


class UnsupportedMediaTypeError(LeaveError):
    """A body of another kind than the route takes, which is in `accepted`."""

    def __init__(self, accepted: str) -> None:
        super().__init__(f"Send the body as {accepted} in UTF-8, and name that Content-Type.")
        self.accepted = accepted


def require_content_type(event: Event, accepted: str) -> None:
    """Raise `UnsupportedMediaTypeError` unless the body is of a kind, and said to be in UTF-8."""
    kind, *parameters = (header(event, "content-type") or "").lower().split(";")
    charsets = [p.partition("=")[2].strip(' "') for p in parameters if "charset" in p]
    encodings = {"", "identity"}
    if (
        kind.strip() != accepted
        or {*charsets} - {"utf-8"}
        or (header(event, "content-encoding") or "").lower() not in encodings
    ):
        raise UnsupportedMediaTypeError(accepted)


def read_body(event: Event, maximum: int = BODY_BYTES) -> str:
    """Return the body as text.

    Raises `BodyTooLargeError`, or `MalformedRequestError` when it is no UTF-8.
    """
    try:
        return read_bytes(event, maximum).decode("utf-8")
    except ValueError as error:
        raise MalformedRequestError(FieldProblem("body", "is not UTF-8 text")) from error


def read_bytes(event: Event, maximum: int) -> bytes:
    """Return the body as it is; raises `BodyTooLargeError`, or `ValueError` for what is none."""
    body = event.get("body") or ""
    raw = (
        base64.b64decode(body, validate=True)
        if event.get("isBase64Encoded")
        else body.encode("utf-8")
    )
    if len(raw) > maximum:
        raise BodyTooLargeError(maximum)
    return raw


def read_form(event: Event) -> dict[str, str]:
    """Return the fields of an HTML form, each with its first value."""
    try:
        fields = parse_qs(read_body(event, FORM_BYTES), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise MalformedRequestError(FieldProblem("body", "has too many fields")) from error
    return {name: values[0] for name, values in fields.items()}


def header(event: Event, name: str) -> str | None:
    """Return a header; API Gateway has made all names lower case."""
    return event.get("headers", {}).get(name)


def idempotency_key(event: Event) -> str | None:
    """Return the header `Idempotency-Key`."""
    key = header(event, "idempotency-key")
    if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
        message = "must have 1 to 255 visible ASCII characters, such as a UUID"
        raise MalformedRequestError(FieldProblem("Idempotency-Key", message))
    return key


def accepted_language(event: Event) -> str:
    """Return what the caller's browser accepts, for pages whose reader nobody knows."""
    return header(event, "accept-language") or ""


def claims(event: Event) -> dict[str, Any]:
    """Return what the JWT authorizer verified; empty where it was not asked."""
    authorizer = event.get("requestContext", {}).get("authorizer", {})
    return authorizer.get("jwt", {}).get("claims", {})


def route(event: Event) -> str:
    """Return the route that matched, such as `GET /health`; HEAD is answered as GET is.

    API Gateway then leaves the body out, and tells the length that GET would have sent.
    https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2
    """
    key: str = event.get("routeKey", "")
    return f"GET {key[5:]}" if key.startswith("HEAD ") else key


def request_id(event: Event) -> str:
    """Return the request id in the path; raises `UnknownRequestError` for what can be none."""
    text = path_parameter(event, "requestId")
    if not REQUEST_ID.fullmatch(text):
        raise UnknownRequestError(text[:ID_LENGTH])
    return text


def employee_id(event: Event) -> str:
    """Return the employee id in the path; raises `UnknownEmployeeError` for what can be none."""
    text = path_parameter(event, "employeeId")
    if not EMPLOYEE_ID.fullmatch(text):
        raise UnknownEmployeeError(text[:ID_LENGTH])
    return text


def path_parameter(event: Event, name: str) -> str:
    """Return a part of the path."""
    return event.get("pathParameters", {}).get(name, "")


_SERVER_ERROR = 500
# The first entry that fits decides.
STATUSES: tuple[tuple[type[Exception], int, str], ...] = (
    (MalformedRequestError, 400, "The request is malformed"),
    (UnauthenticatedError, 401, "No valid token"),
    (NotAllowedError, 403, "Not allowed"),
    (UnknownEmployeeError, 404, "Unknown employee"),
    (UnknownRequestError, 404, "Unknown leave request"),
    (UnknownFeedError, 404, "Unknown calendar"),
    (NotPossibleError, 409, "Not possible any more"),
    (OverlapError, 409, "Overlaps other leave"),
    (IdempotencyMismatchError, 409, "Idempotency-Key used twice"),
    (ConcurrentImportError, 409, "Changed meanwhile"),
    (DirectoryChangedError, 412, "The directory has changed"),
    (BodyTooLargeError, 413, "The body is too large"),
    (CommentMissingError, 422, "A comment is missing"),
    (FileTooLongError, 413, "The file is too long"),
    (UnsupportedMediaTypeError, 415, "Another kind of body"),
    (DirectoryMistakesError, 422, "The file has mistakes"),
    (RuleError, 422, "Refused by a rule"),
    (UnavailableError, 503, "Please try again"),
)


def problem(error: Exception, *, instance: str = "") -> dict[str, Any]:
    """Return the reply for an error; one that no table entry fits says nothing of its inside."""
    for kind, status, title in STATUSES:
        if isinstance(error, kind):
            return _reply(error, status, title, instance)
    return _reply(RuntimeError(), 500, "Internal error", instance)


def _reply(error: Exception, status: int, title: str, instance: str) -> dict[str, Any]:
    detail = str(error)
    if isinstance(error, UnavailableError):
        # Its own text names services of the inside; it is in the log.
        detail = "Nothing was lost. Try again; with an Idempotency-Key this is always safe."
    elif not isinstance(error, LeaveError):
        detail = "The log has the details. Report the `instance` of this answer."
    body: dict[str, Any] = {
        "type": f"urn:leave:problem:{_slug(error)}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if instance:
        body["instance"] = f"urn:leave:call:{instance}"
    if isinstance(error, MalformedRequestError):
        body["errors"] = [{"field": p.field, "message": p.message} for p in error.problems]
    elif status < _SERVER_ERROR:
        body |= present_members(error)
    return reply_json(status, body, content_type="application/problem+json")


def _slug(error: Exception) -> str:
    name = type(error).__name__.removesuffix("Error")
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


_NAME = "leave-{}"
_GUARDED = "__Host-leave-{}"


@dataclass(kw_only=True, slots=True, eq=False)
class Cookies:
    """Cookies of the API at `api_url`, which no script reads and no other site has sent along.

    Over https the browser itself sees to it that no other host has set them, for the prefix of
    their names: https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie
    """

    api_url: str

    @property
    def _secure(self) -> bool:
        return self.api_url.startswith("https:")

    def read(self, event: Event, kind: str) -> str | None:
        """Return a cookie's value, None without one.

        API Gateway has them as a list; what puts them together has them as the header they were.
        """
        listed: list[str] = event.get("cookies") or (header(event, "cookie") or "").split(";")
        pairs = (pair.strip().partition("=") for pair in listed)
        return next((value for name, _, value in pairs if name == self._name(kind)), None)

    def keep(self, kind: str, value: str, *, time: timedelta) -> str:
        """Return the `Set-Cookie` by which a browser keeps a value."""
        return self._set(kind, value, int(time.total_seconds()))

    def drop(self, kind: str) -> str:
        """Return the `Set-Cookie` by which a browser forgets a value."""
        return self._set(kind, "", 0)

    def _set(self, kind: str, value: str, seconds: int) -> str:
        # Lax, not Strict: a link in a mail opened in a browser must carry the session along.
        secure = "; Secure" if self._secure else ""
        name = self._name(kind)
        return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"

    def _name(self, kind: str) -> str:
        return (_GUARDED if self._secure else _NAME).format(kind)


class Query:
    """The query parameters of a call, of which only the `allowed` may be there."""

    def __init__(self, event: Event, *allowed: str) -> None:
        self._values: dict[str, str] = event.get("queryStringParameters") or {}
        known = f"the parameters are {', '.join(allowed)}" if allowed else "there are no parameters"
        self._problems = [
            FieldProblem(name[:ID_LENGTH], f"unknown; {known}")
            for name in [name for name in self._values if name not in allowed][:UNKNOWN_TOLD]
        ]

    def employee_id(self) -> str | None:
        """Return `employeeId`."""
        return self._matching("employeeId", EMPLOYEE_ID, "must be an employee id such as E002")

    def cursor(self) -> str | None:
        """Return `cursor`, as an earlier answer gave it."""
        return self._matching("cursor", REQUEST_ID, "must be the cursor of an earlier answer")

    def moment_and_request(self) -> tuple[datetime, str] | None:
        """Return `cursor` of a list of what waits, as `present_cursor` wrote it."""
        text = self._matching("cursor", APPROVALS_CURSOR, "must be the cursor of an earlier answer")
        if text is None or (match := APPROVALS_CURSOR.fullmatch(text)) is None:
            return None
        moment = EPOCH + timedelta(microseconds=int(match["microseconds"]))
        return moment, match["request_id"]

    def status(self) -> Status | None:
        """Return `status`."""
        value = self._values.get("status")
        if value is None or value in set(Status):
            return Status(value) if value else None
        self._problem("status", f"must be one of {', '.join(Status)}")
        return None

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a parameter that is `true` or `false`."""
        value = self._values.get(name)
        if value not in {None, "true", "false"}:
            self._problem(name, "must be true or false")
        return default if value is None else value == "true"

    def year(self, name: str = "year") -> int | None:
        """Return a year."""
        text = self._matching(name, YEAR, "must be a year such as 2027")
        if text is None:
            return None
        if not FIRST_YEAR <= int(text) <= LAST_YEAR:
            self._problem(name, f"must be from {FIRST_YEAR} to {LAST_YEAR}")
            return None
        return int(text)

    def span(self, today: date) -> tuple[date, date]:
        """Return `start` and `end`: from today for 60 days where they are not given."""
        start = self.day("start") or today
        default = start + timedelta(days=DEFAULT_SPAN_DAYS) if start.year < LAST_YEAR else start
        end = self.day("end") or default
        if end < start or (end - start).days > SPAN_DAYS:
            self._problem("end", f"must be from the start to {SPAN_DAYS} days later")
        return start, end

    def report_span(self) -> tuple[date, date]:
        """Return `from` and `to`, both of which must be there."""
        start = self.required("from", self.day("from"))
        end = self.required("to", self.day("to"))
        if start and end and end < start:
            self._problem("to", f"must not be before {start}, the first day")
        return start or date.min, end or date.min

    def statuses(self) -> tuple[Status, ...]:
        """Return `status`: one or more of them, separated by commas."""
        words = self._values.get("status", "").split(",") if "status" in self._values else []
        known = tuple(Status(word) for word in words if word in set(Status))
        if len(known) < len(words):
            self._problem("status", f"must be some of {', '.join(Status)}, separated by commas")
        return known

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return a parameter that is one of some words, the first where it is left out."""
        value = self._values.get(name, choices[0])
        if value not in choices:
            self._problem(name, f"must be {' or '.join(choices)}")
            return choices[0]
        return value

    def required(self, name: str, value: T | None) -> T | None:
        """Return the value of a parameter that must be there."""
        if name not in self._values:
            self._problem(name, "is required")
        return value

    def check(self) -> None:
        """Raise `MalformedRequestError` with everything that was wrong, if anything was."""
        if self._problems:
            raise MalformedRequestError(*self._problems)

    def day(self, name: str) -> date | None:
        """Return a day."""
        text = self._matching(name, DAY, "must be a day such as 2027-01-31")
        if text is None:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            self._problem(name, "is not a day of the calendar")
            return None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self._problem(name, f"must be from {FIRST_YEAR} to {LAST_YEAR}")
            return None
        return day

    def _matching(self, name: str, pattern: re.Pattern[str], message: str) -> str | None:
        value = self._values.get(name)
        if value is None or pattern.fullmatch(value):
            return value
        self._problem(name, message)
        return None

    def _problem(self, name: str, message: str) -> None:
        self._problems.append(FieldProblem(name, message))


_log = logging.getLogger(__name__)


def error_boundary(context: Any, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what `call` returns, or the problem document for what it raises."""
    call_id = getattr(context, "aws_request_id", "")
    try:
        return call()
    except UnavailableError as error:
        _log.exception("unavailable")
        return problem(error, instance=call_id)
    except LeaveError as error:
        _log.info("refused", extra={"error": type(error).__name__})
        return problem(error, instance=call_id)
    except Exception as error:  # noqa: BLE001 - the edge always answers; the log has the rest
        _log.exception("failed")
        return problem(error, instance=call_id)
