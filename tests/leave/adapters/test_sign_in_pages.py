"""The pages around signing in: plain links, nothing foreign, and nothing of a request."""

from __future__ import annotations

import re

import pytest

from leave.adapters.presentation import pages
from tests.leave.adapters.markup import Page

URL = "https://api.example/test/sign_in?decision=approved&link=r1.s"
HOSTILE = """</p><script>alert("x")</script>{{ 7*7 }}' " & &lt;"""
WHYS = ("stale", "stranger", "given-up", "trouble")


def all_pages(words: str = "jane@foo.com", url: str = URL) -> list[str]:
    return [
        *(pages.sign_in(url, answered=answered) for answered in (True, False)),
        pages.another_person(words, url),
        pages.own_link(),
        *(pages.sign_in_failed(why, again=again) for why in WHYS for again in (None, url)),
    ]


@pytest.mark.parametrize("html", all_pages())
def test_a_page_is_whole_and_works_without_scripts(html: str) -> None:
    page = Page(html)
    assert page.open == []
    assert len(page.all("h1")) == 1
    assert page.one("html").attributes == {"lang": "en"}
    for name in ("script", "form", "img", "iframe", "link"):
        assert page.all(name) == []
    assert {href for href, _ in page.links} <= {URL}


def test_nothing_hostile_becomes_markup() -> None:
    for hostile, deserialize in zip(
        all_pages(HOSTILE, f"{URL}&{HOSTILE}"), all_pages(), strict=True
    ):
        assert Page(hostile).skeleton == Page(deserialize).skeleton
    assert HOSTILE in Page(pages.another_person(HOSTILE, URL)).text


def test_what_was_pressed_in_vain_is_told() -> None:
    assert "Nothing was changed" in Page(pages.sign_in(URL, answered=True)).text
    assert "Nothing was changed" not in Page(pages.sign_in(URL, answered=False)).text


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize(
    ("language", "state"),
    [("en", "wait|decid|open |undecided"), ("de", "[Ww]artet|[Ee]ntsch(ei|ie)d|offen")],
)
def test_the_sign_in_page_says_nothing_of_how_a_request_stands(
    language: str, state: str, *, answered: bool
) -> None:
    page = Page(pages.sign_in(URL, answered=answered, language=language))
    said = page.text.replace("shows and decides nothing", "")
    assert not re.search(state, said.replace("zeigt und entscheidet nichts", ""))


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("stale", "This sign-in is no longer valid"),
        ("stranger", "This is not an account of the company"),
        ("given-up", "You are not signed in"),
        ("trouble", "Please try again in a minute"),
    ],
)
def test_each_failure_has_words_of_its_own_and_a_way_on(why: str, words: str) -> None:
    with_link = Page(pages.sign_in_failed(why, again=URL))
    assert words in with_link.text
    assert [href for href, _ in with_link.links] == [URL]
    assert "open the link in your mail again" in Page(pages.sign_in_failed(why)).text
