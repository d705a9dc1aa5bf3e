"""`leave directory check|import|export`."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.administration import CONFIGURED, Administration
from cli.arguments import add_json_option, add_stage_options, day, year
from cli.directory import telling
from cli.directory.changes import compare
from cli.directory.employments import contradicted
from cli.directory.file import read_file, write_text
from cli.directory.importing import Import
from cli.directory.usable import unusable
from cli.errors import CommandError
from cli.operators import operator
from cli.output import as_json
from cli.stage import Stage
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.domain.errors import quantity

if TYPE_CHECKING:
    import argparse

    from cli.directory.changes import Changes
    from leave.config import Environment

_FEED_BYTES = 32


def add_commands(commands: Any) -> None:
    """Add `directory` and what can be done with it."""
    parser = commands.add_parser("directory", help="check, import and export the employees")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser(
        "check",
        help="check a CSV file and change nothing",
        description="Check a CSV file; with a stage also against its directory, as"
        " `import --dry-run` does.",
    )
    load = actions.add_parser(
        "import",
        help="check a CSV file as a whole, then write what differs",
        description="Check a CSV file as a whole, show what differs from the stage, and write"
        " that. Requests that wait for a previous lead are re-routed, and leave outside"
        " the employment is listed. An interrupted"
        " import can be repeated. Cells that a spreadsheet would run (= + - @) are refused.",
    )
    for parser in (check, load):
        parser.add_argument("file", type=Path, metavar="FILE")
        add_stage_options(parser)
        parser.add_argument(
            "--end-missing",
            type=day,
            metavar="DATE",
            help="let the employment of all who are missing in the file end on this day",
        )
        parser.add_argument(
            "--first-year",
            type=year,
            metavar="YEAR",
            help="the first year with leave accounts of the employees that are added, with nothing"
            " carried in: last, this or next year; this year by default",
        )
        add_json_option(parser)
    load.add_argument("--dry-run", action="store_true", help="show everything and write nothing")
    load.add_argument(
        "--cancel-later",
        action="store_true",
        help="cancel leave after the last day of an employment, and end requests for it; those"
        " concerned get a mail",
    )
    check.set_defaults(cancel_later=False)
    check.set_defaults(run=_check)
    load.set_defaults(run=_import)
    export = actions.add_parser("export", help="write the stage's employees to a CSV file")
    export.add_argument("file", type=Path, metavar="FILE")
    add_stage_options(export)
    export.set_defaults(run=_export)


def _check(options: argparse.Namespace) -> None:
    if options.stage or options.ready_file:
        options.dry_run = True
        _import(options)
        return
    changes = _checked(options, {}, None)
    number = len(changes.directory)
    text = as_json({"employees": number, "problems": []}) if options.json else None
    print(text or f"{options.file}: {quantity(number, 'employee')}, nothing wrong.")


def _import(options: argparse.Namespace) -> None:
    stage = Stage.chosen(options)
    directory = DynamoDirectory(stage.table())
    stored = {employee.employee_id: employee for employee in directory.everybody()}
    changes = _checked(options, stored, stage)
    effects = (
        Administration.of(stage).directory_changes(changes.directory.values()) if stored else None
    )
    work = Import(
        directory=directory,
        changes=changes,
        directory_changes=effects,
        cancels_later=options.cancel_later,
        who="" if options.dry_run else operator(stage),
    )
    if not options.json:
        print(*telling.describe_changes(changes), sep="\n")
    if options.dry_run:
        _tell(options, changes, work, written=False)
        return
    work.write()
    _tell(options, changes, work, written=True)


def _tell(options: argparse.Namespace, changes: Changes, work: Import, *, written: bool) -> None:
    effects = work.put_right() if written else work.expected()
    if options.json:
        print(as_json(telling.changes_document(changes, effects, written=written)))
        return
    for line in telling.describe_effects(effects, written=written):
        print(line)
    if not changes.changes:
        print("No employee differs from the file.")
    else:
        print("Written." if written else "Nothing was written.")


def _export(options: argparse.Namespace) -> None:
    stage = Stage.chosen(options)
    employees = list(DynamoDirectory(stage.table()).everybody())
    try:
        options.file.write_text(write_text(employees), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise CommandError(f"{options.file} cannot be written: {error.strerror}.") from error
    print(
        f"{quantity(len(employees), 'employee')} of stage {stage.name} written to {options.file}."
    )


def _configured(stage: Stage) -> Environment | None:
    """Return the settings that the stage goes by; None for a stage still in the making."""
    try:
        return stage.environment(CONFIGURED)
    except CommandError:
        return None


def _checked(options: argparse.Namespace, stored: dict[str, Any], stage: Stage | None) -> Changes:
    """Return what differs, or raise `CommandError` with everything that is wrong."""
    read = read_file(options.file, accounts_since=_first_year(options, stage))
    records = Administration.of(stage) if stage and stored else None
    today = records.clock.today() if records else datetime.now(UTC).date()
    changes, problems = compare(
        read,
        stored,
        end_missing=options.end_missing,
        new_feed=lambda: secrets.token_urlsafe(_FEED_BYTES),
        today=today,
    )
    if stage and (configured := _configured(stage)):
        problems = sorted([*problems, *unusable(read, configured, today, stage=stage.name)])
    if records:
        problems = sorted(
            [
                *problems,
                *contradicted(read, changes, records.unit_of_work(), records.clock.today_of),
            ]
        )
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise CommandError(
            f"{options.file} has mistakes; nothing was written:\n{lines}",
            document=telling.problems_document(problems),
        )
    return changes


def _first_year(options: argparse.Namespace, stage: Stage | None) -> int:
    """Return the first year with accounts of employees that are added.

    The year is the stage's own. A stage in the making does not tell its time zone yet, so the year
    must be given.
    """
    asked: int | None = options.first_year
    this = datetime.now(UTC).year
    try:
        if stage is not None:
            this = Administration.of(stage).clock.today().year
    except CommandError as error:
        if asked is None:
            raise CommandError(
                f"{error} To import before that, give the first year with leave accounts:"
                f" --first-year {this}."
            ) from error
    if asked is not None and abs(asked - this) > 1:
        raise CommandError(
            f"--first-year must be {this - 1}, {this} or {this + 1}, not {asked}."
            " Nothing was written."
        )
    return this if asked is None else asked
