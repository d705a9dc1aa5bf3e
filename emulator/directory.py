"""Fills the employee directory of a new stage with the people of the sample."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from emulator.errors import StageError
from emulator.places import PROJECT, SAMPLE_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

IMPORT_SECONDS = 60.0
_CURE = f"Correct {SAMPLE_DIRECTORY}, or what the message names, then start again."


def sample_people() -> dict[str, str]:
    """Return the people of the sample: their names by mail address."""
    with SAMPLE_DIRECTORY.open(encoding="utf-8", newline="") as file:
        return {row["email"]: row["name"] for row in csv.DictReader(file)}


class SampleImport:
    """The `leave directory import` of an administrator, which may run while others go on."""

    def __init__(self, *, stage: str, environment: Mapping[str, str]) -> None:
        self._stage = stage
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the command, once."""
        if self._process is None:
            file = str(SAMPLE_DIRECTORY)
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "cli", "directory", "import", file),
                    *("--stage", self._stage),
                    # Its functions, which know its time zone, are still in the making.
                    *("--first-year", f"{datetime.now(UTC):%Y}"),
                ],
                cwd=PROJECT,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                # Ctrl-C in the terminal is for us.
                start_new_session=True,
            )

    def finish(self) -> None:
        """Wait for its end; raises StageError with what it said when it failed."""
        self.start()
        process = self._process
        assert process is not None  # noqa: S101 - just started
        try:
            said, _ = process.communicate(timeout=IMPORT_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise StageError(
                f"The sample directory was not imported within {IMPORT_SECONDS:.0f} seconds.",
                cure=_CURE,
            ) from error
        if process.returncode != 0:
            raise StageError(
                f"The sample directory could not be imported (exit code {process.returncode}).",
                cure=_CURE,
                detail=said[-3000:],
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
