"""Entry point of the `leave` command."""

from __future__ import annotations

import argparse
import io
import os
import sys
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cli import balance, deciding, directory, report, requesting, showing, sign_in
from cli.account import commands as account
from cli.doctor import commands as doctor
from cli.errors import CommandError, UsageError
from cli.gmail import commands as gmail
from cli.output import as_json
from cli.release import own_version
from cli.stage import describe
from leave.domain.errors import LeaveError

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, TOLD, USAGE, INTERRUPTED = 0, 1, 2, 130
_EXIT_CODES = """
exit codes: 0 done, 1 error (see stderr), 2 wrong usage, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    output: Any = sys.stdout
    if isinstance(output, io.TextIOWrapper):
        # A terminal that lacks a letter of somebody's name still gets the rest.
        output.reconfigure(errors="backslashreplace")
    try:
        code = _run(_parser().parse_args(arguments))
        output.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough. So that Python does not complain when it flushes at the
        # end, as https://docs.python.org/3/library/signal.html#note-on-sigpipe has it:
        os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
        return DONE
    return code


def _run(options: argparse.Namespace) -> int:
    try:
        options.run(options)
    except CommandError as error:
        if error.document is not None and getattr(options, "json", False):
            print(as_json(error.document))
        print(error, file=sys.stderr)
        return USAGE if isinstance(error, UsageError) else TOLD
    except (LeaveError, ClientError, BotoCoreError) as error:
        print(describe(error), file=sys.stderr)
        return TOLD
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="leave", description="Leave approval, on the terminal.", epilog=_EXIT_CODES
    )
    parser.add_argument("--version", action="version", version=f"leave {own_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    families = (
        account,
        requesting,
        showing,
        deciding,
        balance,
        directory,
        report,
        gmail,
        sign_in,
        doctor,
    )
    for family in families:
        family.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
