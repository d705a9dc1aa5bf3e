"""How a check and an import are told, to people and to scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.directory.changes import Kind
from cli.directory.effects import Handling
from cli.output import printable
from leave.domain.errors import quantity
from leave.domain.history import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.directory.changes import Change, Changes
    from cli.directory.effects import Effects, LeaveOutside
    from cli.directory.file import Problem


def problems_document(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return everything that is wrong; line null is about what the file leaves out."""
    return {"problems": [{"line": p.line or None, "message": p.message} for p in problems]}


def changes_document(changes: Changes, effects: Effects, *, written: bool) -> dict[str, Any]:
    """Return what differs, which requests are asked elsewhere, and leave that does not fit."""
    kinds: dict[str, list[dict[str, Any]]] = {kind.value: [] for kind in Kind}
    for change in changes.changes:
        kinds[change.kind].append(
            {
                "employeeId": change.after.employee_id,
                "name": change.after.name,
                "changes": [
                    {"field": f.column, "before": f.before, "after": f.after} for f in change.fields
                ],
            }
        )
    requests = [
        {
            "requestId": one.request.request_id,
            "employeeId": one.employee.employee_id,
            "from": one.request.approver and one.request.approver.employee_id,
            "to": one.approver and one.approver.employee_id,
            "newAddress": one.is_same_person,
        }
        for one in effects.rerouted
    ]
    leave = [
        {
            "requestId": one.found.request.request_id,
            "employeeId": one.found.employee.employee_id,
            "status": one.found.status,
            "start": one.found.request.plan.period.start.isoformat(),
            "end": one.found.request.plan.period.end.isoformat(),
            "what": one.handling,
        }
        for one in effects.leave
    ]
    return kinds | {"rerouted": requests, "leave": leave, "written": written}


def describe_changes(changes: Changes) -> Iterator[str]:
    """Yield the lines of a difference, employee by employee, field by field."""
    for change in changes.changes:
        after = change.after
        last_day = f", last day {after.end_date}" if change.kind is Kind.LEAVING else ""
        yield f"{change.kind:<8} {after.employee_id}  {printable(after.name)}{last_day}"
        for field in change.fields:
            before, now = field.before or "(empty)", field.after or "(empty)"
            yield printable(f"           {field.column}: {before} -> {now}")
    counts = [f"{_count(changes.changes, kind)} {kind}" for kind in Kind]
    unchanged = len(changes.directory) - len(changes.changes)
    number = quantity(len(changes.directory), "employee")
    yield f"{number}: {', '.join(counts)}, {unchanged} unchanged."


def describe_effects(effects: Effects, *, written: bool) -> Iterator[str]:
    """Yield a line for each leave outside the employment, and for each that waits wrongly."""
    for one in effects.leave:
        yield printable(describe_leave(one, written=written))
    done = "is asked" if written else "would be asked"
    for one in effects.rerouted:
        asked = one.request.approver.name if one.request.approver else "nobody"
        request = f"Request {one.request.request_id} of {one.employee.name}"
        if one.approver is None:
            line = f"{request} still waits for {asked}: no other employee can decide; name a lead."
        elif one.is_same_person:
            line = f"{request}: {one.approver.name} {done} at the new address."
        else:
            line = f"{request}: {one.approver.name} {done} instead of {asked}."
        yield printable(line)


def describe_leave(leave: LeaveOutside, *, written: bool = False) -> str:
    """Return the sentence about leave outside the employment, with what to do."""
    request, status = leave.found.request, leave.found.status
    start, end = request.plan.period.start, request.plan.period.end
    days = f"{start}" if start == end else f"{start} to {end}"
    kind = "Leave request" if status is Status.PENDING else "Leave"
    who = f"{kind} {request.request_id} of {leave.found.employee.name}, {days} ({status}),"
    if leave.handling in {Handling.CANCELLED, Handling.ENDED}:
        return f"{who} {'is' if written else 'would be'} {leave.handling}."
    where = "lies" if leave.handling is Handling.OUTSIDE else "lies partly"
    if status is Status.PENDING:
        todo = "the next daily sweep ends it."
    elif leave.handling is Handling.OUTSIDE:
        todo = "cancel it by importing with --cancel-later."
    else:
        todo = (
            f"withdraw it with `leave withdraw {request.request_id}`, which asks the approver, and"
            " let the employee ask for the days that are left."
        )
    return f"{who} {where} outside the employment: {todo}"


def _count(changes: Sequence[Change], kind: Kind) -> int:
    return sum(change.kind is kind for change in changes)
