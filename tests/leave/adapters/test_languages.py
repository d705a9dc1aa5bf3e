"""Every language is whole: the templates, blocks and words of English, and all of them said."""

from __future__ import annotations

import json
import re
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest

from leave.adapters.templates import _environment
from leave.adapters.wording import DEFAULT_LANGUAGE, TEMPLATES, Wording, choose_language, languages
from tests.leave.adapters.markup import Page
from tests.leave.adapters.samples import Cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = re.compile(r"{%-? *block (\w+)")
OTHERS = sorted(languages() - {DEFAULT_LANGUAGE})
ENGLISH = TEMPLATES / DEFAULT_LANGUAGE


def templates(folder: Path) -> dict[str, list[str]]:
    """Return the names of a folder's templates, with the blocks of each."""
    return {
        str(path.relative_to(folder)): sorted(BLOCK.findall(path.read_text(encoding="utf-8")))
        for path in folder.rglob("*")
        if path.suffix in {".html", ".txt"}
    }


def words(language: str) -> dict[str, Any]:
    return json.loads((TEMPLATES / language / "words.json").read_text(encoding="utf-8"))


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a language, by where it stands."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}/{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from leaves(value, f"{path}/{number}")
    else:
        yield path, node


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_there_are_english_and_german() -> None:
    assert {"en", "de"} <= languages()


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_the_templates_and_blocks_of_english(language: str) -> None:
    assert templates(TEMPLATES / language) == templates(ENGLISH)


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_the_words_of_english_with_the_same_values_in_them(language: str) -> None:
    theirs, english = dict(leaves(words(language))), dict(leaves(words("en")))
    # How many forms a number has is the language's own business; any has a last one.
    counts = {path for path in theirs.keys() | english.keys() if path.startswith("/counts/")}
    assert set(theirs) - counts == set(english) - counts
    assert set(words(language)["counts"]) == set(words("en")["counts"])
    for path, text in theirs.items():
        if not path.startswith(("/counts/", "/formats/")):
            assert placeholders(text) == placeholders(english[path]), path
        assert text, path
        assert text == text.strip(), path


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_count_and_format_can_be_said(language: str) -> None:
    known = {"weekday", "day", "month", "year", "time", "zone"}
    known |= {f"last_{name}" for name in known}
    for forms in words(language)["counts"].values():
        assert "other" in forms
        assert all(placeholders(form) <= {"n"} for form in forms.values())
    for pattern in words(language)["formats"].values():
        assert placeholders(pattern) <= known


def test_every_sentence_is_said_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mail and page is made once: what nobody says then, nobody needs to translate."""
    said: set[str] = set()
    say = Wording.say

    def listening(self: Wording, key: str, **values: object) -> str:
        said.add(key)
        return say(self, key, **values)

    monkeypatch.setattr(Wording, "say", listening)
    _environment.cache_clear()
    cast = Cast()
    assert cast.mails()
    assert cast.pages()
    _environment.cache_clear()
    assert set(words("en")["sentences"]) - said == set()


@pytest.mark.parametrize("language", ["de", "de-AT", "DE", "de-Latn-CH-1996"])
def test_german_is_german_throughout(language: str) -> None:
    cast = Cast(language=language)
    english = Cast()
    own = re.compile(r"\b(the|leave(?!\.ics| directory)|your|is|asked|please|Nothing)\b")
    for name, mail in cast.mails().items():
        if name.startswith("tell_administrator"):
            continue
        assert Page(mail.html).one("html").attributes == {"lang": "de"}, name
        assert mail.text != english.mails()[name].text, name
        for part in (mail.subject, text_of(mail.text), text_of(Page(mail.html).text)):
            assert not own.search(part), (name, own.search(part))
    for name, html in cast.pages().items():
        assert Page(html).one("html").attributes == {"lang": "de"}, name
        assert not own.search(text_of(Page(html).text)), name


def text_of(text: str) -> str:
    """Return a text without addresses and the names that a stage gives to leave types."""
    return re.sub(r"https://\S+|Annual leave|Sick leave", "", text)


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE-ch", "de"),
        ("en-GB", "en"),
        ("xx", "en"),
        ("", "en"),
        ("../../etc", "en"),
        ("de/../en", "en"),
        ("markup", "en"),
        ("*", "en"),
        ("fr-FR,fr;q=0.9,de;q=0.8,en;q=0.7", "de"),
        ("en;q=0.3, de-AT;q=0.8", "de"),
        ("de;q=0, en", "en"),
        ("de;q=0", "en"),
        ("fr,nl", "en"),
        ("de;q=..", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_a_language_is_chosen_for_a_tag_or_for_all_that_a_browser_accepts(
    wanted: str, chosen: str
) -> None:
    assert choose_language(wanted) == chosen
