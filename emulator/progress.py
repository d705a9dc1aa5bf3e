"""Progress on the terminal: one line per step, with what it took."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Generator


class Progress:
    """Tells a person, line by line, what the stage is doing; times are seconds since the start."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._began = time.monotonic()

    def say(self, message: str) -> None:
        """Print one line at once, even into a pipe or a file."""
        print(message, file=self._stream, flush=True)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def note(self, message: str) -> None:
        """Report something that happened, with the time at which it did."""
        self.say(f"[{self.elapsed:5.1f} s] {message}")

    @contextmanager
    def step(self, done: str) -> Generator[None]:
        """Report `done` with its own duration when the block ends well."""
        began = time.monotonic()
        yield
        self.note(f"{done} ({time.monotonic() - began:.1f} s)")
