"""`leave directory check|import|export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.account.target import open_api
from cli.arguments import add_api_options, day, year
from cli.errors import CommandError
from cli.output import as_json, printable
from leave.domain.errors import quantity

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from cli.api import Api

_KINDS = ("added", "changed", "leaving")
_LISTS = (*_KINDS, "rerouted", "leave", "recounts", "short")
_IDLE_CALLS = 3
"""After so many calls that bring an import no further, something is wrong."""


def add_commands(commands: Any) -> None:
    """Add `directory` and what can be done with it."""
    parser = commands.add_parser("directory", help="check, import and export the employees")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser(
        "check",
        help="check a CSV file and change nothing",
        description="Check a CSV file against the stage, and show what an import would write, as"
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
        add_api_options(parser)
    load.add_argument("--dry-run", action="store_true", help="show everything and write nothing")
    load.add_argument(
        "--cancel-later",
        action="store_true",
        help="cancel leave after the last day of an employment, and end requests for it; those"
        " concerned get a mail",
    )
    check.set_defaults(run=_import, dry_run=True, cancel_later=False)
    load.set_defaults(run=_import)
    export = actions.add_parser("export", help="write the stage's employees to a CSV file")
    export.add_argument("file", type=Path, metavar="FILE")
    add_api_options(export)
    export.set_defaults(run=_export)


def _import(options: argparse.Namespace) -> None:
    try:
        content = options.file.read_bytes()
    except OSError as error:
        raise CommandError(f"{options.file} cannot be read: {error.strerror}.") from error
    query = {
        "dryRun": None if options.dry_run else "false",
        "endMissing": options.end_missing and options.end_missing.isoformat(),
        "firstYear": options.first_year and str(options.first_year),
        "cancelLater": "true" if options.cancel_later else None,
    }
    done = _whole(open_api(options), content, query)
    if options.json:
        print(as_json(done))
        return
    print(*_described(done), sep="\n")


def _whole(api: Api, content: bytes, query: Mapping[str, str | None]) -> dict[str, Any]:
    """Return what was done by as many calls as it takes, as if it were one."""
    whole: dict[str, Any] = {}
    tag, remaining, idle = None, None, 0
    while True:
        done, tag = api.upload(
            "/employees",
            query,
            content,
            kind="text/csv",
            tag=tag,
            lost="So it is not known how much was written: import the same file again, which writes"
            " only what is left.",
        )
        whole = done | {name: [*whole.get(name, []), *done[name]] for name in _LISTS}
        left = whole.pop("remaining", 0)
        if not left:
            return whole
        idle = idle + 1 if left == remaining else 0
        if idle == _IDLE_CALLS:
            raise CommandError(
                f"The import does not go on, with {quantity(left, 'step')} left. Import the same"
                " file again later to finish.",
                document=whole,
            )
        remaining = left


def _export(options: argparse.Namespace) -> None:
    api = open_api(options)
    content = api.download("/employees")
    try:
        options.file.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{options.file} cannot be written: {error.strerror}.") from error
    if options.json:
        print(as_json({"file": str(options.file)}))
        return
    print(f"The employees of {api.api_url} written to {options.file}.")


def _described(done: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of an import, employee by employee, field by field."""
    is_written = done["written"]
    for kind in _KINDS:
        for one in done[kind]:
            yield f"{kind:<8} {one['employeeId']}  {printable(one['name'])}{_last_day(kind, one)}"
            for change in one["changes"]:
                before, after = change["before"] or "(empty)", change["after"] or "(empty)"
                yield printable(f"           {change['field']}: {before} -> {after}")
    yield f"{', '.join(f'{len(done[kind])} {kind}' for kind in _KINDS)}."
    for one in done["leave"]:
        yield printable(_leave(one, is_written=is_written))
    for one in done["rerouted"]:
        yield printable(_rerouted(one, is_written=is_written))
    if not any(done[kind] for kind in _KINDS):
        yield "No employee differs from the file."
    else:
        yield "Written." if is_written else "Nothing was written."


def _last_day(kind: str, one: Mapping[str, Any]) -> str:
    days = [change["after"] for change in one["changes"] if change["field"] == "endDate"]
    return f", last day {days[0]}" if kind == "leaving" and days else ""


def _rerouted(one: Mapping[str, Any], *, is_written: bool) -> str:
    done = "is asked" if is_written else "would be asked"
    request, asked = f"Request {one['requestId']} of {one['employeeId']}", one["from"] or "nobody"
    if one["to"] is None:
        return f"{request} still waits for {asked}: no other employee can decide; name a lead."
    if one["newAddress"]:
        return f"{request}: {one['to']} {done} at the new address."
    return f"{request}: {one['to']} {done} instead of {asked}."


def _leave(one: Mapping[str, Any], *, is_written: bool) -> str:
    """Return the sentence about leave outside the employment, with what to do."""
    start, end, status, what = one["start"], one["end"], one["status"], one["what"]
    days = start if start == end else f"{start} to {end}"
    is_pending = status == "pending"
    kind = "Leave request" if is_pending else "Leave"
    who = f"{kind} {one['requestId']} of {one['employeeId']}, {days} ({status}),"
    if what in {"cancelled", "ended"}:
        return f"{who} {'is' if is_written else 'would be'} {what}."
    where = "lies" if what == "outside" else "lies partly"
    if is_pending:
        todo = "the next daily sweep ends it."
    elif what == "outside":
        todo = "cancel it by importing with --cancel-later."
    else:
        todo = (
            f"withdraw it with `leave withdraw {one['requestId']}`, which asks the approver, and"
            " let the employee ask for the days that are left."
        )
    return f"{who} {where} outside the employment: {todo}"
