"""Errors as RFC 9457 problem documents."""

from __future__ import annotations

import re
from typing import Any

from leave.domain.errors import (
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
from leave.functions.events import BodyTooLargeError
from leave.functions.presenting import present_members
from leave.functions.replies import reply_json

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
    (BodyTooLargeError, 413, "The body is too large"),
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
