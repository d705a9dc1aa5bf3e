"""How an employee looks as an item."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leave.domain.dated import Dated
from leave.domain.employees import Employee, Employment
from leave.domain.secrets import Secret
from leave.domain.working_time import WorkingWeek

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Item


def employee_to_item(employee: Employee) -> Item:
    """Return the attributes of an employee, without a key."""
    return {name: value for name, value in _attributes(employee).items() if value is not None}


def unchanged(employee: Employee | None) -> tuple[str, dict[str, str], Item]:
    """Return the condition that an item still holds this employee, or that there is none.

    With the condition, the names and the values that it mentions.
    """
    if employee is None:
        return "attribute_not_exists(pk)", {}, {}
    attributes = _attributes(employee)
    holds = " AND ".join(
        f"attribute_not_exists(#{name})" if value is None else f"#{name} = :{name}"
        for name, value in attributes.items()
    )
    values = {f":{name}": value for name, value in attributes.items() if value is not None}
    return holds, {f"#{name}": name for name in attributes}, values


def _attributes(employee: Employee) -> dict[str, Any]:
    return {
        "employeeId": employee.employee_id,
        "name": employee.name,
        "email": employee.email,
        "leadId": employee.lead_id,
        "annualLeaveDays": employee.annual_leave_days.format(lambda days: f"{days:f}"),
        "workingTime": employee.working_time.format(str),
        "accountsSince": employee.accounts_since,
        "employments": [str(employment) for employment in employee.employments],
        "holidays": employee.holidays,
        "language": employee.language,
        "feed": employee.feed and employee.feed.reveal(),
        "substituteId": employee.substitute_id,
    }


def employee_from_item(item: Item) -> Employee:
    """Read an employee."""
    feed = item.get("feed")
    return Employee(
        employee_id=item["employeeId"],
        name=item["name"],
        email=item["email"],
        lead_id=item.get("leadId"),
        annual_leave_days=Dated.parse(item["annualLeaveDays"], Decimal),
        working_time=Dated.parse(item["workingTime"], WorkingWeek.parse),
        accounts_since=int(item["accountsSince"]),
        employments=tuple(map(Employment.parse, item["employments"])),
        holidays=item["holidays"],
        language=item["language"],
        feed=Secret(feed) if feed else None,
        substitute_id=item.get("substituteId"),
    )
