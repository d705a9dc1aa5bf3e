"""`leave status`, `leave calendar` and `leave balance show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.account.target import open_api
from cli.arguments import add_api_options, day, employee_id, request_id, year
from cli.errors import CommandError, UsageError
from cli.output import as_json, as_table, half_text, printable
from leave.domain.history import Status

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from cli.api import Api

_PAGES = 1000


def add_commands(commands: Any) -> None:
    """Add what only looks."""
    status = commands.add_parser("status", help="see your requests, or one with its history")
    status.add_argument("id", nargs="?", type=request_id, metavar="ID")
    status.add_argument("--year", type=year, metavar="Y", help="only requests that touch this year")
    status.add_argument("--status", choices=[s.value for s in Status], help="only these")
    status.add_argument("--employee", type=employee_id, metavar="E", help="for leads and admins")
    add_api_options(status)
    status.set_defaults(run=_status)
    calendar = commands.add_parser("calendar", help="list the absences of your team")
    calendar.add_argument("--start", type=day, metavar="DAY", help="today by default")
    calendar.add_argument("--end", type=day, metavar="DAY", help="60 days later by default")
    calendar.add_argument(
        "--feed",
        action="store_true",
        help="print the secret address to subscribe to in a calendar program, and nothing else",
    )
    calendar.add_argument("--employee", type=employee_id, metavar="E", help="for administrators")
    add_api_options(calendar)
    calendar.set_defaults(run=_calendar)


def add_balance_show(actions: Any) -> None:
    """Add `show` to `leave balance`."""
    show = actions.add_parser("show", help="see what is left of a year")
    show.add_argument("--employee", type=employee_id, metavar="E", help="for leads and admins")
    show.add_argument("--year", type=year, metavar="Y", help="this year by default")
    add_api_options(show)
    show.set_defaults(run=_balance)


def _status(options: argparse.Namespace) -> None:
    api = open_api(options)
    if options.id is not None:
        request: dict[str, Any] = api.get(f"/leave_requests/{options.id}")
        print(as_json(request) if options.json else _request_text(request))
        return
    requests = _all_requests(api, options)
    if options.json:
        print(as_json({"leaveRequests": requests}))
    elif requests:
        columns = ("ID", "From", "To", "Half", "Days", "Type", "Status", "Asked")
        print(as_table(columns, [_row(request) for request in requests]))
    else:
        print("There are no requests.")


def _all_requests(api: Api, options: argparse.Namespace) -> list[dict[str, Any]]:
    query = {
        "employeeId": options.employee,
        "status": options.status,
        "year": None if options.year is None else str(options.year),
    }
    requests: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        page: dict[str, Any] = api.get("/leave_requests", query | {"cursor": cursor})
        requests += page["leaveRequests"]
        cursor = page["cursor"]
        if cursor is None:
            return requests
    raise CommandError("There are too many requests to list; choose a year with --year.")


def _row(request: Mapping[str, Any]) -> list[object]:
    approver: dict[str, Any] = request["approver"] or {}
    status = request["status"]
    return [
        request["requestId"],
        request["start"],
        request["end"],
        half_text(request),
        request["workingDays"],
        request["type"],
        f"{status}, to be cancelled" if request["cancellationAsked"] else status,
        approver.get("name"),
    ]


def _request_text(request: Mapping[str, Any]) -> str:
    row = dict(
        zip(
            ("ID", "From", "To", "Half", "Days", "Type", "Status", "Asked"),
            _row(request),
            strict=True,
        )
    )
    facts = {
        "Employee": f"{request['employeeName']} ({request['employeeId']})",
        **row,
        "Reason": request["reason"],
        "Waiting": ", ".join(map(_waited_for, request["waitingFor"])),
        "Warnings": " ".join(request["warnings"]),
    }
    lines = [f"{name + ':':<10}{printable(str(value))}" for name, value in facts.items() if value]
    history = [
        (event["at"], event["what"], event["who"], event["channel"], event["comment"])
        for event in request["history"]
    ]
    table = as_table(("When", "What", "Who", "Channel", "Comment"), history)
    return "\n".join([*lines, "", table])


def _waited_for(one: Mapping[str, Any]) -> str:
    mailed = "" if one["mailed"] else ", not mailed yet"
    return f"{one['name']} (since {one['since'][:10]}{mailed})"


def _calendar(options: argparse.Namespace) -> None:
    api = open_api(options)
    if options.feed and options.employee:
        raise UsageError("--feed prints your own address: leave --employee out.")
    days = {"start": options.start, "end": options.end}
    query = {name: value and value.isoformat() for name, value in days.items()}
    query["employeeId"] = options.employee
    calendar: dict[str, Any] = api.get("/team_calendar", query)
    absences: list[dict[str, Any]] = calendar["absences"]
    if options.feed:
        if not calendar["feed"]:
            raise CommandError(
                "You have no calendar address yet; the next directory import adds it."
            )
        print(api.api_url + calendar["feed"])
    elif options.json:
        print(as_json(calendar))
    elif absences:
        rows = [(a["start"], a["end"], half_text(a), a["name"]) for a in absences]
        print(as_table(("From", "To", "Half", "Who"), rows))
    else:
        print(f"No colleague of the team is away from {calendar['start']} to {calendar['end']}.")


def _balance(options: argparse.Namespace) -> None:
    chosen = None if options.year is None else str(options.year)
    query = {"employeeId": options.employee, "year": chosen}
    answer: dict[str, Any] = open_api(options).get("/leave_balance", query)
    if options.json:
        print(as_json(answer))
        return
    columns = {
        "Type": "type",
        "Entitlement": "entitlement",
        "Carried in": "carriedIn",
        "Still left": "carriedLeft",
        "Until": "carriedUntil",
        "Adjusted": "adjustments",
        "Approved": "approved",
        "Pending": "pending",
        "Available": "available",
    }
    rows = [[balance[field] for field in columns.values()] for balance in answer["balances"]]
    print(f"{answer['employeeId']}, {answer['year']}, in working days")
    print(as_table(tuple(columns), rows))
    for balance in answer["balances"]:
        if "bookedLater" in balance:
            print(f"{balance['type']}: {booked_later(balance)}")


def booked_later(balance: Mapping[str, Any]) -> str:
    """Return which of the available days a later year needs."""
    days = balance["bookedLater"]
    verb = "is" if days == 1 else "are"
    later = balance["bookedIn"]
    return f"Of the available days, {days} {verb} carried over and already booked in {later}."
