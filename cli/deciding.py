"""Approvals, their delegation, and reminders on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.account.target import open_api
from cli.arguments import add_api_options, comment, day, employee_id, request_id, revision
from cli.errors import CommandError, UsageError
from cli.output import as_json, as_table, half_text, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from cli.api import Api

_PAGES = 1000
_DONE = {"approved": "Approved", "denied": "Denied"}


def add_commands(commands: Any) -> None:
    """Add what an approver does, and how an employee has one reminded."""
    approvals = commands.add_parser("approvals", help="list what waits for your decision")
    add_api_options(approvals)
    approvals.set_defaults(run=_approvals)
    for name, decision in (("approve", "approved"), ("deny", "denied")):
        parser = commands.add_parser(name, help=f"{name} a request that waits for you")
        parser.add_argument("id", type=request_id, metavar="ID")
        parser.add_argument(
            "--comment",
            type=comment,
            metavar="TEXT",
            required=name == "deny",
            help="for the employee to read",
        )
        parser.add_argument(
            "--revision",
            type=revision,
            metavar="N",
            help="the revision that you have seen; the present one by default",
        )
        add_api_options(parser)
        parser.set_defaults(run=_decide, decision=decision)
    undo = commands.add_parser("undo", help="take your answer back, shortly after you gave it")
    undo.add_argument("id", type=request_id, metavar="ID")
    add_api_options(undo)
    undo.set_defaults(run=_undo)
    delegate = commands.add_parser(
        "delegate", help="have another employee asked in your place, or see or end that"
    )
    delegate.add_argument(
        "substitute",
        type=employee_id,
        nargs="?",
        metavar="EMPLOYEE",
        help="who is asked; without it, the present delegation is shown",
    )
    delegate.add_argument("--from", type=day, dest="first", metavar="DAY", help="the first day")
    delegate.add_argument("--to", type=day, dest="last", metavar="DAY", help="the last day")
    delegate.add_argument("--end", action="store_true", help="end the delegation")
    add_api_options(delegate)
    delegate.set_defaults(run=_delegate)
    remind = commands.add_parser(
        "remind", help="have the approver of your request reminded, once a day"
    )
    remind.add_argument("id", type=request_id, metavar="ID")
    add_api_options(remind)
    remind.set_defaults(run=_remind)


def _approvals(options: argparse.Namespace) -> None:
    waiting = _all_approvals(open_api(options))
    if options.json:
        print(as_json({"approvals": waiting}))
    elif waiting:
        columns = ("ID", "Revision", "Who", "From", "To", "Half", "Days", "Type", "Asks", "Since")
        print(as_table(columns, [_row(approval) for approval in waiting]))
        for approval in waiting:
            for warning in approval["warnings"]:
                print(printable(f"{approval['requestId']}: {warning}"))
    else:
        print("No request waits for your decision.")


def _all_approvals(api: Api) -> list[dict[str, Any]]:
    waiting: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        page: dict[str, Any] = api.get("/approvals", {"cursor": cursor})
        waiting += page["approvals"]
        cursor = page["cursor"]
        if cursor is None:
            return waiting
    raise CommandError("There are too many requests to list.")


def _row(approval: Mapping[str, Any]) -> list[object]:
    period: dict[str, Any] = approval["period"]
    return [
        approval["requestId"],
        approval["revision"],
        approval["employee"]["name"],
        period["start"],
        period["end"],
        half_text(period),
        approval["workingDays"],
        approval["type"],
        approval["question"],
        approval["askedAt"][:10],
    ]


def _decide(options: argparse.Namespace) -> None:
    api = open_api(options)
    seen = options.revision or api.get(f"/leave_requests/{options.id}")["revision"]
    body: dict[str, str | int] = {"decision": options.decision, "revision": seen}
    if options.comment:
        body["comment"] = options.comment
    answer = api.answer(f"/approvals/{options.id}", body)
    is_first = answer["status"] == "pending"
    then = " A second approval is needed." if is_first else ""
    _show(options, answer, _DONE[options.decision], then)


def _undo(options: argparse.Namespace) -> None:
    answer = open_api(options).delete(f"/approvals/{options.id}")
    _show(options, answer, "Taken back", " The request waits for your answer again.")


def _delegate(options: argparse.Namespace) -> None:
    given = [options.substitute, options.first, options.last]
    if any(given) and (options.end or not all(given)):
        raise UsageError("Give EMPLOYEE, --from and --to together, --end alone, or nothing.")
    api = open_api(options)
    if options.end:
        delegation = api.delete("/delegation")
    elif options.substitute:
        body = {"substituteId": options.substitute, "from": str(options.first)}
        delegation = api.put("/delegation", body | {"to": str(options.last)})
    else:
        delegation = api.get("/delegation")
    if options.json:
        print(as_json(delegation))
    elif delegation:
        name, days = delegation["name"], f"{delegation['from']} to {delegation['to']}"
        print(printable(f"{name} is asked in your place, {days}."))
    else:
        print("You are asked yourself.")


def _remind(options: argparse.Namespace) -> None:
    answer = open_api(options).remind(f"/leave_requests/{options.id}/reminder")
    names = ", ".join(one["name"] for one in answer["waitingFor"])
    _show(options, answer, "Reminded", f" {names} gets a mail.")


def _show(
    options: argparse.Namespace, answer: Mapping[str, Any], done: str, then: str = ""
) -> None:
    if options.json:
        print(as_json(answer))
        return
    start, end, half = answer["start"], answer["end"], half_text(answer)
    days = start if start == end else f"{start} to {end}"
    days = f"{days} ({half})" if half else days
    print(printable(f"{done}: {days}, {answer['employeeName']}.{then}"))
