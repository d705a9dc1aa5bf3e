"""PATCH and DELETE /leave_requests/{requestId}, and POST of its reminder."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.functions import cold_start
from leave.functions.http import (
    Query,
    claims,
    error_boundary,
    idempotency_key,
    read_body,
    request_id,
    route,
)
from leave.functions.inputs import read_leave_body
from leave.functions.presenting import present_answered, present_request
from leave.functions.replies import reply_json

if TYPE_CHECKING:
    from leave.functions.http import Event
    from leave.services.authorization import Authenticator
    from leave.services.change_leave_request import ChangeLeaveRequest


@cache
@cold_start
def application() -> tuple[Authenticator, ChangeLeaveRequest]:
    """Build the use case, once in the life of a warm function."""
    return bootstrap.change_leave_request(os.environ)


def handler(event: Event, context: Any) -> dict[str, Any]:
    """PATCH asks for something else, DELETE withdraws or asks to cancel, POST reminds."""
    return error_boundary(context, lambda: _change(event))


def _change(event: Event) -> dict[str, Any]:
    authenticator, requests = application()
    caller = authenticator.authenticate(claims(event))
    Query(event).check()
    if route(event).startswith("POST "):
        # The mail leaves later, so that the call does not wait for Gmail.
        key = idempotency_key(event)
        reminded = requests.remind(caller, request_id(event), idempotency_key=key)
        return reply_json(202, present_answered(reminded))
    if route(event).startswith("DELETE "):
        visible = requests.withdraw(caller, request_id(event))
    else:
        wanted, _ = read_leave_body(read_body(event), with_employee=False)
        visible = requests.change(caller, request_id(event), wanted)
    # 202 where somebody still must agree to what was asked for.
    status = 200 if visible.request.question is None else 202
    return reply_json(status, present_request(visible))
