"""Changes of employments that contradict what has been."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cli.directory.file import Problem
from leave.services.directory_changes import orphaned_leave

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from cli.directory.changes import Changes
    from cli.directory.file import DirectoryFile
    from leave.domain.employee import Employee
    from leave.services.directory_changes import OrphanedLeave
    from leave.services.unit_of_work import UnitOfWork


def contradicted(
    read: DirectoryFile,
    changes: Changes,
    uow: UnitOfWork,
    today_of: Callable[[Employee], date],
) -> Iterator[Problem]:
    """Yield a mistake for each employment that is over and goes on, or that taken leave needs."""
    lines = {employee.employee_id: line for line, employee in read.employees.items()}
    changed = {c.after.employee_id: (c.before, c.after) for c in changes.changes if c.before}
    for employee_id, (before, after) in changed.items():
        if _goes_on(before, after, today_of(before)) and before.end_date:
            message = (
                f"endDate: the employment ended on {before.end_date} and cannot go on; if the"
                f" employee was hired again, give the new startDate"
                f" ({before.end_date + timedelta(days=1)} continues the employment)"
            )
            yield Problem(line=lines.get(employee_id, 0), message=message)
    for orphaned in orphaned_leave(uow, list(changed.values()), today_of):
        before, after = changed[orphaned.employee.employee_id]
        message = f"{_column(before, after, orphaned)}: {_orphaned(before, orphaned)}"
        yield Problem(line=lines.get(after.employee_id, 0), message=message)


def _goes_on(before: Employee, after: Employee, today: date) -> bool:
    """Return whether an employment that is over has no end any more, or one that is not over."""
    end, start = before.end_date, after.start_date
    return (
        end is not None
        and end < today
        and (after.end_date is None or after.end_date >= today)
        and (start is None or start <= end)
    )


def _column(before: Employee, after: Employee, orphaned: OrphanedLeave) -> str:
    first = orphaned.days[0]
    if after.start_date != before.start_date and after.start_date and first < after.start_date:
        return "startDate"
    return "endDate" if after.end_date != before.end_date else "earlierEmployments"


def _orphaned(before: Employee, orphaned: OrphanedLeave) -> str:
    days, who = orphaned.days, orphaned.employee.employee_id
    number = "1 day" if len(days) == 1 else f"{len(days)} days"
    text = (
        f"{who} has taken {number} of leave that would lie outside the employment (first on"
        f" {days[0]}, request {orphaned.request_id}); correct the date, or cancel that leave before"
    )
    if before.end_date is None:
        text += "; if the employee was hired again, import the last day of the first employment"
        text += " as endDate, and then the new startDate"
    return text
