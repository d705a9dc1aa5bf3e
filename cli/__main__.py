"""Entry point of the `leave` command."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from cli import directory
from cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 for an error that was told, or 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leave", description="Leave approval, on the terminal.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    directory.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
