"""How requests and ledgers look as items."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from leave.domain.ledgers import Booking, Ledger
from leave.domain.periods import HalfDay, Period
from leave.domain.requests import Event, LeaveRequest, Person, Status
from leave.domain.secrets import Secret

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Item


def _period_to_item(period: Period) -> Item:
    item = {"start": period.start.isoformat(), "end": period.end.isoformat()}
    return item | ({"halfDay": period.half_day.value} if period.half_day else {})


def _period_from_item(item: Item) -> Period:
    return Period(
        start=date.fromisoformat(item["start"]),
        end=date.fromisoformat(item["end"]),
        half_day=HalfDay(item["halfDay"]) if "halfDay" in item else None,
    )


def booking_to_item(booking: Booking) -> Item:
    """Return the value kept in a ledger under the request's id."""
    return _period_to_item(booking.period) | {"days": booking.days, "status": booking.status}


def ledger_from_item(item: Item) -> Ledger:
    """Read a ledger."""
    return Ledger(
        employee_id=item["employeeId"],
        year=int(item["year"]),
        version=int(item["version"]),
        bookings=tuple(
            Booking(
                request_id=request_id,
                period=_period_from_item(value),
                days=value["days"],
                status=value["status"],
            )
            for request_id, value in sorted(item["bookings"].items())
        ),
    )


def _person_to_item(person: Person) -> Item:
    return {"employeeId": person.employee_id, "name": person.name}


def _person_from_item(item: Item) -> Person:
    return Person(employee_id=item["employeeId"], name=item["name"])


def _event_to_item(event: Event) -> Item:
    return {
        "at": event.at.isoformat(),
        "what": event.what,
        "who": event.who,
        "via": event.via,
        "comment": event.comment,
    }


def _event_from_item(item: Item) -> Event:
    at = datetime.fromisoformat(item["at"])
    return Event(
        at=at, what=item["what"], who=item["who"], via=item["via"], comment=item["comment"]
    )


def request_to_item(request: LeaveRequest) -> Item:
    """Return the item of a request, its key included."""
    item: dict[str, Any] = {
        "pk": f"REQUEST#{request.request_id}",
        "sk": "REQUEST",
        "requestId": request.request_id,
        "employee": _person_to_item(request.employee),
        "period": _period_to_item(request.period),
        "workingDays": {str(year): days for year, days in request.working_days.items()},
        "history": [_event_to_item(event) for event in request.history],
        "leaveType": request.leave_type,
        "reason": request.reason,
        "status": request.status.value,
        "version": request.version,
        "revision": request.revision,
        "leadMailed": request.lead_mailed,
        "employeeMailed": request.employee_mailed,
    }
    if request.approver is not None:
        item["approver"] = _person_to_item(request.approver)
    if request.link_secret is not None:
        item["linkSecret"] = request.link_secret.reveal()
    if request.task_token is not None:
        item["taskToken"] = request.task_token.reveal()
    return item


def request_from_item(item: Item) -> LeaveRequest:
    """Read a request."""
    return LeaveRequest(
        request_id=item["requestId"],
        employee=_person_from_item(item["employee"]),
        period=_period_from_item(item["period"]),
        working_days={int(year): days for year, days in item["workingDays"].items()},
        history=tuple(_event_from_item(event) for event in item["history"]),
        leave_type=item["leaveType"],
        reason=item["reason"],
        status=Status(item["status"]),
        version=int(item["version"]),
        revision=int(item["revision"]),
        approver=_person_from_item(item["approver"]) if "approver" in item else None,
        link_secret=Secret(item["linkSecret"]) if "linkSecret" in item else None,
        task_token=Secret(item["taskToken"]) if "taskToken" in item else None,
        lead_mailed=item["leadMailed"],
        employee_mailed=item["employeeMailed"],
    )
