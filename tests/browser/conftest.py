"""Windows of a real browser, and people who sit before them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.browser import chromium
from tests.browser.windows import windows_on
from tests.end_to_end.people import Someone

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.windows import Window
    from tests.stage import LocalStage

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


# Not for the whole session: while it runs, this thread can not run another event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium.browser() as started:
        yield started


@pytest.fixture
def window(browser: Browser, stage: LocalStage) -> Iterator[Callable[..., Window]]:
    """Open windows on the stage, with options such as `viewport` or `java_script_enabled`."""
    with windows_on(stage, browser) as open_window:
        yield open_window


@pytest.fixture
def tab(window: Callable[..., Window]) -> Page:
    """A tab in a window of its own."""
    return window().context.new_page()


@pytest.fixture
def someone(stage: LocalStage) -> Callable[[str], Someone]:
    return partial(Someone, stage.facts)


@pytest.fixture
def john(someone: Callable[[str], Someone]) -> Someone:
    """The lead of Jim and Jane."""
    return someone("john@foo.com")


@pytest.fixture
def jim(someone: Callable[[str], Someone]) -> Someone:
    return someone("jim@foo.com")


@pytest.fixture
def jane(someone: Callable[[str], Someone]) -> Someone:
    return someone("jane@foo.com")
