"""Leave that does not fit the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.doctor.findings import Finding, warning
from leave.domain.history import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cli.administration import Administration
    from leave.domain.employee import Employee

_NAMED = 10


def unfitting_leave(
    administration: Administration, employees: Mapping[str, Employee]
) -> Iterator[Finding]:
    """Yield a warning for leave outside the employment, and one for questions to the wrong one."""
    found = administration.directory_changes(employees.values()).find(employees)
    outside = [
        f"{one.request.request_id} ({one.employee.employee_id})"
        for one in found.outside
        if one.status is not Status.PENDING
    ]
    if outside:
        yield warning(
            "leave",
            f"Some days of this approved leave lie outside the employment: {_names(outside)}.",
            "Import the directory with --cancel-later, or correct startDate and endDate; leave that"
            " lies partly outside must be withdrawn.",
        )
    misdirected = [
        f"{one.request.request_id} ({one.employee.employee_id}, to {one.approver.employee_id})"
        for one in found.misdirected
        if one.approver is not None
    ]
    if misdirected:
        yield warning(
            "questions",
            "These requests wait for an approver who does not decide, or whose address has changed:"
            f" {_names(misdirected)}.",
            "The next daily sweep asks the right one; importing the directory again does so now.",
        )


def _names(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return f"{', '.join(names[:_NAMED])}{f' and {more} more' if more > 0 else ''}"
