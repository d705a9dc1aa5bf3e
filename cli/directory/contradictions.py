"""What a file may not say about several employees at once, nor against the ones it leaves out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cli.directory.file import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cli.directory.file import DirectoryFile
    from leave.domain.employee import Employee

_LEADS_SHOWN = 8


def contradictions(read: DirectoryFile, kept: Iterable[Employee]) -> Iterator[Problem]:
    """Yield what is wrong between the lines of a file, and with those `kept` outside of it."""
    known = [(0, employee) for employee in kept if employee.employee_id not in read.mentioned]
    lines = [*known, *read.lines()]
    yield from _duplicates(lines)
    by_id = {employee.employee_id: employee for _, employee in lines if employee.employee_id}
    # An employee with two lines has no certain lead; the second line is reported already.
    number = Counter(employee.employee_id for _, employee in lines)
    yield from _leads(read, by_id, _circles({i: e for i, e in by_id.items() if number[i] == 1}))
    yield from _substitutes(read, by_id)


def _duplicates(lines: list[tuple[int, Employee]]) -> Iterator[Problem]:
    ids: dict[str, tuple[int, Employee]] = {}
    emails: dict[str, tuple[int, Employee]] = {}
    for line, employee in lines:
        told: Employee | None = None
        for column, seen, cell in (
            ("employeeId", ids, employee.employee_id),
            ("email", emails, employee.email),
        ):
            # A wrong cell is reported already.
            if not cell:
                continue
            # Case tells nobody apart: not in a mail address, and not for whoever types an id.
            first, other = seen.setdefault(cell.casefold(), (line, employee))
            if other is not employee and other is not told:
                told = other
                where = f"in line {first}" if first else f"by {other.employee_id}, not in this file"
                yield Problem(line=line, message=f"{column}: {cell} is already used {where}")


def _leads(
    read: DirectoryFile,
    by_id: Mapping[str, Employee],
    circles: Mapping[str, tuple[Sequence[str], int]],
) -> Iterator[Problem]:
    for line, employee in read.lines():
        lead_id = employee.lead_id
        if lead_id is None:
            continue
        if lead_id not in by_id:
            # The lead's own line may be wrong, which is told there.
            if lead_id not in read.mentioned:
                yield Problem(line=line, message=f"leadId: there is no employee {lead_id}")
        elif employee.employee_id in circles:
            path = " -> ".join(_around(*circles[employee.employee_id]))
            yield Problem(line=line, message=f"leadId: circular reporting line ({path})")


def _substitutes(read: DirectoryFile, by_id: Mapping[str, Employee]) -> Iterator[Problem]:
    for line, employee in read.lines():
        substitute_id = employee.substitute_id
        if substitute_id is None:
            continue
        if substitute_id == employee.employee_id:
            message = "substituteId: an employee cannot be their own substitute"
            yield Problem(line=line, message=message)
        elif substitute_id not in by_id and substitute_id not in read.mentioned:
            message = f"substituteId: there is no employee {substitute_id}"
            yield Problem(line=line, message=message)


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
