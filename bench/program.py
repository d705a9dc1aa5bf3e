"""How long the Pulumi program takes for the whole graph, and its memory: `python -m bench.program`.

Under the SDK's mocks, so without AWS and without building artifacts: it is what the program itself
adds to each preview and update.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from bench.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable

AIM_SECONDS: Final = 3.0
_PROJECT: Final = Path(__file__).parents[1]
# A process of its own for each run, because the SDK keeps the stack in globals.
_RUN: Final = """
import json, time
started = time.perf_counter()
from tests.infrastructure import graph_process
import pulumi_aws
imported = time.perf_counter()
graph = graph_process.run({"stack": "prod", "preview": False, "overrides": {}})
done = time.perf_counter()
from bench.probe import peak_megabytes
taken = [imported - started, done - imported, peak_megabytes(), len(graph["resources"])]
print(json.dumps(taken))
"""


class Run(NamedTuple):
    """Seconds, mebibytes, and how many resources there are."""

    importing: float
    program: float
    memory: float
    resources: int


def run() -> Run:
    """Run the program of prod once."""
    found = subprocess.run(
        [sys.executable, "-c", _RUN],
        cwd=_PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return Run(*json.loads(found.stdout.splitlines()[-1]))


def measure(runs: int = 3) -> Iterable[Figure]:
    """Yield the medians of some runs."""
    found = [run() for _ in range(runs)]
    note = f"prod, {found[0].resources} resources, median of {runs}"
    program = statistics.median(one.program for one in found)
    yield Figure("Pulumi program", program, "s", aim=AIM_SECONDS, kind="timing", note=note)
    importing = statistics.median(one.importing for one in found)
    yield Figure("Pulumi program, imports", importing, "s", kind="timing")
    memory = max(one.memory for one in found)
    yield Figure("Pulumi program, peak memory", memory, "MiB", kind="timing")


def main() -> None:
    """Print one run."""
    found = run()
    print(f"{found.resources} resources in {found.program:.2f} s, {found.memory:.0f} MiB at most,")
    print(f"after {found.importing:.2f} s of imports")


if __name__ == "__main__":
    main()
