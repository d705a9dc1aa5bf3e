"""Whom to ask about an employee's leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from leave.domain.errors import NoApproverError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from leave.domain.employees import Employee


class Employees(Protocol):
    """The part of `Directory` that is needed to find an approver."""

    def by_id(self, employee_id: str) -> Employee | None:
        """Return the employee with this id."""
        ...


def find_approver(
    employees: Employees, employee: Employee, *, fallback: str | None, today: date
) -> Employee:
    """Return who decides: the lead, in the place of one who has left their lead, else the fallback.

    Never the employee, and nobody who has left. Raises `NoApproverError` when nobody remains.
    """
    for candidate in (*_leads(employees, employee), fallback and employees.by_id(fallback)):
        if (
            candidate
            and candidate.employee_id != employee.employee_id
            and not candidate.has_left(today)
        ):
            return candidate
    raise NoApproverError(employee.employee_id)


def _leads(employees: Employees, employee: Employee) -> Iterator[Employee]:
    """Yield the lead, the lead's lead and so on, each once."""
    seen = {employee.employee_id}
    lead_id = employee.lead_id
    while lead_id is not None and lead_id not in seen:
        seen.add(lead_id)
        if (lead := employees.by_id(lead_id)) is None:
            return
        yield lead
        lead_id = lead.lead_id
