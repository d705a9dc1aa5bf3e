"""Employees in the table.

Each employee is written twice, under the id and under the mail address, so that either is found by
one read that is never behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from leave.domain.employees import Employee
from leave.domain.working_time import WorkingWeek

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leave.adapters.dynamodb.table import Item, Table

_PROFILE = "PROFILE"


def _keys(employee: Employee) -> tuple[str, str]:
    return f"EMPLOYEE#{employee.employee_id}", f"EMAIL#{employee.email.lower()}"


def _to_item(employee: Employee) -> Item:
    item: dict[str, Any] = {
        "employeeId": employee.employee_id,
        "name": employee.name,
        "email": employee.email,
        "leadId": employee.lead_id,
        "annualLeaveDays": employee.annual_leave_days,
        "workingWeek": str(employee.working_week),
        "startDate": employee.start_date and employee.start_date.isoformat(),
        "endDate": employee.end_date and employee.end_date.isoformat(),
        "language": employee.language,
    }
    return {name: value for name, value in item.items() if value is not None}


def _from_item(item: Item) -> Employee:
    start, end = item.get("startDate"), item.get("endDate")
    return Employee(
        employee_id=item["employeeId"],
        name=item["name"],
        email=item["email"],
        lead_id=item.get("leadId"),
        annual_leave_days=item["annualLeaveDays"],
        working_week=WorkingWeek.parse(item["workingWeek"]),
        start_date=date.fromisoformat(start) if start else None,
        end_date=date.fromisoformat(end) if end else None,
        language=item["language"],
    )


@dataclass(frozen=True, slots=True)
class DynamoDirectory:
    """Implements `Directory`."""

    table: Table

    def by_email(self, email: str) -> Employee | None:
        """Return the employee with this mail address, whatever its case."""
        return self._one(f"EMAIL#{email.lower()}")

    def by_id(self, employee_id: str) -> Employee | None:
        """Return the employee with this id."""
        return self._one(f"EMPLOYEE#{employee_id}")

    def write(self, employees: Iterable[Employee]) -> None:
        """Write employees, each in one transaction of its items.

        An address that an employee gave up finds nobody then, unless it is somebody else's now.
        """
        for employee in employees:
            item = _to_item(employee)
            putting = (
                {"Put": self.table.putting({"pk": pk, "sk": _PROFILE, **item})}
                for pk in _keys(employee)
            )
            self.table.write(*putting, *self._given_up(employee))

    def _given_up(self, employee: Employee) -> Iterator[Item]:
        """Yield the removal of the address that would still let the employee in."""
        before = self.by_id(employee.employee_id)
        if before is None or before.email.lower() == employee.email.lower():
            return
        owner = self.by_email(before.email)
        if owner is not None and owner.employee_id == employee.employee_id:
            yield {"Delete": self.table.deleting(_keys(before)[1], _PROFILE)}

    def _one(self, pk: str) -> Employee | None:
        item = self.table.get(pk, _PROFILE)
        return _from_item(item) if item else None
