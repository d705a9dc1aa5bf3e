"""What the demo prints: headings, calls, quotations and checks, in colour where it can be seen."""

from __future__ import annotations

import os
import sys
import textwrap
from typing import TextIO

_RESET = "\033[0m"
_STYLES = {"heading": "\033[1;36m", "call": "\033[33m", "good": "\033[32m", "bad": "\033[1;31m"}
_STYLES["quote"] = "\033[2m"
_WIDTH = 96


class Terminal:
    """Tells the story on a stream; colour only where somebody sees it and did not refuse it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        # https://no-color.org: any value that is not empty.
        wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._colour = wanted and self._stream.isatty()

    def heading(self, text: str) -> None:
        """Begin a part of the story."""
        self._print("")
        self._print(self._styled("heading", text))
        self._print(self._styled("heading", "─" * len(text)))

    def tell(self, text: str) -> None:
        """Say what happens now."""
        self._print(textwrap.fill(text, _WIDTH))

    def call(self, text: str) -> None:
        """Show a call as one would type it."""
        self._print("")
        for line in text.splitlines():
            self._print("  " + self._styled("call", line))

    def quote(self, text: str) -> None:
        """Show what somebody answered, wrote or shows."""
        for line in text.strip().splitlines():
            self._print(self._styled("quote", "  │ ") + line)

    def check(self, text: str) -> None:
        """Report something that was verified."""
        self._print(f"  {self._styled('good', '✓')} {text}")

    def failure(self, text: str) -> None:
        """Report why the demo ends here."""
        self._print("")
        self._print(self._styled("bad", "✗ ") + text)

    def success(self, text: str) -> None:
        """Report that everything was true."""
        self._print("")
        self._print(self._styled("good", text))

    def _styled(self, style: str, text: str) -> str:
        return f"{_STYLES[style]}{text}{_RESET}" if self._colour else text

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)
