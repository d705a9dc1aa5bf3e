"""Who is away, from the ledgers of a circle of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.absences import Absence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from leave.domain.employees import Employee
    from leave.services.ports import Requests


def approved_absences(
    requests: Requests, circle: Mapping[str, Employee], start: date, end: date
) -> list[Absence]:
    """Return the approved leave of these people, by id, that lies in these days; earliest first."""
    years = range(start.year, end.year + 1)
    ledgers = requests.ledgers(list(circle), list(years))
    absences = {
        (booking.request_id, employee_id): Absence(employee=circle[employee_id], booking=booking)
        for (employee_id, _), ledger in ledgers.items()
        for booking in ledger.bookings
        if booking.status == "approved"
        and booking.period.start <= end
        and start <= booking.period.end
    }
    return sorted(absences.values(), key=lambda a: (a.booking.period.start, a.employee.name))
