"""POST /request_leave."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.domain.errors import (
    FieldProblem,
    LeaveError,
    MalformedRequestError,
    UnavailableError,
)
from leave.functions.events import BodyTooLargeError, claims, header, read_body
from leave.functions.leave_body import read_wish
from leave.functions.numbers import json_number
from leave.functions.problems import problem, reply_json

if TYPE_CHECKING:
    from leave.functions.events import Event
    from leave.services.gatekeeper import Gatekeeper
    from leave.services.request_leave import RequestLeave

_log = logging.getLogger(__name__)
_KEY_LENGTH = 255


@cache
def application() -> tuple[Gatekeeper, RequestLeave]:
    """Build the use case, once in the life of a warm function."""
    return bootstrap.request_leave(os.environ)


def handler(event: Event, context: Any) -> dict[str, Any]:
    """Record one request for leave and start its workflow."""
    call = getattr(context, "aws_request_id", "")
    try:
        gatekeeper, request_leave = application()
        caller = gatekeeper.admit(claims(event))
        wish = read_wish(read_body(event))
        submitted = request_leave(caller, wish, idempotency_key=_idempotency_key(event))
    except UnavailableError as error:
        _log.exception("unavailable")
        return problem(error, instance=call)
    except (LeaveError, BodyTooLargeError) as error:
        _log.info("refused", extra={"error": type(error).__name__})
        return problem(error, instance=call)
    except Exception as error:  # noqa: BLE001 - the edge always answers; the log has the rest
        _log.exception("request_leave failed")
        return problem(error, instance=call)
    _log.info("submitted", extra={"requestId": submitted.request_id})
    return reply_json(
        202,
        {
            "status": "Leave request submitted",
            "ref": submitted.ref,
            "requestId": submitted.request_id,
            "workingDays": json_number(submitted.working_days),
        },
    )


def _idempotency_key(event: Event) -> str | None:
    key = header(event, "idempotency-key")
    if key is not None and not 0 < len(key) <= _KEY_LENGTH:
        message = f"has to have 1 to {_KEY_LENGTH} characters"
        raise MalformedRequestError(FieldProblem("Idempotency-Key", message))
    return key
