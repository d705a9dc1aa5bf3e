"""`leave balance adjust`, and what else there is about balances."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cli.account.target import open_api
from cli.arguments import add_api_options, days, employee_id, reason, year
from cli.errors import CommandError
from cli.output import as_json
from cli.showing import add_balance_show, booked_later
from leave.domain.errors import quantity
from leave.domain.policy import ANNUAL_LEAVE

if TYPE_CHECKING:
    import argparse

_NEGATIVE = "urn:leave:problem:negative-balance"


def add_commands(commands: Any) -> None:
    """Add `balance` and what can be done with it."""
    parser = commands.add_parser("balance", help="see and adjust what is left")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_balance_show(actions)
    adjust = actions.add_parser(
        "adjust",
        help="add or deduct days, with a reason",
        description="Add or deduct days of one year. The account keeps the person and the reason;"
        " the next daily sweep sends the employee a mail with the reason. After a lost answer the"
        " call is repeated, and counts once.",
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
    adjust.add_argument(
        "--idempotency-key",
        metavar="KEY",
        help="the key of an earlier call, to repeat exactly that one",
    )
    add_api_options(adjust)
    adjust.set_defaults(run=_adjust)


def _adjust(options: argparse.Namespace) -> None:
    body = {
        "year": options.year,
        "type": options.type,
        "days": float(options.days),
        "reason": options.reason,
        "allowNegative": options.allow_negative,
    }
    try:
        adjusted = open_api(options).post(
            f"/employees/{options.employee}/adjustments",
            body,
            idempotency_key=options.idempotency_key or secrets.token_urlsafe(24),
            look="leave report adjustments",
        )
    except CommandError as error:
        if (error.document or {}).get("type") == _NEGATIVE:
            is_later = (error.document or {}).get("year") != options.year
            later = f" Days of {options.year} are carried over to it." * is_later
            hint = f"{error}{later} With --allow-negative it is written anyway."
            raise CommandError(hint, document=error.document) from error
        raise
    if options.json:
        print(as_json(adjusted))
        return
    balance: dict[str, Any] = adjusted["balance"]
    sign = "+" if options.days > 0 else ""
    later = f" {booked_later(balance)}" if "bookedLater" in balance else ""
    print(
        f"{options.employee}, {options.type} {options.year}:"
        f" {sign}{quantity(Decimal(options.days), 'working day')}."
        f" Available: {balance['available']}.{later} The next daily sweep sends the employee a"
        " mail."
    )
