"""Browser windows that take note of whatever a page should not do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request, WebError

    from tests.stage import LocalStage

PHONE = {"width": 360, "height": 720}
DESKTOP = {"width": 1100, "height": 800}

_SECONDS = 60.0
# What the browser itself notes about every page that comes with such a status, ours too.
_STATUS_NOTE = "Failed to load resource: the server responded with a status of 4"


def origin(url: str) -> str:
    """Return scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(kw_only=True)
class Window:
    """A window with its tabs. `home` are the origins it may go to; `faults` what went wrong."""

    context: BrowserContext
    home: frozenset[str]
    faults: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, browser: Browser, home: frozenset[str], **options: Any) -> Window:
        """Open a window as somebody who has never been here."""
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        context.set_default_timeout(_SECONDS * 1000)
        window = cls(context=context, home=home)
        context.on("request", window._note_request)
        context.on("console", window._note_console)
        context.on("weberror", window._note_error)
        return window

    def close(self) -> None:
        """Close it; what a page did in it that it should not have done fails the test."""
        self.context.close()
        assert self.faults == []

    def _note_request(self, request: Request) -> None:
        if request.url.startswith("data:"):
            return
        # A link may lead to another origin of the stage; nothing else may.
        to = origin(request.url)
        fine = to in self.home if request.is_navigation_request() else to == _page_of(request)
        if not fine:
            self.faults.append(f"asked {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_STATUS_NOTE):
            self.faults.append(f"console: {message.text}")

    def _note_error(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")


def _page_of(request: Request) -> str:
    return origin(request.frame.url)


@contextmanager
def windows_on(stage: LocalStage, browser: Browser) -> Generator[Callable[..., Window]]:
    """Open windows on a stage; in the end, what their pages did wrong fails the test."""
    home = frozenset({origin(stage.facts.api_url), origin(stage.facts.google_url)})
    opened: list[Window] = []

    def open_window(**options: Any) -> Window:
        opened.append(Window.open(browser, home, **options))
        return opened[-1]

    yield open_window
    for window in opened:
        window.close()
