"""`leave request`, `leave change` and `leave withdraw`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from cli.account.target import open_api
from cli.arguments import add_api_options, day, employee_id, reason, request_id
from cli.errors import UsageError
from cli.output import as_json, half_text, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_HALVES = ("morning", "afternoon")
_EITHER = "Give either --date, or --start and --end."


def add_commands(commands: Any) -> None:
    """Add what an employee does about leave."""
    request = commands.add_parser(
        "request",
        help="request leave",
        description="Request leave. After a lost answer the call is repeated, and counts once.",
    )
    _add_wish(request, halves=_HALVES)
    request.add_argument("--employee", type=employee_id, metavar="E", help="for administrators")
    request.add_argument(
        "--record",
        action="store_true",
        help="for administrators, with --employee: record the leave as approved, without asking",
    )
    request.add_argument(
        "--idempotency-key",
        metavar="KEY",
        help="the key of an earlier call, to repeat exactly that one",
    )
    add_api_options(request)
    request.set_defaults(run=_request)
    change = commands.add_parser(
        "change",
        help="change a pending request",
        description="Change a pending request; what is not given stays. The approver is"
        " asked anew. Leave that needs no approval is noted at once.",
    )
    change.add_argument("id", type=request_id, metavar="ID")
    _add_wish(change, halves=(*_HALVES, "none"))
    add_api_options(change)
    change.set_defaults(run=_change)
    withdraw = commands.add_parser(
        "withdraw",
        help="withdraw a request, or ask to cancel an approved one",
    )
    withdraw.add_argument("id", type=request_id, metavar="ID")
    add_api_options(withdraw)
    withdraw.set_defaults(run=_withdraw)


def _add_wish(parser: argparse.ArgumentParser, *, halves: tuple[str, ...]) -> None:
    parser.add_argument("--date", type=day, metavar="DAY", help="a single day")
    parser.add_argument("--start", type=day, metavar="DAY", help="the first day")
    parser.add_argument("--end", type=day, metavar="DAY", help="the last day")
    parser.add_argument("--half-day", choices=halves, help="half of a single day")
    none = halves[len(_HALVES) :]
    parser.add_argument(
        "--start-half", choices=("afternoon", *none), help="begin at noon of the first day"
    )
    parser.add_argument(
        "--end-half", choices=("morning", *none), help="end at noon of the last day"
    )
    parser.add_argument("--type", metavar="T", help="the leave type; annual by default")
    parser.add_argument("--reason", type=reason, metavar="TEXT", help="for the lead to read")


def _request(options: argparse.Namespace) -> None:
    period = _period(options)
    if period is None:
        raise UsageError("Say when: --date DAY, or --start DAY and --end DAY.")
    body: dict[str, Any] = period | _given(
        halfDay=options.half_day,
        startHalf=options.start_half,
        endHalf=options.end_half,
        type=options.type,
        reason=options.reason,
        employeeId=options.employee,
    )
    if options.record:
        body["record"] = True
    key = options.idempotency_key or secrets.token_urlsafe(24)
    answer = open_api(options).post("/request_leave", body, idempotency_key=key)
    if options.json:
        print(as_json(answer))
        return
    days = answer["workingDays"]
    count = "1 working day" if days == 1 else f"{days} working days"
    print(f"{answer['status']}: {answer['requestId']}, {count}.")


def _change(options: argparse.Namespace) -> None:
    dates = options.date or options.start or options.end
    halves = options.half_day or options.start_half or options.end_half
    if not (dates or halves or options.type or options.reason):
        raise UsageError("Say what to change: --date, --start, --end, --half-day, --type …")
    if options.date and (options.start or options.end):
        raise UsageError(_EITHER)
    api = open_api(options)
    path = f"/leave_requests/{options.id}"
    now: dict[str, Any] = api.get(path)
    kept: dict[str, Any] = {} if dates or halves else now
    start = options.date or options.start
    end = options.date or options.end
    body = {
        "start": start.isoformat() if start else now["start"],
        "end": end.isoformat() if end else now["end"],
    } | _given(
        halfDay=_half(options.half_day, kept, "halfDay"),
        startHalf=_half(options.start_half, kept, "startHalf"),
        endHalf=_half(options.end_half, kept, "endHalf"),
        type=options.type or now["type"],
        reason=options.reason or now["reason"],
    )
    answer = api.patch(path, body)
    if options.json:
        print(as_json(answer))
        return
    is_approved = answer["status"] == "approved"
    then = "It needs no approval." if is_approved else "The approver is asked again."
    print(f"Changed to {_described(answer)}. {then}")


def _withdraw(options: argparse.Namespace) -> None:
    answer = open_api(options).delete(f"/leave_requests/{options.id}")
    if options.json:
        print(as_json(answer))
    elif answer["cancellationAsked"]:
        approver: dict[str, Any] = answer["approver"] or {}
        who = approver.get("name", "The lead")
        print(printable(f"{who} is asked to agree that {_described(answer)} is cancelled."))
    else:
        print(f"Withdrawn: {_described(answer)}.")


def _period(options: argparse.Namespace) -> dict[str, str] | None:
    """Return the dates of a body, None where none was given."""
    if options.date:
        if options.start or options.end:
            raise UsageError(_EITHER)
        return {"date": options.date.isoformat()}
    if options.start and options.end:
        return {"start": options.start.isoformat(), "end": options.end.isoformat()}
    if options.start or options.end:
        raise UsageError("Give --start and --end together, or --date for a single day.")
    return None


def _half(chosen: str | None, kept: Mapping[str, Any], field: str) -> str | None:
    return None if chosen == "none" else chosen or kept.get(field)


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _described(request: Mapping[str, Any]) -> str:
    start, end, half = request["start"], request["end"], half_text(request)
    days = start if start == end else f"{start} to {end}"
    return f"{days} ({half})" if half else days
