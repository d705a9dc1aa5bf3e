"""The routes of approvals and of delegations."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.domain.delegation import DelegationInput
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
from leave.functions.inputs import FORM_BYTES, read_answer_body, read_delegation_body
from leave.functions.presenting import (
    present_answered,
    present_approval,
    present_cursor,
    present_delegation,
    present_request,
)
from leave.functions.replies import reply_empty, reply_json
from leave.services.ports import ApprovalsCursor

if TYPE_CHECKING:
    from leave.functions.http import Event
    from leave.services.approvals import Approvals
    from leave.services.authorization import Authenticator, Caller
    from leave.services.delegation import DelegateApprovals

_log = logging.getLogger(__name__)


@cache
@cold_start
def application() -> tuple[Authenticator, Approvals, DelegateApprovals]:
    """Build the use cases, once in the life of a warm function."""
    return bootstrap.approvals(os.environ)


def handler(event: Event, context: Any) -> dict[str, Any]:
    """Answer whichever of the routes was called."""
    return error_boundary(context, lambda: _reply(event))


def _reply(event: Event) -> dict[str, Any]:
    authenticator, approvals, delegating = application()
    caller = authenticator.authenticate(claims(event))
    if route(event).endswith(" /delegation"):
        return _delegation(delegating, caller, event)
    if route(event).startswith("GET "):
        return reply_json(200, _list(approvals, caller, event))
    Query(event).check()
    if route(event).startswith("DELETE "):
        visible = approvals.undo(caller, request_id(event))
        _log.info("undone", extra={"leaveRequestId": visible.request.request_id})
        return reply_json(200, present_request(visible))
    key, answer = idempotency_key(event), read_answer_body(read_body(event, FORM_BYTES))
    answered = approvals.decide(caller, request_id(event), **answer, idempotency_key=key)
    _log.info("answered by token", extra={"leaveRequestId": answered.visible.request.request_id})
    return reply_json(200, present_answered(answered))


def _delegation(delegating: DelegateApprovals, caller: Caller, event: Event) -> dict[str, Any]:
    query = Query(event, "employeeId")
    employee_id = query.employee_id()
    query.check()
    if route(event).startswith("DELETE "):
        delegating.end(caller, employee_id=employee_id)
        return reply_empty()
    if route(event).startswith("GET "):
        found = delegating.read(caller, employee_id=employee_id)
        return reply_json(200, present_delegation(found)) if found else reply_empty()
    key, (substitute_id, period) = idempotency_key(event), read_delegation_body(read_body(event))
    wanted = DelegationInput(substitute_id=substitute_id, period=period)
    made = delegating.delegate(caller, wanted, employee_id=employee_id, idempotency_key=key)
    return reply_json(200, present_delegation(made))


def _list(approvals: Approvals, caller: Caller, event: Event) -> dict[str, Any]:
    query = Query(event, "cursor")
    after = query.moment_and_request()
    query.check()
    cursor = ApprovalsCursor(asked_at=after[0], request_id=after[1]) if after else None
    page = approvals.waiting(caller, cursor)
    return {
        "approvals": [present_approval(approval) for approval in page.approvals],
        "cursor": page.cursor and present_cursor(page.cursor),
    }
