"""Errors as RFC 9457 problem documents."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

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
from leave.functions.limits import BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    (RuleError, 422, "A rule says no"),
    (UnavailableError, 503, "Please try again"),
)


def problem(error: Exception, *, instance: str = "") -> dict[str, Any]:
    """Return the reply for an error; one that no table entry fits says nothing of its inside."""
    for kind, status, title in STATUSES:
        if isinstance(error, kind):
            return _reply(error, status, title, instance)
    return _reply(RuntimeError(), 500, "Something went wrong on our side", instance)


def _reply(error: Exception, status: int, title: str, instance: str) -> dict[str, Any]:
    detail = str(error)
    if isinstance(error, BodyTooLargeError):
        detail = f"At most {BODY_BYTES} bytes are read."
    elif isinstance(error, UnavailableError):
        # Its own text names services of the inside; it is in the log.
        detail = "Nothing is lost. Try again; with an Idempotency-Key that is always safe."
    elif not isinstance(error, LeaveError):
        detail = "Nothing more can be said here; the log has the details."
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
    return reply_json(status, body, content_type="application/problem+json")


def reply_json(
    status: int, body: Mapping[str, Any], *, content_type: str = "application/json"
) -> dict[str, Any]:
    """Return a JSON reply in API Gateway's payload format 2.0."""
    headers = {
        "content-type": content_type,
        "cache-control": "no-store",
        # What a caller sent may come back in an error, and is never to be taken for a page.
        "x-content-type-options": "nosniff",
    }
    if status == 401:  # noqa: PLR2004
        headers["www-authenticate"] = "Bearer"
    if status == 503:  # noqa: PLR2004
        headers["retry-after"] = "5"
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def _slug(error: Exception) -> str:
    name = type(error).__name__.removesuffix("Error")
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
