"""Measures everything, prints one table and writes reports/bench.json: `make bench`."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import mutants
from bench.figures import changes, statements, table
from bench.recording import CURE, record, recorded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.figures import Figure

# Modules beside this one, each with a `measure()` that yields figures.
DETERMINISTIC: Final = ("artifact", "modules", "calls", "growth", "cost")
# Those whose figures depend on the machine or on chance; they are not recorded.
TIMING: Final = (
    *("size", "naive", "cold_start", "warm"),
    *("handler_time", "program", "transitions", "throughput", "partitions", "latency", "engine"),
)
_REPORT: Final = Path(__file__).parents[1] / "reports" / "bench.json"


def main() -> int:
    """Measure, print and compare; 1 where an aim is missed or what is recorded does not hold."""
    if sys.argv[1:2] == ["mutants"]:
        return mutants.main(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="all, if none is named")
    parser.add_argument(
        "--record", action="store_true", help="measure what is deterministic, and keep it"
    )
    arguments = parser.parse_args()
    known = DETERMINISTIC if arguments.record else (*DETERMINISTIC, *TIMING)
    if unknown := set(arguments.names) - set(known):
        parser.error(f"there is no {', '.join(sorted(unknown))}, only {', '.join(known)}")
    figures = list(_measure(arguments.names or known))
    print("\n".join((table(figures), *statements(figures))))
    if arguments.record:
        record(figures)
        return 0
    _write_report(figures)
    different = changes(figures, recorded())
    missed = [f"{figure.name} misses its aim" for figure in figures if figure.met is False]
    for line in (*missed, *different, *([CURE] if different else [])):
        print(line, file=sys.stderr)
    return 1 if missed or different else 0


def _measure(names: Iterable[str]) -> Iterable[Figure]:
    for name in names:
        print(f"measuring {name} …", file=sys.stderr)
        yield from importlib.import_module(f"bench.{name}").measure()


def _write_report(figures: Iterable[Figure]) -> None:
    report = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "figures": [{**asdict(figure), "met": figure.met} for figure in figures],
    }
    _REPORT.parent.mkdir(exist_ok=True)
    _REPORT.write_text(json.dumps(report, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
