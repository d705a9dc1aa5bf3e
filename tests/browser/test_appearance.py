"""The measuring finds what is wrong; without this, it might find nothing ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import appearance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

FINE = """<html lang=en><title>Fine</title><main><h1>Fine</h1><p>Text</p>
<label for=a>Why?</label><textarea id=a style='min-height:60px'></textarea></main>"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 360, "height": 720}) as context:
        yield context.new_page()


def test_a_fine_page_has_no_faults(page: Page) -> None:
    page.set_content(FINE)
    assert not appearance.is_wider_than_its_window(page)
    assert appearance.faint_texts(page) == []
    assert appearance.barriers(page, "en") == []


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p style='color:#999'>Grey</p>", "2.85: Grey"),
        ("<p style='color:rgba(0,0,0,.4)'>Thin</p>", "2.85: Thin"),
        ("<div style='background:#15803d'><b style='color:#16a34a'>Green</b></div>", "Green"),
        ("<h1 style='color:#aaa'>Large</h1>", "2.32: Large"),
    ],
)
def test_faint_text_is_found(page: Page, html: str, text: str) -> None:
    page.set_content(html)
    (found,) = appearance.faint_texts(page)
    assert found.endswith(text)


@pytest.mark.parametrize("html", ["<p style='color:#767676'>x</p>", "<h1 style='color:#949494'>x"])
def test_text_that_can_just_be_read_is_fine(page: Page, html: str) -> None:
    page.set_content(html)
    assert appearance.faint_texts(page) == []


@pytest.mark.parametrize(
    ("old", "new", "barrier"),
    [
        ("lang=en", "lang=de", "lang is de"),
        ("<h1>Fine</h1>", "", "0 h1"),
        ("<p>Text</p>", "<h1>Twice</h1>", "2 h1"),
        ("<title>Fine</title>", "", "no title"),
        ("for=a", "for=b", 'no label: <textarea id="a"'),
        ("min-height:60px", "height:20px", "too small"),
    ],
)
def test_a_barrier_is_found(page: Page, old: str, new: str, barrier: str) -> None:
    page.set_content(FINE.replace(old, new))
    assert any(found.startswith(barrier) for found in appearance.barriers(page, "en"))


def test_a_page_that_is_too_wide_is_found(page: Page) -> None:
    page.set_content(f"<meta name=viewport content='width=device-width'><p>{'x' * 400}</p>")
    assert appearance.is_wider_than_its_window(page)


def test_a_hidden_focus_is_found(page: Page) -> None:
    page.set_content("<style>:focus { outline: none }</style><button>x</button>")
    page.keyboard.press("Tab")
    assert not appearance.shows_its_focus(page)
