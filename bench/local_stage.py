"""A local stage for as long as a measurement takes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.ready import StageFacts

if TYPE_CHECKING:
    from collections.abc import Generator

_START_SECONDS, _STOP_SECONDS = 240.0, 60.0


@contextmanager
def local_stage(*arguments: str) -> Generator[StageFacts]:
    """Start a stage of its own, and stop it whatever happens."""
    with tempfile.TemporaryDirectory() as folder:
        ready_file = Path(folder) / "ready.json"
        process = subprocess.Popen(
            [sys.executable, "-m", "emulator", "--ready-file", str(ready_file), *arguments],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + _START_SECONDS
            while not ready_file.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("The local stage did not start. See: make local")
                time.sleep(0.1)
            yield StageFacts(**json.loads(ready_file.read_text(encoding="utf-8")))
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)
