"""`leave report`: reports about all employees as CSV, byte for byte as the API makes them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.account.target import open_api
from cli.arguments import add_api_options, day, year
from cli.errors import CommandError
from leave.domain.history import Status

if TYPE_CHECKING:
    import argparse

_DIALECTS = ("comma", "semicolon")


def add_commands(commands: Any) -> None:
    """Add `report` and its kinds."""
    parser = commands.add_parser("report", help="reports about all employees as CSV")
    kinds = parser.add_subparsers(title="reports", metavar="REPORT", required=True)
    absences = kinds.add_parser(
        "absences",
        help="the leave that touches some days",
        description="The approved and pending leave of all employees that touches these days, at"
        " most 366 of them.",
    )
    absences.add_argument("--from", dest="start", type=day, metavar="D", required=True)
    absences.add_argument("--to", dest="end", type=day, metavar="D", required=True)
    absences.add_argument(
        "--status",
        action="append",
        choices=[status.value for status in Status],
        help="another status; several are possible",
    )
    for name, what in (
        ("balances", "all balances of a year"),
        ("adjustments", "all adjustments of a year"),
    ):
        kind = kinds.add_parser(name, help=what)
        kind.add_argument("--year", type=year, metavar="Y", required=True)
        _add_common(kind, name)
    _add_common(absences, "absences")


def _add_common(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(
        "--dialect",
        choices=_DIALECTS,
        help="semicolon for a spreadsheet program that writes a decimal comma",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="a file; standard output by default"
    )
    add_api_options(parser)
    parser.set_defaults(run=_report, report=name)


def _report(options: argparse.Namespace) -> None:
    query = {"dialect": options.dialect}
    if options.report == "absences":
        query |= {
            "from": options.start.isoformat(),
            "to": options.end.isoformat(),
            "status": ",".join(options.status) if options.status else None,
        }
    else:
        query["year"] = str(options.year)
    content = open_api(options).download(f"/reports/{options.report}", query)
    if options.output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    try:
        options.output.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{options.output} cannot be written: {error.strerror}.") from error
