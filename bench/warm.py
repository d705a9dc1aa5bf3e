"""Processor time of a warm call, as a multiple of the calls of AWS and Gmail that it makes.

Both answer at once, in the same process. The floor makes the very calls that were recorded from the
function, with the same arguments, and does nothing else.
"""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, Any, Final

from bench.deployed import CLIENTS
from bench.figures import Figure, table
from bench.shipped import Shipped, shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROUNDS: Final = 30
# Where things lie in memory differs from process to process, and what a call takes with it.
PROCESSES: Final = 3
AIM: Final = 1.5
_MOST_MEGABYTES: Final = 128
_MEASURED: Final = frozenset(
    (
        *("request_leave", "process_leave_request", "submit_lead_response", "decide"),
        *("process_lead_response", "read_leave", "team calendar", "read_calendar_feed"),
        *("change_leave_request", "approvals"),
    )
)


def measure() -> Iterable[Figure]:
    """Yield each call's ratio, and how much memory each function takes."""
    with shipped() as stage:
        calls: Sequence[dict[str, Any]] = stage.run("journey").printed
        for call in calls:
            if call["name"] in _MEASURED:
                yield _ratio(stage, call)
        for function in CLIENTS:
            own = [call for call in calls if call["function"] == function]
            used = stage.run("call", function, function=function, given=json.dumps(own)).printed
            yield Figure(
                f"memory of {function}",
                round(used["megabytes"]),
                "MB",
                aim=_MOST_MEGABYTES,
                kind="timing",
            )


def _ratio(stage: Shipped, call: dict[str, Any]) -> Figure:
    given = json.dumps(call)
    runs = [
        stage.run("warm", str(ROUNDS), function=call["function"], given=given).printed
        for _ in range(PROCESSES)
    ]
    real = [seconds for run in runs for seconds in run["real"]]
    floor = [seconds for run in runs for seconds in run["floor"]]
    calls = len(runs[0]["calls"])
    return Figure(
        f"warm call of {call['name']}, to floor",
        round(statistics.median(r / f for r, f in zip(real, floor, strict=True)), 2),
        "x",
        aim=AIM,
        kind="timing",
        note=f"{_milliseconds(real)}, floor {_milliseconds(floor)} of {calls} calls",
    )


def _milliseconds(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f} ms"


if __name__ == "__main__":
    print(table(measure()))
