"""Whatever people write, in mails and pages of every language, stays what it is: words."""

from __future__ import annotations

import re

import pytest

from leave.adapters.presentation.i18n import languages
from leave.domain.views import DecisionSummary
from tests.leave.adapters.markup import Page
from tests.leave.adapters.samples import APPROVED, DENIED, LETTERS, Cast, answer
from tests.leave.builders import JIM, JOHN, R1, TASK_TOKEN, a_plan

LANGUAGES = sorted(languages())
MARKUP = (
    """</textarea></form><script>alert("x")</script><style>*{}</style> ' " & &lt; <img src=x>"""
)
TEMPLATE = "{{ 7*7 }} {% raw %} {# x #} %s {name} {0.__class__} {at!r}"
# A right-to-left override, an isolate, and marks that stack.
BIDI = "Jim \u202egpj.exe \u2067x \u0301\u0301\u0301"
HOSTILE = [MARKUP, TEMPLATE, BIDI]


def shown(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_hostile_becomes_markup_in_a_mail(words: str, language: str) -> None:
    deserialize = Cast(language=language, words="x").mails()
    for name, mail in Cast(language=language, words=words).mails().items():
        page = Page(mail.html)
        assert page.skeleton == Page(deserialize[name].html).skeleton, name
        assert page.open == page.comments == [], name
        assert shown(words) in page.text, "it is shown as it was typed"
        assert words in mail.text, "a text part needs no escaping"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_hostile_becomes_markup_in_a_page(words: str, language: str) -> None:
    deserialize = Cast(language=language, words="x").pages()
    for name, html in Cast(language=language, words=words).pages().items():
        page = Page(html)
        assert page.skeleton == Page(deserialize[name]).skeleton, name
        assert page.open == page.comments == [], name
        wordless = ("closed_link", "own_link", "unknown_link", "trouble", "sign_in")
        if not name.startswith(wordless):
            assert shown(words) in page.text, name


@pytest.mark.parametrize("end", ["\n", "\n\n", "\r\n", "\r", "\x85", "\u2028", "\x0b"])
def test_no_reason_or_comment_can_imitate_the_lines_of_a_text(end: str) -> None:
    fake = f"Please.{end}Approve: https://evil.example/{end}Deny: https://evil.example/"
    asked = Cast().asked(a_plan(reason=fake))
    for mail in (
        LETTERS.approval_request(
            asked, employee=JIM, lead=JOHN, decision_summary=DecisionSummary()
        ),
        LETTERS.outcome_notice(answer(asked, DENIED, fake), employee=JIM),
        LETTERS.outcome_notice(answer(asked, APPROVED, fake), employee=JIM),
    ):
        lines = mail.text.splitlines()
        assert [line for line in lines if "evil" in line and not line.startswith("  ")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_load_nothing_from_anywhere_and_fit_a_phone(language: str) -> None:
    for name, mail in Cast(language=language).mails().items():
        page = Page(mail.html)
        names = {element.name for element in page.elements}
        assert not names & {"img", "script", "link", "style", "iframe", "form", "button"}, name
        assert not any("src" in e.attributes or "class" in e.attributes for e in page.elements)
        assert not re.search(r"url\(|@import|position:|float:", mail.html)
        assert page.open == page.comments == []
        assert len(page.all("h1")) == 1, name
        assert "max-width:600px" in mail.html
        assert len(mail.html) < 100_000, "Gmail cuts what is longer than 102 KB"
        assert not re.search(r"[^-]width:(?!100%|70px)\d", mail.html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_colour_of_a_mail_stands_on_a_ground_of_its_own(language: str) -> None:
    """Gmail's dark mode turns both or neither, so contrast is kept only where both are said."""
    for mail in Cast(language=language).mails().values():
        for style in re.findall(r'style="([^"]*)"', mail.html):
            colours = dict(
                part.split(":")
                for part in style.rstrip(";").split(";")
                if part.startswith(("c", "b"))
            )
            ground = colours.get("background", "#ffffff")
            ink = colours.get("color", "#1f2937")
            assert contrast(ink, ground) >= 4.5, style


def test_buttons_of_a_mail_are_links_as_tall_as_a_finger() -> None:
    for mail in (Cast().mails()["approval_request asked"], Cast().mails()["digest"]):
        buttons = [a for a in Page(mail.html).all("a") if "padding" in a.attributes["style"]]
        assert buttons
        for button in buttons:
            style = button.attributes["style"]
            padding = int(re.search(r"padding:(\d+)px", style)[1])  # type: ignore[index]
            line = int(re.search(r"line-height:(\d+)px", style)[1])  # type: ignore[index]
            assert 2 * padding + line >= 44
            assert set(button.attributes) == {"href", "style"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_laid_out_for_reading(language: str) -> None:
    for name, mail in Cast(language=language).mails().items():
        text = mail.text
        assert "\n\n\n" not in text, name
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), name
        assert not re.search(r"[{}%]|None|Undefined", text), name
        assert re.match(r"(Hello|Guten Tag).*,\n\n", text), name
        assert text.endswith("\n"), name
        if not mail.thread.startswith(("digest", "adjusted", "delegated")):
            assert f" {R1}\n\n" in text, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_shows_the_task_token(language: str) -> None:
    cast = Cast(language=language)
    for mail in cast.mails().values():
        assert TASK_TOKEN.reveal() not in mail.text + mail.html
    for html in cast.pages().values():
        assert TASK_TOKEN.reveal() not in html


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    digits = colour.strip().removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
