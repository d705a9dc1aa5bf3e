"""POST /request_leave."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.functions import cold_start
from leave.functions.http import Query, claims, error_boundary, idempotency_key, read_body
from leave.functions.inputs import read_leave_body
from leave.functions.presenting import json_number
from leave.functions.replies import reply_json

if TYPE_CHECKING:
    from leave.functions.http import Event
    from leave.services.authorization import Authenticator
    from leave.services.request_leave import RequestLeave

_log = logging.getLogger(__name__)


@cache
@cold_start
def application() -> tuple[Authenticator, RequestLeave]:
    """Build the use case, once in the life of a warm function."""
    return bootstrap.request_leave(os.environ)


def handler(event: Event, context: Any) -> dict[str, Any]:
    """Record one request for leave and start its workflow."""
    return error_boundary(context, lambda: _submit(event))


def _submit(event: Event) -> dict[str, Any]:
    authenticator, request_leave = application()
    caller = authenticator.authenticate(claims(event))
    Query(event).check()
    wanted, employee_id = read_leave_body(read_body(event), with_employee=True)
    submitted = request_leave(
        caller, wanted, employee_id=employee_id, idempotency_key=idempotency_key(event)
    )
    _log.info("submitted", extra={"leaveRequestId": submitted.request_id})
    return reply_json(
        202,
        {
            "status": "Leave request submitted",
            "ref": submitted.ref,
            "requestId": submitted.request_id,
            "workingDays": json_number(submitted.working_days),
        },
    )
