"""The windows see what a page must not do; without this, they might find nothing wrong ever."""

from __future__ import annotations

import sys
from subprocess import run
from typing import TYPE_CHECKING

import pytest

from leave.functions.html import reply_html
from tests.browser import chromium
from tests.browser.windows import Window
from tests.stage import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

HOME = "https://leave.example"
WITHOUT_BROWSER = """
import sys
import pytest
from tests.browser import chromium

chromium.executable = lambda: None
chromium.install_command = lambda: "get-one"
sys.exit(pytest.main(["-q", "tests/browser", "-m", "browser", "-p", "no:cacheprovider"]))
"""


def faults_of(browser: Browser, html: str, *, policy: bool = False) -> list[str]:
    """Show a page at home and return what the window found."""
    window = Window.open(browser, frozenset({HOME}))
    reply = reply_html(200, html)
    headers = reply["headers"] if policy else {"content-type": "text/html; charset=utf-8"}
    window.context.route("**", lambda route: route.fulfill(status=404))
    window.context.route(
        f"{HOME}/page", lambda route: route.fulfill(status=200, headers=headers, body=html)
    )
    page = window.context.new_page()
    page.goto(f"{HOME}/page", wait_until="networkidle")
    window.context.close()
    return window.faults


@pytest.mark.browser
@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<img src='https://tracker.example/x.gif'>", "asked https://tracker.example/x.gif"),
        ("<link rel=stylesheet href=//fonts.example/a.css>", "asked https://fonts.example/a.css"),
        ("<script>throw new Error('broken')</script>", "script: broken"),
        ("<script>console.error('odd')</script>", "console: odd"),
        ("<iframe src='https://frame.example/'></iframe>", "asked https://frame.example/"),
    ],
)
def test_what_a_page_must_not_do_is_seen(browser: Browser, html: str, fault: str) -> None:
    assert any(found.startswith(fault) for found in faults_of(browser, html))


@pytest.mark.browser
@pytest.mark.parametrize(
    "html", ["<p style='color:red'>x</p>", "<script>1</script>", "<img src=x>"]
)
def test_what_the_policy_of_our_pages_forbids_is_seen(browser: Browser, html: str) -> None:
    assert "Content Security Policy" in "".join(faults_of(browser, html, policy=True))


@pytest.mark.browser
def test_a_page_that_does_nothing_of_it_is_fine(browser: Browser) -> None:
    assert faults_of(browser, "<style>p { color: red }</style><p>Hello</p>", policy=True) == []


def test_where_there_is_no_browser_it_is_said_once_and_with_the_cure() -> None:
    done = run(
        [sys.executable, "-c", WITHOUT_BROWSER],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("THE BROWSER TESTS DID NOT RUN") == 1
    assert "tests were skipped, because there is no Chromium." in done.stdout
    assert "\nCure: get-one\n" in done.stdout


def test_a_command_that_only_asks_to_install_a_browser_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub, real = tmp_path / "chromium", tmp_path / "google-chrome"
    stub.write_text("#!/bin/sh\necho 'needs the snap' >&2\nexit 1\n")
    real.write_text("#!/bin/sh\necho 'Google Chrome 1'\n")
    for command in (stub, real):
        command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    chromium.executable.cache_clear()
    try:
        assert chromium.executable() == str(real)
    finally:
        chromium.executable.cache_clear()
