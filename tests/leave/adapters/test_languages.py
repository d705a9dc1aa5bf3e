"""Every language is whole: the templates, blocks and words of English, and all of them said."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest

from leave.adapters.presentation.i18n import (
    DEFAULT_LANGUAGE,
    TEMPLATES,
    Translator,
    _environment,
    choose_language,
    languages,
    load_translator,
)
from tests.leave.adapters.markup import Page
from tests.leave.adapters.samples import Cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = re.compile(r"{%-? *block (\w+)")
OTHERS = sorted(languages() - {DEFAULT_LANGUAGE})
ENGLISH = TEMPLATES / DEFAULT_LANGUAGE
# What leave is called; where a sentence needs it is the language's own business.
NOUNS = {"account", "request", "leave", "some", "approved", "your", "Your"}


def templates(folder: Path) -> dict[str, list[str]]:
    """Return the names of a folder's templates, with the blocks of each."""
    return {
        str(path.relative_to(folder)): sorted(BLOCK.findall(path.read_text(encoding="utf-8")))
        for path in folder.rglob("*")
        if path.suffix in {".html", ".txt"}
    }


def words(language: str) -> dict[str, Any]:
    return json.loads((TEMPLATES / language / "catalog.json").read_text(encoding="utf-8"))


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
            assert placeholders(text) - NOUNS == placeholders(english[path]) - NOUNS, path
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
    say = Translator.t

    def listening(self: Translator, key: str, **values: object) -> str:
        said.add(key)
        return say(self, key, **values)

    monkeypatch.setattr(Translator, "t", listening)
    _environment.cache_clear()
    cast = Cast()
    assert cast.mails()
    assert cast.pages()
    _environment.cache_clear()
    assert set(words("en")["sentences"]) - said == set()


@pytest.mark.parametrize("language", ["de", "de-AT", "DE", "de-Latn-CH-1996"])
def test_german_is_german_throughout(language: str) -> None:
    cast, english = Cast(language=language), Cast().mails()
    own = re.compile(r"\b(the|leave(?!\.ics| directory)|your|is|asked|please|Nothing)\b")
    for name, mail in cast.mails().items():
        if name.startswith("admin_alert"):
            continue
        assert Page(mail.html).one("html").attributes == {"lang": "de"}, name
        assert mail.text != english[name].text, name
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


NUMBERS = [Decimal(0), Decimal("0.5"), Decimal(1), Decimal(2)]
COUNTED = {
    "en": {
        "working_days": ["0 working days", "0.5 working days", "1 working day", "2 working days"],
        "weekend_days": ["0 weekend days", "0.5 weekend days", "1 weekend day", "2 weekend days"],
        "free_days": [
            "0 days not worked",
            "0.5 days not worked",
            "1 day not worked",
            "2 days not worked",
        ],
        "half_days": ["0 half days", "0.5 half days", "1 half day", "2 half days"],
        "holidays": [
            "0 public holidays",
            "0.5 public holidays",
            "1 public holiday",
            "2 public holidays",
        ],
        "days_ahead": ["0 days", "0.5 days", "1 day", "2 days"],
        "days_expected": [
            "0 days are expected",
            "0.5 days are expected",
            "1 day is expected",
            "2 days are expected",
        ],
        "there": [
            "none of the team would be there",
            "only 0.5 of the team would be there",
            "only 1 of the team would be there",
            "only 2 of the team would be there",
        ],
        "needed": ["0 are needed", "0.5 are needed", "1 is needed", "2 are needed"],
        "more_colleagues": [
            "and 0 more absences",
            "and 0.5 more absences",
            "and 1 more absence",
            "and 2 more absences",
        ],
        "waiting": [
            "Waiting since today",
            "Waiting for 0.5 working days",
            "Waiting for 1 working day",
            "Waiting for 2 working days",
        ],
        "digest": [
            "0 leave requests wait for you",
            "0.5 leave requests wait for you",
            "1 leave request waits for you",
            "2 leave requests wait for you",
        ],
        "approval_requests": [
            "0 leave requests wait for your decision now",
            "0.5 leave requests wait for your decision now",
            "1 leave request waits for your decision now",
            "2 leave requests wait for your decision now",
        ],
        "released": [
            "You no longer decide about 0 leave requests",
            "You no longer decide about 0.5 leave requests",
            "You no longer decide about 1 leave request",
            "You no longer decide about 2 leave requests",
        ],
        "more_requests": [
            "And 0 more requests wait for you; you have a mail about each.",
            "And 0.5 more requests wait for you; you have a mail about each.",
            "And 1 more request waits for you; you have a mail about it.",
            "And 2 more requests wait for you; you have a mail about each.",
        ],
    },
    "de": {
        "working_days": ["0 Arbeitstage", "0,5 Arbeitstage", "1 Arbeitstag", "2 Arbeitstage"],
        "weekend_days": [
            "0 Tage am Wochenende",
            "0,5 Tage am Wochenende",
            "1 Tag am Wochenende",
            "2 Tage am Wochenende",
        ],
        "free_days": [
            "0 arbeitsfreie Tage",
            "0,5 arbeitsfreie Tage",
            "1 arbeitsfreier Tag",
            "2 arbeitsfreie Tage",
        ],
        "half_days": ["0 halbe Tage", "0,5 halbe Tage", "1 halber Tag", "2 halbe Tage"],
        "holidays": ["0 Feiertage", "0,5 Feiertage", "1 Feiertag", "2 Feiertage"],
        "days_ahead": ["0 Tage", "0,5 Tage", "1 Tag", "2 Tage"],
        "days_expected": [
            "erwartet werden 0 Tage",
            "erwartet werden 0,5 Tage",
            "erwartet wird 1 Tag",
            "erwartet werden 2 Tage",
        ],
        "there": [
            "Vom Team wäre niemand da",
            "Vom Team wären nur 0,5 Personen da",
            "Vom Team wäre nur 1 Person da",
            "Vom Team wären nur 2 Personen da",
        ],
        "needed": [
            "0 werden gebraucht",
            "0,5 werden gebraucht",
            "1 wird gebraucht",
            "2 werden gebraucht",
        ],
        "more_colleagues": [
            "und 0 weitere Abwesenheiten",
            "und 0,5 weitere Abwesenheiten",
            "und 1 weitere Abwesenheit",
            "und 2 weitere Abwesenheiten",
        ],
        "waiting": [
            "Wartet seit heute",
            "Wartet seit 0,5 Arbeitstagen",
            "Wartet seit 1 Arbeitstag",
            "Wartet seit 2 Arbeitstagen",
        ],
        "digest": [
            "0 Anträge warten auf Sie",
            "0,5 Anträge warten auf Sie",
            "1 Antrag wartet auf Sie",
            "2 Anträge warten auf Sie",
        ],
        "approval_requests": [
            "0 Anträge warten jetzt auf Ihre Entscheidung",
            "0,5 Anträge warten jetzt auf Ihre Entscheidung",
            "1 Antrag wartet jetzt auf Ihre Entscheidung",
            "2 Anträge warten jetzt auf Ihre Entscheidung",
        ],
        "released": [
            "Über 0 Anträge müssen Sie nicht mehr entscheiden",
            "Über 0,5 Anträge müssen Sie nicht mehr entscheiden",
            "Über 1 Antrag müssen Sie nicht mehr entscheiden",
            "Über 2 Anträge müssen Sie nicht mehr entscheiden",
        ],
        "more_requests": [
            "Und 0 weitere Anträge warten auf Sie; auch zu jedem davon haben Sie eine E-Mail.",
            "Und 0,5 weitere Anträge warten auf Sie; auch zu jedem davon haben Sie eine E-Mail.",
            "Und 1 weiterer Antrag wartet auf Sie; auch dazu haben Sie eine E-Mail.",
            "Und 2 weitere Anträge warten auf Sie; auch zu jedem davon haben Sie eine E-Mail.",
        ],
    },
}
# What stands beside a number that has no form of its own has to fit any.
BARE_NUMBERS = {
    "balance": {"before"},
    "problem.balance": {"available"},
    "problem.balance.later": {"available"},
}


@pytest.mark.parametrize("language", sorted(languages()))
def test_whatever_is_counted_agrees_with_its_number(language: str) -> None:
    assert set(COUNTED[language]) == set(words(language)["counts"])
    for kind, texts in COUNTED[language].items():
        assert [load_translator(language).count(kind, number) for number in NUMBERS] == texts


@pytest.mark.parametrize("language", sorted(languages()))
def test_no_sentence_has_a_number_whose_form_nobody_chose(language: str) -> None:
    """Numbers come into sentences as counts, which have forms; but for a few, named here."""
    for key, sentence in words(language)["sentences"].items():
        for name in BARE_NUMBERS.get(key, ()):
            assert not re.search(rf"{{{name}}} \w*(day|Tag|are|is|ist|sind)\b", sentence), key
        assert not re.search(r"\{n\}|\d", sentence), key


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_noun_for_leave_is_there_for_each_kind(language: str) -> None:
    nouns = words(language)["nouns"]
    assert set(nouns) == {"annual", "other"}
    for forms in nouns.values():
        assert set(forms) == NOUNS
