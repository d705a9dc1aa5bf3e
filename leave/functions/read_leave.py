"""GET and HEAD of requests, leave types, balances and the team calendar."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.functions import cold_start
from leave.functions.http import Query, claims, error_boundary, request_id, route
from leave.functions.presenting import (
    present_absence,
    present_balance,
    present_leave_type,
    present_request,
)
from leave.functions.replies import reply_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.functions.http import Event
    from leave.services.authorization import Authenticator, Caller
    from leave.services.read_leave import ReadLeave


@cache
@cold_start
def application() -> tuple[Authenticator, ReadLeave]:
    """Build the use case, once in the life of a warm function."""
    return bootstrap.read_leave(os.environ)


def handler(event: Event, context: Any) -> dict[str, Any]:
    """Answer whichever of the routes was called."""
    return error_boundary(context, lambda: _read(event))


def _read(event: Event) -> dict[str, Any]:
    authenticator, leave = application()
    caller = authenticator.authenticate(claims(event))
    return reply_json(200, _ROUTES[route(event)](leave, caller, event))


def _list(leave: ReadLeave, caller: Caller, event: Event) -> dict[str, Any]:
    query = Query(event, "employeeId", "status", "year", "cursor")
    status, year = query.status(), query.year()
    cursor, employee_id = query.cursor(), query.employee_id()
    query.check()
    page = leave.list(caller, employee_id=employee_id, status=status, year=year, cursor=cursor)
    return {
        "leaveRequests": [present_request(visible) for visible in page.requests],
        "cursor": page.cursor,
    }


def _one(leave: ReadLeave, caller: Caller, event: Event) -> dict[str, Any]:
    Query(event).check()
    return present_request(leave.request(caller, request_id(event)))


def _types(leave: ReadLeave, caller: Caller, event: Event) -> dict[str, Any]:
    Query(event).check()
    return {"leaveTypes": [present_leave_type(one) for one in leave.leave_types(caller)]}


def _balance(leave: ReadLeave, caller: Caller, event: Event) -> dict[str, Any]:
    query = Query(event, "employeeId", "year")
    year, employee_id = query.year(), query.employee_id()
    query.check()
    employee, year, balances = leave.balances(caller, employee_id=employee_id, year=year)
    return {
        "employeeId": employee.employee_id,
        "year": year,
        "balances": [present_balance(balance) for balance in balances],
    }


def _team(leave: ReadLeave, caller: Caller, event: Event) -> dict[str, Any]:
    query = Query(event, "employeeId", "start", "end")
    employee_id = query.employee_id()
    start, end = query.span(leave.clock.today())
    query.check()
    employee, absences = leave.team(caller, start, end, employee_id=employee_id)
    # A feed opens without a sign-in, so its address is told to its owner only.
    feed = None if employee_id else employee.feed
    return {
        "start": start.isoformat(),
        "end": end.isoformat(),
        "absences": [present_absence(absence) for absence in absences],
        "feed": feed and f"/calendar/{feed.reveal()}.ics",
    }


_ROUTES: dict[str, Callable[[ReadLeave, Caller, Event], dict[str, Any]]] = {
    "GET /leave_requests": _list,
    "GET /leave_requests/{requestId}": _one,
    "GET /leave_types": _types,
    "GET /leave_balance": _balance,
    "GET /team_calendar": _team,
}
