"""How long a function takes to start, as a multiple of what its AWS clients alone take.

Each start is a process of its own on the unpacked artifact, in turn with its floor: botocore making
the same clients from the same artifact, and for mail Google's credentials and urllib3.
"""

from __future__ import annotations

import argparse
import statistics
from typing import TYPE_CHECKING, Final

from bench.deployed import CLIENTS, mails
from bench.figures import Figure, table
from bench.shipped import Run, Shipped, shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ROUNDS: Final = 15
FOR_PEOPLE, FOR_MAIL = 1.35, 1.5
_MEASURED: Final = (
    *("request_leave", "submit_lead_response"),
    *("process_leave_request", "process_lead_response", "daily_sweep"),
)


def measure(rounds: int = ROUNDS) -> Iterable[Figure]:
    """Yield each function's start, in processor time: a start waits for nothing."""
    with shipped() as stage:
        for function in _MEASURED:
            real, floor = _in_turn(stage, function, rounds)
            yield Figure(
                f"cold start of {function}, to floor",
                round(
                    statistics.median(r.cpu / f.cpu for r, f in zip(real, floor, strict=True)), 2
                ),
                "x",
                aim=FOR_MAIL if mails(function) else FOR_PEOPLE,
                kind="timing",
                note=f"{_milliseconds(real)}, floor {_milliseconds(floor)}, medians of {rounds}",
            )


def _in_turn(stage: Shipped, function: str, rounds: int) -> tuple[list[Run], list[Run]]:
    services = (*CLIENTS[function], *(("google",) if mails(function) else ()))
    runs: tuple[Callable[[], Run], ...] = (
        lambda: stage.run("start", function, function=function),
        lambda: stage.run("floor", *services, function=function),
    )
    # The first of each fills the caches of the file system.
    found = [[run() for run in runs] for _ in range(rounds + 1)][1:]
    return [real for real, _ in found], [floor for _, floor in found]


def _milliseconds(runs: Sequence[Run]) -> str:
    return f"{statistics.median(run.cpu for run in runs) * 1000:.0f} ms"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    print(table(measure(parser.parse_args().rounds)))
