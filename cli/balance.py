"""`leave balance adjust`, and what else there is about balances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.administration import Administration
from cli.arguments import add_json_option, add_stage_options, days, employee_id, reason, year
from cli.errors import CommandError
from cli.operators import operator
from cli.output import as_json
from cli.showing import add_balance_show, booked_later
from cli.stage import Stage
from leave.adapters.system import new_request_id
from leave.domain.errors import NegativeBalanceError, quantity
from leave.domain.policy import ANNUAL_LEAVE
from leave.functions.presenting import present_balance
from leave.services.adjust_balance import AdjustBalance, AdjustmentInput
from leave.services.authorization import Authorization, Caller

if TYPE_CHECKING:
    import argparse


def add_commands(commands: Any) -> None:
    """Add `balance` and what can be done with it."""
    parser = commands.add_parser("balance", help="see and adjust what is left")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_balance_show(actions)
    adjust = actions.add_parser(
        "adjust",
        help="add or deduct days, with a reason",
        description="Add or deduct days of one year. The account keeps the person and the reason;"
        " the next daily sweep sends the employee a mail with the reason.",
    )
    adjust.add_argument("employee", type=employee_id, metavar="EMPLOYEE")
    adjust.add_argument("--year", type=year, metavar="Y", required=True)
    adjust.add_argument(
        "--days", type=days, metavar="N", required=True, help="in halves; below zero deducts"
    )
    adjust.add_argument("--reason", type=reason, metavar="TEXT", required=True)
    adjust.add_argument("--type", metavar="T", default=ANNUAL_LEAVE, help="annual by default")
    adjust.add_argument(
        "--allow-negative", action="store_true", help="even if less than nothing would be left"
    )
    add_stage_options(adjust)
    add_json_option(adjust)
    adjust.set_defaults(run=_adjust)


def _adjust(options: argparse.Namespace) -> None:
    stage = Stage.chosen(options)
    administration = Administration.of(stage)
    adjust = AdjustBalance(
        clock=administration.clock,
        authorization=Authorization(clock=administration.clock),
        begin=administration.unit_of_work,
        rules=administration.rules,
        new_id=new_request_id,
    )
    who = operator(stage)
    try:
        wanted = AdjustmentInput(
            year=options.year,
            leave_type=options.type,
            days=options.days,
            reason=options.reason,
            may_go_negative=options.allow_negative,
        )
        # Whoever has these rights in AWS is an administrator.
        balance = adjust(Caller(email=who, in_admins=True), options.employee, wanted).balance
    except NegativeBalanceError as error:
        later = f" Days of {options.year} are carried over to it." * (error.year != options.year)
        raise CommandError(f"{error}{later} With --allow-negative it is written anyway.") from error
    presented = present_balance(balance)
    if options.json:
        document = {"employeeId": options.employee, "year": options.year, "who": who}
        print(as_json(document | {"balance": presented}))
        return
    sign = "+" if options.days > 0 else ""
    later = f" {booked_later(presented)}" if balance.booked_later else ""
    print(
        f"{options.employee}, {options.type} {options.year}:"
        f" {sign}{quantity(options.days, 'working day')} by {who}."
        f" Available: {presented['available']}.{later} The next daily sweep sends the employee a"
        " mail."
    )
