"""Whether a call costs more after 10,000 requests than after 10: `python -m bench.growth`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.calls import USUAL_PAST, steps
from bench.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORT: Final = USUAL_PAST
LONG: Final = 10_000
AIM_RATIO: Final = 1.1


def measure() -> Iterable[Figure]:
    """Yield what a long past costs in capacity, as a ratio to a short one, by the worst call."""
    short, long = steps(SHORT), steps(LONG)
    note = f"{LONG:,} past requests against {SHORT}, worst of {len(short)} steps"
    read = max(long[name].reads / step.reads for name, step in short.items())
    yield Figure("growth of read units", read, "x", aim=AIM_RATIO, note=note)
    written = max(long[n].writes / step.writes for n, step in short.items() if step.writes)
    yield Figure("growth of write units", written, "x", aim=AIM_RATIO, note=note)


def main() -> None:
    """Print what each step reads and writes, after a short past and after a long one."""
    short, long = steps(SHORT), steps(LONG)
    print(f"{'step':<28}{'read units':>12}{'write units':>14}")
    for name, before in short.items():
        after = long[name]
        reads, writes = f"{before.reads} -> {after.reads}", f"{before.writes} -> {after.writes}"
        print(f"{name:<28}{reads:>12}{writes:>14}")


if __name__ == "__main__":
    main()
