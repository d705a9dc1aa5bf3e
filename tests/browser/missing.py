"""What is said where there is no browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Generator

NOT_RUN = "there is no Chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none, before a stage is started for it."""
    wanting = [item for item in items if item.get_closest_marker("browser")]
    if not wanting or chromium.executable():
        return
    reason = f"{NOT_RUN}; cure: {chromium.install_command()}"
    for item in wanting:
        item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Say once, below everything else, that they did not run."""
    yield
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NOT_RUN in str(report.longrepr) for report in skipped)
    if not count:
        return
    terminalreporter.section("THE BROWSER TESTS DID NOT RUN", red=True, bold=True)
    terminalreporter.line(f"{count} tests were skipped, because there is no Chromium.")
    terminalreporter.line(f"Cure: {chromium.install_command()}")
