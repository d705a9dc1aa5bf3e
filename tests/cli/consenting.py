"""Browsers and consent pages for those who sign in."""

from __future__ import annotations

import json
import threading
import urllib.request
import webbrowser
from typing import TYPE_CHECKING

from tests.cli.loopback import Received, Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AUDIENCE = "leave-local"


class Browser(webbrowser.BaseBrowser):
    """Opens an address as a person with one Google account would: agreeing to everything."""

    def __init__(self) -> None:
        super().__init__("test")
        self.opened: list[str] = []
        self.pages: list[str] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: FBT001, FBT002
        assert (new, autoraise) == (1, True)
        self.opened.append(url)
        # The page comes when the sign-in is over, so nobody can wait for it here.
        self._visits = threading.Thread(target=self._visit, args=(url,), daemon=True)
        self._visits.start()
        return True

    def page(self) -> str:
        """Return what the last page said."""
        self._visits.join(timeout=10)
        return self.pages[-1]

    def _visit(self, url: str) -> None:
        with urllib.request.urlopen(url) as page:  # noqa: S310
            self.pages.append(page.read().decode())


def consenting(query: str) -> Callable[[Received], Reply]:
    """Return a consent page that sends the browser back with this query."""

    def answer(received: Received) -> Reply:
        back = received.query["redirect_uri"]
        location = f"{back}?{query.replace('SAME', received.query['state'])}"
        return Reply(status=302, headers={"Location": location})

    return answer


def a_client_file(folder: Path, *, auth: str, token: str, client_id: str = AUDIENCE) -> Path:
    file = folder / "scripted.json"
    installed = {
        "client_id": client_id,
        "client_secret": "client-secret-that-must-not-leak",
        "auth_uri": f"{auth}/auth",
        "token_uri": f"{token}/token",
    }
    file.write_text(json.dumps({"installed": installed}), encoding="utf-8")
    return file
