"""Employees with a long past, for measuring whether it costs anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.adapters.dynamodb.ledgers import ledger_to_item
from leave.adapters.dynamodb.requests import listed_key, request_to_item
from leave.domain.calendar import Dated, Period, WorkingWeek
from leave.domain.counting import YearCount
from leave.domain.employee import Employee
from leave.domain.history import Channel, Event, EventType, Person, Status
from leave.domain.ledger import Ledger
from leave.domain.policy import Plan
from leave.domain.request import LeaveRequest

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Item

YEARS, APPROVED_A_YEAR = 20, 40


def an_employee(number: int, *, lead_id: str | None, since: int) -> Employee:
    """Return an employee of the benchmark's company."""
    return Employee(
        employee_id=f"E{number:05}",
        name=f"Employee {number}",
        email=f"e{number}@foo.com",
        lead_id=lead_id,
        annual_leave_days=Dated(Decimal(40)),
        working_time=Dated(WorkingWeek.parse("Mon-Fri")),
        accounts_since=since,
    )


@dataclass(frozen=True)
class Past:
    """So many decided requests, spread over the last years; of each year some were approved.

    The others were denied, and take no place in a ledger.
    """

    requests: int
    years: int = YEARS
    approved_a_year: int = APPROVED_A_YEAR


def items_of(employee: Employee, past: Past, *, this_year: int) -> list[Item]:
    """Return what the table holds of an employee's past."""
    ledgers = {
        year: Ledger(employee_id=employee.employee_id, year=year, version=1)
        for year in range(this_year - past.years, this_year)
    }
    items: list[Item] = []
    for number in range(past.requests):
        year, nth = this_year - 1 - number % past.years, number // past.years
        request = _request(employee, number, year, nth, approved=nth < past.approved_a_year)
        items.append(request_to_item(request))
        pk, sk = listed_key(employee.employee_id, request.request_id)
        items.append({"pk": pk, "sk": sk})
        for booked, booking in request.bookings().items():
            ledgers[booked] = ledgers[booked].with_booking(booking)
    return [*items, *map(ledger_to_item, ledgers.values())]


def _request(
    employee: Employee, number: int, year: int, nth: int, *, approved: bool
) -> LeaveRequest:
    day = date(year, 1, 1) + timedelta(days=nth * 7 % 360)
    at = datetime(year, 1, 1, tzinfo=UTC)
    period = Period(start=day, end=day)
    what = EventType.APPROVED if approved else EventType.DENIED
    return LeaveRequest(
        request_id=f"{number:026d}",
        employee=Person(employee_id=employee.employee_id, name=employee.name),
        plan=Plan(
            leave_type="annual",
            period=period,
            counts={year: YearCount(costs=((day, Decimal(1)),))},
        ),
        history=(
            Event(
                at=at,
                type=EventType.REQUESTED,
                actor=employee.email,
                channel=Channel.API,
                comment=str(period),
            ),
            Event(at=at, type=what, actor=employee.lead_id or "", channel=Channel.LINK),
        ),
        status=Status(what.value),
        question=None,
        outcome_mailed=True,
    )
