"""Local stages as processes, started and stopped the way everybody does it: by command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.aws import EmulatedAws
from emulator.ready import StageFacts

if TYPE_CHECKING:
    from collections.abc import Generator

PROJECT = Path(__file__).parents[1]
START_SECONDS = 240.0
"""Enough to build what is not prepared yet on a busy machine."""
STOP_SECONDS = 120.0
ALLOWED_ORIGIN = "https://intranet.example.com"
"""Whose pages may call the API of the stage where leads sign in."""


@dataclass(frozen=True, kw_only=True)
class EmulatorProcess:
    """A `python -m emulator`, and the file it writes to."""

    process: subprocess.Popen[bytes]
    output: Path

    def said(self) -> str:
        """What it printed so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for its end and return its exit code."""
        return self.process.wait(timeout=seconds)

    def ask_to_stop(self) -> int:
        """Send SIGTERM, wait for the end and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()


@dataclass(frozen=True, kw_only=True)
class LocalStage:
    """A stage that is ready, with its addresses and clients of its AWS."""

    facts: StageFacts
    emulator: EmulatorProcess
    ready_file: Path

    @cached_property
    def aws(self) -> EmulatedAws:
        """Clients of this stage's AWS, with all rights; to make them takes longer than a call."""
        return EmulatedAws(endpoint_url=self.facts.aws_endpoint_url, region=self.facts.region)


@contextmanager
def emulator_process(folder: Path, *arguments: str) -> Generator[EmulatorProcess]:
    """Start `python -m emulator`; whatever happens, it has ended when this is left."""
    output = folder / f"emulator-{time.monotonic_ns()}.txt"
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "emulator", *arguments],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    started = EmulatorProcess(process=process, output=output)
    try:
        yield started
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def local_stage(folder: Path, *arguments: str) -> Generator[LocalStage]:
    """Start a stage with further `arguments`, and give it when it is ready."""
    ready_file = folder / f"ready-{time.monotonic_ns()}.json"
    with emulator_process(folder, "--ready-file", str(ready_file), *arguments) as emulator:
        facts = wait_until_ready(emulator, ready_file)
        yield LocalStage(facts=facts, emulator=emulator, ready_file=ready_file)


def wait_until_ready(emulator: EmulatorProcess, ready_file: Path) -> StageFacts:
    """Wait for the ready file and return what it holds."""
    deadline = time.monotonic() + START_SECONDS
    while not ready_file.exists():
        assert emulator.process.poll() is None, emulator.said()
        assert time.monotonic() < deadline, emulator.said()
        time.sleep(0.05)
    facts: dict[str, Any] = json.loads(ready_file.read_text(encoding="utf-8"))
    return StageFacts(**facts)
