"""Changes that a directory file makes, and its contradictions."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING

from leave.domain.employee import Employee
from leave.domain.errors import Mistake
from leave.domain.values import Secret, Value, replace
from leave.services.directory_changes import orphaned_leave
from leave.services.directory_file import write_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import date

    from leave.domain.employee import Employment
    from leave.services.directory_changes import OrphanedLeave
    from leave.services.directory_file import DirectoryFile
    from leave.services.ports import Clock
    from leave.services.unit_of_work import UnitOfWork

_LEADS_SHOWN = 8

_PLACE = attrgetter("place")


class DirectoryRules(Value):
    """What a stage needs of its employees."""

    stage: str
    company_domain: str
    holiday_calendars: frozenset[str]
    languages: frozenset[str]


class Kind(StrEnum):
    """What happens to an employee."""

    ADDED = "added"
    CHANGED = "changed"
    LEAVING = "leaving"


class FieldChange(Value):
    """One cell that differs."""

    column: str
    before: str
    after: str


class Change(Value):
    """One employee to write; `before` is None for a new one, whose fields are all that are set."""

    kind: Kind
    before: Employee | None
    after: Employee
    fields: tuple[FieldChange, ...]


class Changes(Value):
    """All that is to write, new employees first, and the whole directory once it is written."""

    changes: tuple[Change, ...]
    directory: Mapping[str, Employee]


@dataclass(kw_only=True, slots=True, eq=False)
class Comparison:
    """Compares a file with the employees that are stored.

    Whoever the file leaves out and has an end date stays as they are; anybody else needs one, from
    `end_missing` or in the file. Without `gives_roles`, roles stay as they are.
    """

    rules: DirectoryRules
    clock: Clock
    end_missing: date | None
    new_feed: Callable[[], str]
    gives_roles: bool = True

    def __call__(
        self, read: DirectoryFile, stored: Mapping[str, Employee], uow: UnitOfWork
    ) -> tuple[Changes, Sequence[Mistake]]:
        """Return what differs, and everything that is wrong with the file.

        Of the unit of work, which holds what is stored, only accounts are read.
        """
        if read.is_cut:
            return Changes(changes=(), directory=stored), sorted(
                read.mistakes, key=attrgetter("place")
            )
        mistakes = list(read.mistakes)
        employees = dict(read.employees)
        for line, employee in read.employees.items():
            try:
                employees[line] = self._kept(employee, stored, read.absent)
            except ValueError as error:
                mistakes.append(Mistake(line=line, column="startDate", message=str(error)))
        read = dataclasses.replace(read, employees=employees)
        # An id in other letters is a mistake of its own.
        mentioned = {employee_id.casefold() for employee_id in read.mentioned}
        missing = {
            i: e for i, e in stored.items() if i.casefold() not in mentioned and e.end_date is None
        }
        ended = {i: _ended(employee, self.end_missing) for i, employee in missing.items()}
        wanted = {employee.employee_id: employee for employee in read.employees.values()}
        directory = {**stored, **ended, **wanted}
        changes = [c for e in directory.values() if (c := _change(stored.get(e.employee_id), e))]
        changes.sort(key=lambda change: (change.kind is not Kind.ADDED, change.after.employee_id))
        mistakes += _contradictions(read, stored.values())
        for employee in missing.values():
            mistakes += _missing(employee, self.end_missing)
        mistakes += _unusable(read, self.rules, self.clock)
        if not self.gives_roles:
            mistakes += _roles(read, changes)
        mistakes += _employments_over(read, changes, uow, self.clock)
        return Changes(changes=tuple(changes), directory=directory), sorted(
            mistakes, key=attrgetter("place")
        )

    def _kept(
        self, employee: Employee, stored: Mapping[str, Employee], absent: Collection[str]
    ) -> Employee:
        """Return the employee with what the file does not say, as it is stored.

        Raises `ValueError` where a stored employment is not over when the one in the file begins,
        and where the stored first day is cleared.
        """
        before = stored.get(employee.employee_id)
        if before is None:
            return replace(employee, feed=Secret(self.new_feed()))
        if "substituteId" in absent:
            employee = replace(employee, substitute_id=before.substitute_id)
        if "role" in absent:
            employee = replace(employee, role=before.role)
        return replace(
            employee,
            accounts_since=before.accounts_since,
            feed=before.feed or Secret(self.new_feed()),
            employments=_employments(employee, before, absent, self.clock.today_of(before)),
        )


def _missing(employee: Employee, end_missing: date | None) -> Iterator[Mistake]:
    who = f"{employee.employee_id} ({employee.name})"
    if end_missing is None:
        message = (
            f"{who} is missing, and an import removes no employee: add the line again, with an"
            " endDate for a leaver, or give all who are missing one by --end-missing DATE"
            " (endMissing=DATE)"
        )
        yield Mistake(line=0, message=message)
    elif employee.start_date and end_missing < employee.start_date:
        message = f"{who} is missing, and cannot end on {end_missing}, before their startDate"
        yield Mistake(line=0, message=message)


def _ended(employee: Employee, end: date | None) -> Employee:
    """Return the employee with this last day; unchanged where the employment begins after it."""
    latest = employee.employments[-1]
    if end is None or (latest.start and end < latest.start):
        return employee
    employments = (*employee.employments[:-1], replace(latest, end=end))
    return replace(employee, employments=employments)


def _employments(
    employee: Employee, before: Employee, absent: Collection[str], today: date
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
    old, new = write_cells(before) if before else {}, write_cells(after)
    fields = tuple(
        FieldChange(column=column, before=old.get(column, ""), after=cell)
        for column, cell in new.items()
        if old.get(column, "") != cell
    )
    if before is None:
        return Change(kind=Kind.ADDED, before=None, after=after, fields=fields)
    if not fields and before.feed is not None:
        return None
    leaving = after.end_date is not None and after.end_date != before.end_date
    kind = Kind.LEAVING if leaving else Kind.CHANGED
    return Change(kind=kind, before=before, after=after, fields=fields)


def _contradictions(read: DirectoryFile, stored: Iterable[Employee]) -> Iterator[Mistake]:
    """Yield what is wrong between the lines of a file, and with those it leaves out."""
    known = [(0, employee) for employee in stored if employee.employee_id not in read.mentioned]
    lines = [*known, *read.lines()]
    yield from _duplicates(lines)
    by_id = {employee.employee_id: employee for _, employee in lines if employee.employee_id}
    # An employee with two lines has no certain lead; the second line is reported already.
    number = Counter(employee.employee_id for _, employee in lines)
    circles = _circles({i: e for i, e in by_id.items() if number[i] == 1})
    # Whose own line is wrong is there all the same.
    known_ids = by_id.keys() | read.mentioned
    for line, employee in read.lines():
        own, lead, substitute = employee.employee_id, employee.lead_id, employee.substitute_id
        if lead is not None and lead not in known_ids:
            message = f"there is no employee {lead}"
            yield Mistake(line=line, column="leadId", message=message)
        elif lead in by_id and own in circles:
            message = f"circular reporting line ({' -> '.join(_around(*circles[own]))})"
            yield Mistake(line=line, column="leadId", message=message)
        if substitute is not None and substitute == own:
            message = "an employee cannot be their own substitute"
            yield Mistake(line=line, column="substituteId", message=message)
        elif substitute is not None and substitute not in known_ids:
            message = f"there is no employee {substitute}"
            yield Mistake(line=line, column="substituteId", message=message)


def _duplicates(lines: Sequence[tuple[int, Employee]]) -> Iterator[Mistake]:
    ids: dict[str, tuple[int, Employee]] = {}
    emails: dict[str, tuple[int, Employee]] = {}
    for line, employee in lines:
        named: Employee | None = None
        for column, seen, cell in (
            ("employeeId", ids, employee.employee_id),
            ("email", emails, employee.email),
        ):
            # A wrong cell is reported already.
            if not cell:
                continue
            # Case tells nobody apart: not in a mail address, and not for whoever types an id.
            first, other = seen.setdefault(cell.casefold(), (line, employee))
            if other is not employee and other is not named:
                named = other
                where = f"in line {first}" if first else f"by {other.employee_id}, not in this file"
                message = f"{cell} is already used {where}"
                yield Mistake(line=line, column=column, message=message)


def _circles(by_id: Mapping[str, Employee]) -> dict[str, tuple[Sequence[str], int]]:
    """Return for everybody who leads their own leads the circle, and their place in it.

    Each lead is followed once, so that a chain through the whole file takes no longer than a team.
    """
    found: dict[str, tuple[Sequence[str], int]] = {}
    followed: set[str] = set()
    for start in by_id:
        place: dict[str, int] = {}
        who: str | None = start
        while who is not None and who in by_id and who not in followed:
            followed.add(who)
            place[who] = len(place)
            who = by_id[who].lead_id
        if who is not None and who in place:
            circle = list(place)[place[who] :]
            found |= {member: (circle, number) for number, member in enumerate(circle)}
    return found


def _around(circle: Sequence[str], start: int) -> Iterator[str]:
    """Yield the way from one place of a circle back to it, and of a large one the beginning."""
    shown = min(len(circle), _LEADS_SHOWN)
    yield from (circle[(start + number) % len(circle)] for number in range(shown))
    if shown < len(circle):
        yield "…"
    yield circle[start]


def _unusable(read: DirectoryFile, rules: DirectoryRules, clock: Clock) -> Iterator[Mistake]:
    """Yield a mistake for each address and holiday calendar that the stage does not know.

    Employees who have left need neither.
    """
    domain, calendars = rules.company_domain.lower(), rules.holiday_calendars
    # Whether an employee has left is unknown where that cell is wrong.
    undated = {mistake.line for mistake in read.mistakes if mistake.column == "endDate"}
    for line, employee in read.lines():
        if line in undated or employee.has_left(clock.today_of(employee)):
            continue
        if employee.email and not employee.email.lower().endswith(f"@{domain}"):
            message = (
                f"{employee.email} cannot sign in, since the stage lets only addresses at"
                f" {domain} in; correct it, or `leave:company-domain`"
            )
            yield Mistake(line=line, column="email", message=message)
        if employee.holidays and employee.holidays not in calendars:
            known = f"only {', '.join(sorted(calendars))}" if calendars else "no calendar at all"
            message = (
                f"the stage does not have the calendar {employee.holidays}, but {known}; correct"
                " it, or add it to `leave:holiday-calendars` and run"
                f" `pulumi up -s {rules.stage}`"
            )
            yield Mistake(line=line, column="holidays", message=message)


def _roles(read: DirectoryFile, changes: Iterable[Change]) -> Iterator[Mistake]:
    """Yield a mistake for each role that is given or taken, also by another address.

    Whoever signs in with the address has the role.
    """
    lines = {employee.employee_id: line for line, employee in read.employees.items()}
    for change in changes:
        before, after = change.before, change.after
        gives = after.role is not (before.role if before else None)
        moves = before is not None and before.email.lower() != after.email.lower()
        if gives:
            message = "only an administrator of `leave:admins` can give or take a role"
        elif after.role is not None and moves:
            message = (
                f"{after.employee_id} has the role {after.role}, so only an administrator of"
                " `leave:admins` can change the address"
            )
        else:
            continue
        column = "role" if gives else "email"
        yield Mistake(line=lines.get(after.employee_id, 0), column=column, message=message)


def _employments_over(
    read: DirectoryFile, changes: Iterable[Change], uow: UnitOfWork, clock: Clock
) -> Iterator[Mistake]:
    """Yield a mistake for each employment that is over and goes on, or that taken leave needs."""
    lines = {employee.employee_id: line for line, employee in read.employees.items()}
    changed = {c.after.employee_id: (c.before, c.after) for c in changes if c.before}
    for employee_id, (before, after) in changed.items():
        if _goes_on(before, after, clock.today_of(before)) and before.end_date:
            message = (
                f"the employment ended on {before.end_date} and cannot go on; if the employee was"
                f" hired again, give the new startDate ({before.end_date + timedelta(days=1)}"
                " continues the employment)"
            )
            yield Mistake(line=lines.get(employee_id, 0), column="endDate", message=message)
    for orphaned in orphaned_leave(uow, list(changed.values()), clock.today_of):
        before, after = changed[orphaned.employee.employee_id]
        yield Mistake(
            line=lines.get(after.employee_id, 0),
            column=_column(before, after, orphaned),
            message=_orphaned(before, orphaned),
        )


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
