"""What a file would change in a stage's directory."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cli.directory.columns import write_cells
from cli.directory.contradictions import contradictions
from cli.directory.file import Problem
from leave.domain.values import Secret, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from cli.directory.file import DirectoryFile
    from leave.domain.employee import Employee, Employment


class Kind(StrEnum):
    """What happens to an employee."""

    ADDED = "added"
    CHANGED = "changed"
    LEAVING = "leaving"


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldChange:
    """One cell that differs."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One employee to write; `before` is None for a new one."""

    kind: Kind
    before: Employee | None
    after: Employee
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """All that is to write, new employees first, and the whole directory once it is written."""

    changes: tuple[Change, ...]
    directory: Mapping[str, Employee]


def compare(
    read: DirectoryFile,
    stored: Mapping[str, Employee],
    *,
    end_missing: date | None,
    new_feed: Callable[[], str],
    today: date,
) -> tuple[Changes, Sequence[Problem]]:
    """Return what differs, and everything that is wrong with the file.

    Whoever the file leaves out and has an end date stays as they are; anybody else needs one, from
    `end_missing` or in the file.
    """
    if read.is_cut:
        return Changes(changes=(), directory=stored), sorted(read.problems)
    problems = list(read.problems)
    employees = dict(read.employees)
    for line, employee in read.employees.items():
        try:
            employees[line] = _kept(employee, stored, read.absent, new_feed, today)
        except ValueError as error:
            problems.append(Problem(line=line, message=f"startDate: {error}"))
    read = dataclasses.replace(read, employees=employees)
    # An id in other letters is a mistake of its own.
    mentioned = {employee_id.casefold() for employee_id in read.mentioned}
    missing = {
        i: e for i, e in stored.items() if i.casefold() not in mentioned and e.end_date is None
    }
    ended = {i: _ended(employee, end_missing) for i, employee in missing.items()}
    problems += contradictions(read, stored.values())
    for employee in missing.values():
        problems += _missing(employee, end_missing)
    wanted = {employee.employee_id: employee for employee in read.employees.values()}
    directory = {**stored, **ended, **wanted}
    changes = [c for e in directory.values() if (c := _change(stored.get(e.employee_id), e))]
    changes.sort(key=lambda change: (change.kind is not Kind.ADDED, change.after.employee_id))
    return Changes(changes=tuple(changes), directory=directory), sorted(problems)


def _missing(employee: Employee, end_missing: date | None) -> list[Problem]:
    who = f"{employee.employee_id} ({employee.name})"
    if end_missing is None:
        message = (
            f"{who} is missing, and an import removes no employee: add the line again, with an"
            " endDate for a leaver, or give all who are missing one by --end-missing DATE"
        )
    elif employee.start_date and end_missing < employee.start_date:
        message = f"{who} is missing, and cannot end on {end_missing}, before their startDate"
    else:
        return []
    return [Problem(line=0, message=message)]


def _ended(employee: Employee, end: date | None) -> Employee:
    """Return the employee with this last day; unchanged where the employment begins after it."""
    latest = employee.employments[-1]
    if end is None or (latest.start and end < latest.start):
        return employee
    employments = (*employee.employments[:-1], replace(latest, end=end))
    return replace(employee, employments=employments)


def _kept(
    employee: Employee,
    stored: Mapping[str, Employee],
    absent: frozenset[str],
    new_feed: Callable[[], str],
    today: date,
) -> Employee:
    """Return the employee with what the file does not say, as it is stored.

    Raises `ValueError` where a stored employment is not over when the one in the file begins, and
    where the stored first day is cleared.
    """
    before = stored.get(employee.employee_id)
    if before is None:
        return replace(employee, feed=Secret(new_feed()))
    if "substituteId" in absent:
        employee = replace(employee, substitute_id=before.substitute_id)
    return replace(
        employee,
        accounts_since=before.accounts_since,
        feed=before.feed or Secret(new_feed()),
        employments=_employments(employee, before, absent, today),
    )


def _employments(
    employee: Employee, before: Employee, absent: frozenset[str], today: date
) -> tuple[Employment, ...]:
    latest, stored = employee.employments[-1], before.employments[-1]
    first = before.employments[0].start
    earlier = (before if "earlierEmployments" in absent else employee).employments[:-1]
    # What is over before the new first day is an employment of its own: hired again. One that has
    # not begun is put off.
    has_begun = stored.start is None or stored.start <= today
    if has_begun and stored.precedes(latest) and (not earlier or earlier[-1].precedes(stored)):
        earlier = (*earlier, stored)
    if earlier and not earlier[-1].precedes(latest):
        raise ValueError(
            f"{latest.start or 'an empty cell'} is not after the end of an earlier employment,"
            f" {earlier[-1]}; correct it, or that one in a column earlierEmployments"
        )
    employments = (*earlier, latest)
    if first and employments[0].start is None:
        # Who began at no known day has been there in all the years before, with their leave.
        raise ValueError(
            f"the first day is empty, and {first} is stored; write that day again, or the correct"
            " one"
        )
    return employments


def _change(before: Employee | None, after: Employee) -> Change | None:
    if before is None:
        return Change(kind=Kind.ADDED, before=None, after=after)
    old, new = write_cells(before), write_cells(after)
    fields = tuple(
        FieldChange(column=column, before=old[column], after=new[column])
        for column in new
        if old[column] != new[column]
    )
    if not fields and before.feed is not None:
        return None
    leaving = after.end_date is not None and after.end_date != before.end_date
    kind = Kind.LEAVING if leaving else Kind.CHANGED
    return Change(kind=kind, before=before, after=after, fields=fields)
