"""What 1,000 leave requests cost, and what a stage costs each month: `python -m bench.cost`."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.bills import here, human_in_the_loop, seed
from bench.figures import Figure
from bench.in_memory import as_deployed
from bench.prices import PRICES, cost
from leave.bootstrap import Core
from leave.services.ports import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REQUESTS: Final = 1_000
AIM: Final = 0.25
_PROJECT: Final = Path(__file__).parents[1]
LEVELS: Final = {"none": 0.60, "essential": 2.00, "full": 11.50}
"""The levels of monitoring, and what a stage may cost at most at each."""
_BY_THE_MONTH: Final = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "composite alarm, a month",
    "aws:cloudwatch/dashboard:Dashboard": "dashboard, a month",
    # A filter makes a metric of its own.
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "metric, a month",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "alarm, a month",
    "aws:kms/key:Key": "key, a month",
    "aws:secretsmanager/secret:Secret": "secret, a month",
}


def by_the_month(level: str) -> dict[str, float]:
    """Return what prod has that is paid for by the month, when it is monitored at this level.

    Its resources are counted in its graph; its metrics are those that the functions print when each
    of them reports every number there is, with the variables that the graph gives them. A metric is
    counted for the whole month, and paid for in the hours in which it is told.
    """
    resources = _graph("prod", level)["resources"]
    found: Counter[str] = Counter()
    for resource in resources:
        if unit := _BY_THE_MONTH.get(resource["type"]):
            found[unit] += 1
    found["metric, a month"] += len(_published(resources))
    return {unit: float(number) for unit, number in sorted(found.items()) if number}


def _published(resources: Iterable[Mapping[str, Any]]) -> set[str]:
    published: set[str] = set()
    for resource in resources:
        given = resource["inputs"].get("environment", {}).get("variables", {})
        if "LEAVE_STAGE" not in given:
            continue
        with as_deployed(), redirect_stdout(io.StringIO()) as printed:
            metrics = Core.build(given).metrics()
            for metric in Metric:
                metrics.put(metric)
        for line in printed.getvalue().splitlines():
            for directive in json.loads(line).get("_aws", {}).get("CloudWatchMetrics", ()):
                published |= {metric["Name"] for metric in directive["Metrics"]}
    return published


def measure() -> Iterable[Figure]:
    """Yield the cost of 1,000 requests here and elsewhere, by service, and the fixed one."""
    ours, note = here(), "asked, opened, approved, told; eu-central-1, no free tier"
    requests = _dollars(f"cost of {REQUESTS:,} requests", ours, aim=AIM, note=note)
    yield replace(requests, stated=True)
    for name, units in (("the seed", seed()), ("human-in-the-loop", human_in_the_loop())):
        yield _dollars(f"cost of {REQUESTS:,} requests, {name}", units, note="keeps nothing")
    for unit in ours:
        yield _dollars(f"cost of {REQUESTS:,}: {unit}", {unit: ours[unit]})
    for level, aim in LEVELS.items():
        fixed = by_the_month(level)
        listed = ", ".join(f"{number:.0f} x {unit.split(',')[0]}" for unit, number in fixed.items())
        name = f"cost of a stage, a month, {level}"
        yield Figure(name, round(cost(fixed), 2), "USD", aim=aim, note=listed, stated=True)


def _dollars(
    name: str, units: Mapping[str, float], *, aim: float | None = None, note: str = ""
) -> Figure:
    # What is printed has no fixed length, so the last digits are not compared.
    value = round(cost(units) * REQUESTS, 5)
    return Figure(name, value, "USD", aim=aim, note=note, tolerance=0.02)


@cache
def _graph(stack: str, level: str) -> dict[str, Any]:
    overrides = {"leave:monitoring": level}
    order = json.dumps({"stack": stack, "preview": False, "overrides": overrides})
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
    for level in LEVELS:
        fixed = by_the_month(level)
        print(f"a stage, each month, {level}: {cost(fixed):.2f} USD")
        for unit, number in fixed.items():
            print(f"  {unit:<26}{number:>6.0f} x {PRICES[unit].dollars:.2f} USD")


if __name__ == "__main__":
    main()
