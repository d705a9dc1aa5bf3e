"""The artifact as Lambda unpacks it, and processes that have nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.deployed import environment
from infrastructure.artifact import build_artifacts, host_target

if TYPE_CHECKING:
    from collections.abc import Generator

PROJECT: Final = Path(__file__).parents[1]
CALENDARS: Final = ("DE-BE", "DE-BY")
# What the processes need of this package.
_PROBES: Final = ("__init__", "answering", "instant_aws", "journey", "probe", "warming")
_START: Final = """
import os, sys
sys.path[:0] = sys.argv.pop(1).split(os.pathsep)
from bench import probe
probe.main(sys.argv[1], *sys.argv[2:])
"""
WITHOUT_LAYER: Final = frozenset(("report_health",))


@dataclass(frozen=True)
class Run:
    """A process that ended well: processor and clock seconds, and what it printed."""

    cpu: float
    wall: float
    printed: Any


@dataclass(frozen=True)
class Shipped:
    """The unpacked artifact; `python` is the interpreter, `root` has `task`, `opt` and `probe`."""

    root: Path
    python: str = sys.executable

    def run(self, probe: str, *arguments: str, function: str = "", given: str = "") -> Run:
        """Run a function of `bench.probe`, told what `function` of the stage is told.

        The interpreter is isolated from this project, its packages and the person's settings.
        Raises `RuntimeError` with what it must say when it fails.
        """
        folders = [self.root / "task", self.root / "probe", self.root / "opt" / "python"]
        if function in WITHOUT_LAYER:
            folders.pop()
        path = os.pathsep.join(map(str, folders))
        command = [self.python, "-I", "-S", "-B", "-c", _START, path, probe, *arguments]
        with (
            tempfile.TemporaryFile("w+") as asked,
            tempfile.TemporaryFile("w+") as printed,
            tempfile.TemporaryFile("w+") as said,
        ):
            asked.write(given)
            asked.seek(0)
            began = time.perf_counter()
            process = subprocess.Popen(
                command,
                env=environment(function),
                stdin=asked,
                stdout=printed,
                stderr=said,
            )
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            printed.seek(0)
            said.seek(0)
            if process.returncode != 0:
                raise RuntimeError(f"{probe} {' '.join(arguments)}: {said.read()[-4000:]}")
            # Functions print metrics; the answer comes last.
            answer = json.loads(printed.read().splitlines()[-1])
            return Run(used.ru_utime + used.ru_stime, wall, answer)


@contextmanager
def shipped() -> Generator[Shipped]:
    """Build the artifact for this machine, and unpack it for as long as it is needed."""
    artifacts = build_artifacts(PROJECT, host_target(), calendars=CALENDARS, tell=lambda _: None)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for archive, place in ((artifacts.code, "task"), (artifacts.layer, "opt")):
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(root / place)
        (root / "probe" / "bench").mkdir(parents=True)
        for name in _PROBES:
            shutil.copy(PROJECT / "bench" / f"{name}.py", root / "probe" / "bench")
        yield Shipped(root)
