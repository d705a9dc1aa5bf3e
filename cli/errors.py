"""What the command tells a person, and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class CommandError(Exception):
    """Something went wrong that the person can cure; the message says how.

    `document` is the same for a script, printed as JSON where `--json` was given.
    """

    def __init__(self, message: str, *, document: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.document = document


class UsageError(CommandError):
    """The command line itself is wrong, in a way that the parser could not see."""
