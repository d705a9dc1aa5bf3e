"""The people in the directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import NoApproverError

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from leave.domain.working_time import WorkingWeek


@dataclass(frozen=True, kw_only=True, slots=True)
class Employee:
    """One row of the directory.

    `annual_leave_days` are working days a calendar year. `end_date` is the last day of employment.
    `language` is a BCP 47 tag such as `en`.
    """

    employee_id: str
    name: str
    email: str
    lead_id: str | None
    annual_leave_days: Decimal
    working_week: WorkingWeek
    start_date: date | None = None
    end_date: date | None = None
    language: str = "en"

    def has_left(self, today: date) -> bool:
        """Tell whether the employment ended before today."""
        return self.end_date is not None and self.end_date < today


def approver_id(employee: Employee, *, fallback: str | None) -> str:
    """Return the id of the one who decides: the lead, else the fallback, never the employee.

    Raises `NoApproverError` when nobody is left.
    """
    for candidate in (employee.lead_id, fallback):
        if candidate and candidate != employee.employee_id:
            return candidate
    raise NoApproverError(employee.employee_id)
