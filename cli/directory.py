"""`leave directory`: the employees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cli.directory_file import DirectoryFileError, read_directory
from cli.errors import CommandError
from cli.stage import open_table
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.domain.errors import LeaveError

if TYPE_CHECKING:
    import argparse

    from leave.domain.employees import Employee


def add_commands(commands: Any) -> None:
    """Add `directory` and what can be done with it."""
    parser = commands.add_parser("directory", help="check and import the employees")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="check a CSV file and change nothing")
    check.add_argument("file", type=Path)
    check.set_defaults(run=_check)
    load = actions.add_parser("import", help="check a CSV file as a whole, then write it")
    load.add_argument("file", type=Path)
    load.add_argument("--stage", required=True, help="the stage, such as dev")
    load.set_defaults(run=_import)


def _check(options: argparse.Namespace) -> None:
    print(f"{options.file}: {len(_read(options.file))} employees, nothing wrong.")


def _import(options: argparse.Namespace) -> None:
    employees = _read(options.file)
    directory = DynamoDirectory(open_table(options.stage))
    try:
        directory.write(employees)
    except (LeaveError, ClientError) as error:
        raise CommandError(
            f"The import broke off: {error}\nSome employees may be written. When that is cured,"
            " import the same file again: writing an employee twice changes nothing."
        ) from error
    print(f"{len(employees)} employees written to stage {options.stage}.")


def _read(file: Path) -> list[Employee]:
    try:
        return read_directory(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(f"{file} can not be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8 text; save it as CSV UTF-8.") from error
    except DirectoryFileError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        raise CommandError(f"{file} has mistakes; nothing was written:\n{lines}") from error
