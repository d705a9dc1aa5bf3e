"""What a file may not say about several employees at once, nor against the ones it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.directory.file import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cli.directory.file import DirectoryFile
    from leave.domain.employees import Employee


def contradictions(read: DirectoryFile, kept: Iterable[Employee]) -> Iterator[Problem]:
    """Yield what is wrong between the lines of a file, and with those `kept` outside of it."""
    known = [(0, employee) for employee in kept if employee.employee_id not in read.mentioned]
    lines = [*known, *read.employees.items()]
    yield from _duplicates(lines)
    for line, employee in read.employees.items():
        start, end = employee.start_date, employee.end_date
        if start and end and end < start:
            yield Problem(line=line, message=f"endDate: {end} lies before startDate {start}")
    by_id = {employee.employee_id: employee for _, employee in lines}
    yield from _leads(read, by_id)
    yield from _substitutes(read, by_id)


def _duplicates(lines: list[tuple[int, Employee]]) -> Iterator[Problem]:
    ids: dict[str, tuple[int, Employee]] = {}
    emails: dict[str, tuple[int, Employee]] = {}
    for line, employee in lines:
        for column, seen, cell in (
            ("employeeId", ids, employee.employee_id),
            ("email", emails, employee.email),
        ):
            # Case tells nobody apart: not in a mail address, and not for whoever types an id.
            first, other = seen.setdefault(cell.casefold(), (line, employee))
            if other is not employee:
                where = f"in line {first}" if first else f"of {other.employee_id}, whom it omits"
                yield Problem(line=line, message=f"{column}: {cell} is the one {where} already")


def _leads(read: DirectoryFile, by_id: Mapping[str, Employee]) -> Iterator[Problem]:
    for line, employee in read.employees.items():
        lead_id = employee.lead_id
        if lead_id is None:
            continue
        if lead_id not in by_id:
            # The lead's own line may be wrong, which is told there.
            if lead_id not in read.mentioned:
                yield Problem(line=line, message=f"leadId: there is no employee {lead_id}")
        elif circle := _circle(employee, by_id):
            path = " -> ".join(circle)
            yield Problem(line=line, message=f"leadId: nobody leads their own leads ({path})")


def _substitutes(read: DirectoryFile, by_id: Mapping[str, Employee]) -> Iterator[Problem]:
    for line, employee in read.employees.items():
        substitute_id = employee.substitute_id
        if substitute_id is None:
            continue
        if substitute_id == employee.employee_id:
            yield Problem(line=line, message="substituteId: nobody stands in for themselves")
        elif substitute_id not in by_id and substitute_id not in read.mentioned:
            message = f"substituteId: there is no employee {substitute_id}"
            yield Problem(line=line, message=message)


def _circle(employee: Employee, by_id: Mapping[str, Employee]) -> list[str]:
    """Return the way from an employee over their leads back to themselves, if there is one."""
    path = [employee.employee_id]
    lead = by_id.get(employee.lead_id or "")
    while lead is not None and lead.employee_id not in path:
        path.append(lead.employee_id)
        lead = by_id.get(lead.lead_id or "")
    return [*path, employee.employee_id] if lead is not None and lead is employee else []
