"""Every language is whole: the templates, blocks and words of English, and all of them said."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any

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


def test_german_has_one_word_for_an_approval() -> None:
    texts = (path.read_text("utf-8") for path in (TEMPLATES / "de").rglob("*.*"))
    assert "zusage" not in "".join(texts).lower()


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


NUMBERS = ["0", "0.5", "1", "2"]
# What is said of many, of one and, where that is something else, of none; `#` is the number.
COUNTED = {
    "en": {
        "working_days": ("# working days", "# working day"),
        "weekend_days": ("# weekend days", "# weekend day"),
        "free_days": ("# days not worked", "# day not worked"),
        "half_days": ("# half days", "# half day"),
        "holidays": ("# public holidays", "# public holiday"),
        "days_ahead": ("# days", "# day"),
        "days_expected": ("# days are expected", "# day is expected"),
        "there": (
            "only # of the team would be there",
            "only # of the team would be there",
            "none of the team would be there",
        ),
        "needed": ("# are needed", "# is needed"),
        "more_colleagues": ("and # more absences", "and # more absence"),
        "waiting": (
            "Waiting for # working days",
            "Waiting for # working day",
            "Waiting since today",
        ),
        "digest": ("# leave requests wait for you", "# leave request waits for you"),
        "approval_requests": (
            "# leave requests wait for your decision now",
            "# leave request waits for your decision now",
        ),
        "released": (
            "You no longer decide about # leave requests",
            "You no longer decide about # leave request",
        ),
        "more_requests": (
            "And # more requests wait for you; you have a mail about each.",
            "And # more request waits for you; you have a mail about it.",
        ),
    },
    "de": {
        "working_days": ("# Arbeitstage", "# Arbeitstag"),
        "weekend_days": ("# Tage am Wochenende", "# Tag am Wochenende"),
        "free_days": ("# arbeitsfreie Tage", "# arbeitsfreier Tag"),
        "half_days": ("# halbe Tage", "# halber Tag"),
        "holidays": ("# Feiertage", "# Feiertag"),
        "days_ahead": ("# Tage", "# Tag"),
        "days_expected": ("erwartet werden # Tage", "erwartet wird # Tag"),
        "there": (
            "Vom Team wären nur # Personen da",
            "Vom Team wäre nur # Person da",
            "Vom Team wäre niemand da",
        ),
        "needed": ("# werden gebraucht", "# wird gebraucht"),
        "more_colleagues": ("und # weitere Abwesenheiten", "und # weitere Abwesenheit"),
        "waiting": ("Wartet seit # Arbeitstagen", "Wartet seit # Arbeitstag", "Wartet seit heute"),
        "digest": ("# Anträge warten auf Sie", "# Antrag wartet auf Sie"),
        "approval_requests": (
            "# Anträge warten jetzt auf Ihre Entscheidung",
            "# Antrag wartet jetzt auf Ihre Entscheidung",
        ),
        "released": (
            "Über # Anträge müssen Sie nicht mehr entscheiden",
            "Über # Antrag müssen Sie nicht mehr entscheiden",
        ),
        "more_requests": (
            "Und # weitere Anträge warten auf Sie; auch zu jedem davon haben Sie eine E-Mail.",
            "Und # weiterer Antrag wartet auf Sie; auch dazu haben Sie eine E-Mail.",
        ),
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
    mark = {"en": ".", "de": ","}[language]
    for kind, (many, one, *none) in COUNTED[language].items():
        forms = [*(none or [many]), many, one, many]
        written = [number.replace(".", mark) for number in NUMBERS]
        expected = [form.replace("#", n) for form, n in zip(forms, written, strict=True)]
        translator = load_translator(language)
        assert [translator.count(kind, Decimal(number)) for number in NUMBERS] == expected


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
