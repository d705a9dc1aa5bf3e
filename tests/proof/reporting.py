"""A plugin of pytest: the option `--proof`, and one report of what all processes found out.

It stands above the tests, since workers run them and the process above them reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.docs.markdown import PROJECT
from tests.proof.figures import as_table, figures_of, in_order, write

if TYPE_CHECKING:
    import pytest

    from tests.proof.figures import Figure

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
