"""Requests of leave types that the rules no longer have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.doctor.findings import Finding, warning
from leave.services.leave_policy import usual_years

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.administration import Administration
    from leave.domain.employee import Employee

_NAMED = 10


def leave_types(administration: Administration, employees: Sequence[Employee]) -> Iterator[Finding]:
    """Yield a warning where leave that is undecided, or not over, is of a type that is gone."""
    rules, today = administration.rules, administration.clock.today()
    ids = [employee.employee_id for employee in employees]
    ledgers = administration.unit_of_work().ledgers(ids, usual_years(today))
    # Leave over New Year is booked in two years.
    found = {
        booking.request_id: f"{booking.request_id} ({employee_id}, {booking.leave_type})"
        for (employee_id, _), ledger in ledgers.items()
        for booking in ledger.bookings
        if rules.leave_type(booking.leave_type) is None
        and (booking.status == "pending" or booking.period.end >= today)
    }
    if found:
        named = ", ".join([found[request_id] for request_id in sorted(found)][:_NAMED])
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        yield warning(
            "leave types",
            f"The rules no longer have the leave type of these requests: {named}{more}. They can be"
            " decided and cancelled, and have no balance.",
            "Put the type back into `leave:rules`, or decide and cancel them.",
        )
