"""The promises of docs/reliability.md, the figures that show them, and their report.

It is a plugin of pytest that stands above the tests: workers run them, the process above reports.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.docs.markdown import PROJECT, Page, rows

PAGE = Page(PROJECT / "docs" / "reliability.md")


@cache
def promises() -> tuple[str, ...]:
    """Return the first words of each row: what is promised."""
    return tuple(row[0] for row in rows(PAGE.section("## What is promised")))


Gather = Literal["each", "sum", "most"]
"""What becomes of figures of one name that several cases of a test have found out."""

PROPERTY = "figure"
"""Under this name a figure travels with the report of its test, from a worker to the top."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number that shows a promise, and the test that found it out."""

    promise: str
    figure: str
    value: float | str
    unit: str
    gather: Gather = "each"
    test: str = ""
    passed: bool = True


class Recorder:
    """What the fixture `report` gives to a test."""

    def __init__(self, properties: list[tuple[str, Any]]) -> None:
        self._properties = properties

    def __call__(
        self,
        promise: str,
        figure: str,
        value: float | str,
        unit: str = "",
        *,
        gather: Gather = "each",
    ) -> None:
        """Record one figure below a promise, which is named as docs/reliability.md names it.

        With `gather`, those that the cases of a parametrized test find out become one.
        """
        if promise not in promises():
            known = "\n  ".join(promises())
            raise LookupError(
                f"{PAGE} promises no {promise!r}. Cure: add its row there, or use one of\n  {known}"
            )
        found = Figure(promise=promise, figure=figure, value=value, unit=unit, gather=gather)
        self._properties.append((PROPERTY, asdict(found)))


def figures_of(properties: Iterable[tuple[str, Any]], *, test: str, passed: bool) -> list[Figure]:
    """Return the figures that came with the report of a test."""
    return [
        replace(Figure(**value), test=test, passed=passed)
        for name, value in properties
        if name == PROPERTY
    ]


def in_order(figures: Iterable[Figure]) -> list[Figure]:
    """Sort by promise, as the page has them; workers end in any order."""
    place = {promise: number for number, promise in enumerate(promises())}
    gathered: dict[tuple[str, ...], Figure] = {}
    for one in figures:
        test = one.test if one.gather == "each" else one.test.partition("[")[0]
        key = (one.promise, one.figure, one.unit, test)
        before = gathered.get(key)
        gathered[key] = replace(one, test=test) if before is None else _together(before, one)
    return sorted(gathered.values(), key=lambda f: (place[f.promise], f.test, f.figure))


def as_table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| promise | figure | value | held | test |", "|---|---|--:|---|---|"]
    for before, one in zip([None, *figures], figures, strict=False):
        again = before is not None and before.promise == one.promise
        value = f"{shown(one.value)} {one.unit}".strip()
        cells = ["" if again else one.promise, one.figure, value, _held(one), one.test]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def write(figures: Sequence[Figure], folder: Path, name: str) -> None:
    """Write the report, once to be read by people and once by machines."""
    folder.mkdir(exist_ok=True)
    silent = sorted(set(promises()) - {one.promise for one in figures})
    page = as_table(figures)
    if silent:
        page += "\nNot shown by this run:\n\n" + "".join(f"* {promise}\n" for promise in silent)
    (folder / f"{name}.md").write_text(page, encoding="utf-8")
    found = json.dumps([asdict(one) for one in figures], indent=2, ensure_ascii=False)
    (folder / f"{name}.json").write_text(found + "\n", encoding="utf-8")


def shown(value: float | str) -> str:
    """Return a number as people read it."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return value if isinstance(value, str) else f"{value:,.0f}"


def _together(before: Figure, one: Figure) -> Figure:
    if one.gather == "each":
        raise LookupError(f"{one.test} reports {one.figure!r} twice. Cure: say how to gather it.")
    values = float(before.value), float(one.value)
    value = sum(values) if one.gather == "sum" else max(values)
    return replace(before, value=value, passed=before.passed and one.passed)


def _held(one: Figure) -> str:
    return "yes" if one.passed else "NO"


FOLDER = PROJECT / "reports"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--proof`."""
    parser.addoption(
        "--proof",
        action="store_true",
        help="run the tests of tests/proof in full size, and write reports/proof.md",
    )


class Reporting:
    """Gathers the figures of all tests, and writes them down in the end."""

    def __init__(self, *, full: bool) -> None:
        self.full = full
        self.figures: list[Figure] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the figures of one test; a failed one shows that its promise does not hold."""
        if report.when == "call":
            found = figures_of(report.user_properties, test=report.nodeid, passed=report.passed)
            self.figures += found

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the report, and print it where it was asked for."""
        if not self.figures:
            return
        found = in_order(self.figures)
        name = "proof" if self.full else "proof-short"
        write(found, FOLDER, name)
        if self.full:
            terminalreporter.section("What was shown")
            terminalreporter.line(as_table(found))
            terminalreporter.line(f"Written to reports/{name}.md and reports/{name}.json")


def register(config: pytest.Config) -> None:
    """Report from the top process only; a worker hands its figures up."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporting(full=config.getoption("--proof")), "proof")
