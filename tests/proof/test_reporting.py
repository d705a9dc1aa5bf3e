"""The report holds what was found out, by whichever process, and names what was not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.proof.reporting import Figure, Recorder, as_table, figures_of, in_order, promises, write

CONFTEST = """
import pathlib
from tests.proof import reporting
from tests.proof.conftest import report

def pytest_configure(config):
    reporting.FOLDER = pathlib.Path(__file__).parent
    register(config)
"""


def a_figure(promise: str, value: float = 1, *, passed: bool = True) -> Figure:
    return Figure(
        promise=promise, figure="runs", value=value, unit="", test="test_x", passed=passed
    )


def test_a_figure_travels_with_its_test() -> None:
    properties: list[tuple[str, Any]] = [("other", 1)]
    Recorder(properties)(promises()[0], "runs", 12, "runs")
    travelled = json.loads(json.dumps(properties))
    (figure,) = figures_of(travelled, test="test_x", passed=False)
    found = figure.promise, figure.value, figure.test, figure.passed
    assert found == (promises()[0], 12, "test_x", False)


def test_what_is_not_promised_can_not_be_reported() -> None:
    with pytest.raises(LookupError, match=r"Cure: add its row"):
        Recorder([])("The sun shines", "hours", 24)


def test_the_report_is_in_the_order_of_the_page_and_says_what_did_not_hold() -> None:
    first, second = promises()[:2]
    found = in_order([a_figure(second, passed=False), a_figure(first, 1234567)])
    lines = as_table(found).splitlines()
    assert lines[2] == f"| {first} | runs | 1,234,567 | yes | test_x |"
    assert lines[3] == f"| {second} | runs | 1 | NO | test_x |"


def test_what_the_cases_of_a_test_find_out_becomes_one_figure() -> None:
    cases = [a_figure(promises()[0], value, passed=value < 3) for value in (1, 2, 3)]
    summed = [replace(c, gather="sum", test=f"test_x[{c.value}]") for c in cases]
    (total,) = in_order(summed)
    assert (total.value, total.test, total.passed) == (6, "test_x", False)
    (most,) = in_order([replace(c, gather="most") for c in summed])
    assert most.value == 3
    with pytest.raises(LookupError, match="Cure: say how to gather it"):
        in_order(cases)


def test_the_report_names_the_promises_it_does_not_show(tmp_path: Path) -> None:
    first, *others = promises()
    write([a_figure(first)], tmp_path, "proof")
    page = (tmp_path / "proof.md").read_text("utf-8")
    assert [promise for promise in promises() if f"* {promise}\n" in page] == others
    (figure,) = json.loads((tmp_path / "proof.json").read_text("utf-8"))
    assert figure["promise"] == first


def test_what_workers_found_comes_together(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    """Two modules in two processes, run as `make proof` runs them, from a project of their own."""
    top = f"from tests.proof.reporting import pytest_addoption, register\n{CONFTEST}"
    (tmp_path / "conftest.py").write_text(top)
    for number, promise in enumerate(promises()[:2]):
        test = f"def test_it(report):\n    report({promise!r}, 'runs', {number + 7})\n"
        (tmp_path / f"test_{number}.py").write_text(test)
    options = ["--proof", "--numprocesses", "2", "-p", "no:cacheprovider", "-p", "xdist.plugin"]
    command = [sys.executable, "-m", "pytest", *options]
    environment = os.environ | {
        "PYTHONPATH": str(pytestconfig.rootpath),
        # The others that are installed take most of the time that three processes need to start.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    found = json.loads((tmp_path / "proof.json").read_text("utf-8"))
    assert [figure["value"] for figure in found] == [7, 8]
    assert "What was shown" in done.stdout
