"""Who is away, from the ledgers of a circle of people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leave.domain.absences import Absence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from leave.domain.employees import Employee
    from leave.domain.ledgers import Booking
    from leave.services.unit_of_work import UnitOfWork


def approved_absences(
    uow: UnitOfWork, circle: Mapping[str, Employee], start: date, end: date
) -> list[Absence]:
    """Return the approved leave of these people, by id, that lies in these days; earliest first.

    Leave is cut at the end of an employment: who has left is not on leave.
    """
    years = range(start.year, end.year + 1)
    ledgers = uow.ledgers(list(circle), list(years))
    absences = {
        (booking.request_id, employee_id): Absence(employee=circle[employee_id], booking=booking)
        for (employee_id, _), ledger in ledgers.items()
        for booking in _while_employed(circle[employee_id], ledger.bookings)
        if booking.status == "approved"
        and booking.period.start <= end
        and start <= booking.period.end
    }
    return sorted(absences.values(), key=lambda a: (a.booking.period.start, a.employee.name))


def _while_employed(employee: Employee, bookings: Iterable[Booking]) -> Iterator[Booking]:
    """Yield the bookings, each from the first to the last of its days that are employed."""
    for booking in bookings:
        period = booking.period
        if employee.is_employed(period):
            yield booking
        elif days := [day for day in period.days() if employee.is_employed_on(day)]:
            yield replace(booking, period=replace(period, start=days[0], end=days[-1]))
