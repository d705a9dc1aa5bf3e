"""`leave report`: a year of all employees' leave as CSV."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.administration import Administration
from cli.arguments import add_stage_options, year
from cli.errors import CommandError
from cli.stage import Stage
from leave.domain.typed_text import without_formula
from leave.services.leave_policy import furthest_year, open_accounts

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from decimal import Decimal

    from leave.domain.accounts import Balance
    from leave.domain.employee import Employee
    from leave.domain.policy import LeaveType

HEADER = (
    "Employee ID",
    "Name",
    "E-mail",
    "Year",
    "Leave type",
    "Entitlement (days)",
    "Carried in (days)",
    "Carried in and left (days)",
    "Carried in and expired (days)",
    "Adjustments (days)",
    "Approved (days)",
    "Taken (days)",
    "Pending (days)",
    "Available (days)",
    "Available but booked later (days)",
)


def add_commands(commands: Any) -> None:
    """Add `report`."""
    report = commands.add_parser(
        "report",
        help="a year of all employees' leave as CSV",
        description="A line for each employee and leave type. What is still left of the days"
        " carried in can be taken until they expire, on top of what is available. Days that"
        " are carried over and booked in a later year cannot be taken in this one.",
    )
    report.add_argument("--year", type=year, metavar="Y", required=True)
    report.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="a file for a spreadsheet, which gets a byte order mark; standard output by default",
    )
    add_stage_options(report)
    report.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> None:
    administration = Administration.of(Stage.chosen(options))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    last = furthest_year(administration.clock.today())
    if options.year > last:
        raise CommandError(f"There are leave accounts up to {last}, none for {options.year} yet.")
    rows = list(_rows(administration, options.year))
    if not rows:
        raise CommandError(f"No employee has leave accounts for {options.year}.")
    writer.writerows(rows)
    if options.output is None:
        sys.stdout.write(text.getvalue())
        return
    try:
        options.output.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise CommandError(f"{options.output} cannot be written: {error.strerror}.") from error


def _rows(administration: Administration, year: int) -> Iterator[list[str]]:
    rules = administration.rules
    everybody = sorted(administration.directory.everybody(), key=lambda e: e.employee_id)
    uow = administration.unit_of_work()
    for employee in everybody:
        if year < employee.accounts_since or not employee.is_employed_in(year):
            continue
        today = administration.clock.today_of(employee)
        accounts = open_accounts(uow, employee, rules, today, year=year)
        for leave_type in rules.leave_types:
            yield _row(employee, leave_type, accounts.statement(year, leave_type, today=today))


def _row(employee: Employee, leave_type: LeaveType, balance: Balance) -> list[str]:
    return [
        without_formula(employee.employee_id),
        without_formula(employee.name),
        without_formula(employee.email),
        str(balance.year),
        without_formula(leave_type.name),
        _days(balance.entitlement),
        _days(balance.carried_in),
        _days(balance.carried_left),
        _days(balance.expired),
        _days(balance.adjustments),
        _days(balance.approved),
        _days(balance.taken),
        _days(balance.pending),
        _days(balance.available),
        _days(balance.booked_later),
    ]


def _days(days: Decimal | None) -> str:
    """Return days as a number; nothing where there is no limit."""
    return "" if days is None else f"{days.normalize():f}"
