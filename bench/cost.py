"""What 1,000 leave requests cost, and what a stage costs each month: `python -m bench.cost`."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.bills import here, human_in_the_loop, seed
from bench.figures import Figure
from bench.prices import PRICES, cost
from leave.services.ports import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REQUESTS: Final = 1_000
AIM: Final = 0.25
_PROJECT: Final = Path(__file__).parents[1]
_BY_THE_MONTH: Final = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": "alarm, a month",
    "aws:cloudwatch/dashboard:Dashboard": "dashboard, a month",
    "aws:secretsmanager/secret:Secret": "secret, a month",
}


def by_the_month(stack: str = "prod") -> dict[str, float]:
    """Return what a stack has that is paid for by the month, as its resource graph has it."""
    types = [resource["type"] for resource in _graph(stack)["resources"]]
    fixed: dict[str, float] = {
        unit: sum(one == type_ for one in types) for type_, unit in _BY_THE_MONTH.items()
    }
    # A metric has one dimension, the stage, and is paid for in the hours in which it is told.
    return fixed | {"metric, a month": len(Metric)}


def measure() -> Iterable[Figure]:
    """Yield the cost of 1,000 requests here and elsewhere, by service, and the fixed one."""
    ours, note = here(), "asked, opened, approved, told; eu-central-1, no free tier"
    yield _dollars(f"cost of {REQUESTS:,} requests", ours, aim=AIM, note=note)
    for name, units in (("the seed", seed()), ("human-in-the-loop", human_in_the_loop())):
        yield _dollars(f"cost of {REQUESTS:,} requests, {name}", units, note="keeps nothing")
    for unit in ours:
        yield _dollars(f"cost of {REQUESTS:,}: {unit}", {unit: ours[unit]})
    fixed = by_the_month()
    listed = ", ".join(f"{number:.0f} x {unit.split(',')[0]}" for unit, number in fixed.items())
    # One more alarm is no regression, ten of them are.
    monthly = round(cost(fixed), 2)
    yield Figure("cost of a stage, a month", monthly, "USD", note=listed, tolerance=0.1)


def _dollars(
    name: str, units: Mapping[str, float], *, aim: float | None = None, note: str = ""
) -> Figure:
    # What is printed has no fixed length, so the last digits are not compared.
    value = round(cost(units) * REQUESTS, 5)
    return Figure(name, value, "USD", aim=aim, note=note, tolerance=0.02)


@cache
def _graph(stack: str) -> dict[str, Any]:
    order = json.dumps({"stack": stack, "preview": False, "overrides": {}})
    found = subprocess.run(
        [sys.executable, "-m", "tests.infrastructure.graph_process"],
        cwd=_PROJECT,
        input=order,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(found.stdout)


def main() -> None:
    """Print how each sum comes about."""
    bills = {"here": here(), "the seed": seed(), "human-in-the-loop": human_in_the_loop()}
    for name, units in bills.items():
        print(f"{name}: {cost(units) * REQUESTS:.4f} USD for {REQUESTS:,} requests")
        for unit, number in sorted(units.items(), key=lambda u: -cost(dict([u]))):
            paid = PRICES[unit].dollars * number * REQUESTS
            print(f"  {unit:<26}{number:>12.4f} each {paid:>9.5f} USD")
    fixed = by_the_month()
    print(f"a stage, each month: {cost(fixed):.2f} USD")
    for unit, number in fixed.items():
        print(f"  {unit:<26}{number:>6.0f} x {PRICES[unit].dollars:.2f} USD")


if __name__ == "__main__":
    main()
