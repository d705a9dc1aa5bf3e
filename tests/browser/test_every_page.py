"""Every page and every mail: on a phone, in light and dark, by its own policy.

Of those that are built of the same elements the longest is opened, in German, whose words are the
longest; `make proof` opens all of them, in every language.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest

from leave.adapters.presentation.i18n import languages
from leave.functions.html import reply_html
from tests.browser import appearance
from tests.browser.windows import PHONE, Window
from tests.pictures.subjects import of_language

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

    from tests.pictures.subjects import Subject

    Scheme = Literal["light", "dark"]

pytestmark = pytest.mark.browser
HOME = "https://leave.example"
PAGES = {"page"}
MAILS = {"mail"}
LONGEST = "de"
# What each drops of a style: https://www.caniemail.com, features `overflow-wrap`, `word-break`,
# `display:none`, `visibility`, `opacity`, `max-height` and `overflow`.
DROPPED = {
    "Gmail in a phone's browser": {"overflow-wrap", "visibility", "opacity", "display:none"},
    "Outlook for Windows": {"overflow-wrap", "visibility", "opacity", "max-height", "overflow"},
}
ELEMENTS = re.compile(r"<\w+(?: class=\"[^\"]*\")?")
LONG = "Donaudampfschifffahrt" * 10
WIDE = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.title)"
HEIGHTS = "all => all.map(e => e.offsetHeight)"


@pytest.fixture
def wanted(pytestconfig: pytest.Config) -> list[Subject]:
    """What is opened: all languages have the same pages and mails, of a few kinds."""
    if pytestconfig.getoption("--proof"):
        return [subject for language in sorted(languages()) for subject in of_language(language)]
    longest: dict[tuple[str, ...], Subject] = {}
    for subject in sorted(of_language(LONGEST), key=lambda one: len(one.html)):
        longest[subject.kind, *ELEMENTS.findall(subject.html)] = subject
    return list(longest.values())


def faults(browser: Browser, wanted: list[Subject], *schemes: Scheme) -> dict[str, list[str]]:
    """Open each on a phone, with the headers it is sent with; return what is wrong with which."""
    window = Window.open(browser, frozenset({HOME}), viewport=PHONE)
    found: dict[str, list[str]] = {}
    current = wanted[0]

    def answer(route: Route) -> None:
        plain = {"content-type": "text/html; charset=utf-8"}
        headers = reply_html(200, current.html)["headers"] if current.kind in PAGES else plain
        route.fulfill(status=200, headers=headers, body=current.html)

    window.context.route(f"{HOME}/**", answer)
    page = window.context.new_page()
    for current in wanted:
        page.goto(f"{HOME}/{current.slug}")
        wrong: list[str] = []
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            wrong += [f"faint, {scheme}: {text}" for text in appearance.faint_texts(page)]
        wrong += window.faults
        window.faults.clear()
        if appearance.is_wider_than_its_window(page):
            wrong.append("wider than a phone")
        if current.kind in PAGES:
            wrong += appearance.barriers(page, current.language)
        if wrong:
            found[f"{current.language} {current.kind} {current.name}"] = wrong
    window.close()
    return found


def test_every_page_can_be_read_and_used_on_a_phone(
    browser: Browser, wanted: list[Subject]
) -> None:
    pages = [subject for subject in wanted if subject.kind in PAGES]
    assert faults(browser, pages, "light", "dark") == {}


def shown_by(program: str, html: str) -> str:
    """Return the HTML of a mail without what a mail program drops of its styles."""

    def kept(style: re.Match[str]) -> str:
        parts = [p for p in style[1].split(";") if not {p, p.split(":")[0]} & DROPPED[program]]
        return f'style="{";".join(parts)}"'

    return re.sub(r'style="([^"]*)"', kept, html)


def bodies(browser: Browser, pages: dict[str, str]) -> Page:
    """Open a phone's window with the bodies of all these pages below each other, by their names."""
    page = browser.new_page(viewport=PHONE)
    head = next(iter(pages.values())).partition("</style>")[0]
    parts = [
        f'<section title="{name}">{html.partition("</style>")[2]}</section>'
        for name, html in pages.items()
    ]
    page.set_content(f"{head}</style>{''.join(parts)}")
    return page


@pytest.mark.parametrize("program", DROPPED)
def test_no_long_word_makes_a_mail_wide_and_no_preheader_is_seen(
    browser: Browser, program: str
) -> None:
    mails = {
        s.name: shown_by(program, s.html) for s in of_language(LONGEST, LONG) if s.kind == "mail"
    }
    page = bodies(browser, mails)
    assert page.locator("section").evaluate_all(WIDE) == []
    assert page.locator("[style*='mso-hide']").evaluate_all(HEIGHTS) == [0] * len(mails)
    page.close()


def test_no_long_word_makes_a_page_wide_in_any_browser(browser: Browser) -> None:
    """Safari before 15.4 knows no `overflow-wrap: anywhere`."""
    pages = {s.name: s.html for s in of_language(LONGEST, LONG) if s.kind in PAGES}
    old = {name: html.replace("overflow-wrap: anywhere;", "") for name, html in pages.items()}
    page = bodies(browser, old)
    assert page.locator("section").evaluate_all(WIDE) == []
    page.close()


def test_every_mail_can_be_read_on_a_phone(browser: Browser, wanted: list[Subject]) -> None:
    mails = [subject for subject in wanted if subject.kind in MAILS]
    assert faults(browser, mails, "light") == {}
