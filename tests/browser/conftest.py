"""Windows of a real browser, and people who sit before them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import chromium
from tests.browser.windows import windows_on
from tests.end_to_end.people import Someone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.windows import Window
    from tests.stage import LocalStage


# A busy machine is no bug.
expect.set_options(timeout=60_000)


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
