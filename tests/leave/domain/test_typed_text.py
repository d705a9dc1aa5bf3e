"""One form for what people type, and nothing in it that cannot be seen."""

import sys
from itertools import product
from unicodedata import category, combining, is_normalized, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.typed_text import replace_unseen, says_something, tidy, tidy_line, tidy_silently

# Default_Ignorable_Code_Point of the Unicode Character Database 17.
IGNORABLE = {
    *(0x00AD, 0x034F, 0x061C, 0x3164, 0xFEFF, 0xFFA0),
    *range(0x115F, 0x1161),
    *range(0x17B4, 0x17B6),
    *range(0x180B, 0x1810),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    *range(0xFFF0, 0xFFF9),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *range(0xE0000, 0xE1000),
}
VARIATION_SELECTORS = {
    *(0x180B, 0x180C, 0x180D, 0x180F),
    *range(0xFE00, 0xFE10),
    *range(0xE0100, 0xE01F0),
}
NO_CHARACTERS = {
    *range(0xFDD0, 0xFDF0),
    *(plane + last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)),
}
REFUSED = (IGNORABLE | NO_CHARACTERS) - VARIATION_SELECTORS - {0x200C, 0x200D, 0xAD}
REFUSED_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
SAID = [
    *("Grüße 🌴", "שלום", "a\nb", "❤️", "❤️‍🔥", "👨‍👩‍👧‍👦", "👩🏽‍🚒", "🏳️‍🌈", "👁️‍🗨️", "🙂‍↔️"),
    *("1️⃣ *️⃣ ‼️ ©️", "🇩🇪", "葛\U000e0100飾"),
    "می‌خواهم",  # Persian, with a non-joiner
    "ක්‍රීඩා ශ්‍රී",  # Sinhala, with joiners
    "മോഹന്‍",  # Malayalam, a joiner at the end
    "\U0001fae9",  # an emoji of Unicode 16
]


def expected(character: str) -> str | None:
    """Return what becomes of a character between two letters, None for a refusal."""
    code = ord(character)
    if character in "\n\r":
        return "a\nb"
    if character == "\xad":
        return "ab"
    if character in "\t\u2800" or category(character) == "Zs":
        return "a b"
    if character in "\u200c\u200d":
        return f"a{character}b"
    if code in REFUSED or category(character) in REFUSED_CATEGORIES:
        return None
    return normalize("NFC", f"a{character}b")


def test_each_character_of_unicode_has_one_form_or_is_refused() -> None:
    # Planes 3 to 13 hold next to nothing, and the last two are for private use.
    told = [*range(0x20000), *range(0x20000, 0xE0000, 83), *range(0xE0000, 0xE1000)]
    for character in map(chr, [*told, *NO_CHARACTERS, *range(0xF0000, sys.maxunicode + 1, 83)]):
        text = f"a{character}b"
        try:
            form = tidy(text)
        except ValueError:
            form = None
        assert form == expected(character), ascii(character)
        assert tidy_silently(text) == form or (form, tidy_silently(text)) == (None, "ab")


@given(
    st.text(st.characters(exclude_categories=()) | st.sampled_from("\u200d\ufe0f\u094d\u0316 a"))
)
def test_what_is_tidy_stays_as_it_is(text: str) -> None:
    is_tidied(text)


def test_no_order_of_joiners_and_spaces_leaves_something_to_tidy() -> None:
    kinds = "\u200d\ufe0f\u094d\u0308\xad\xa0\u2800a\n"
    for length in range(5):
        for text in product(kinds, repeat=length):
            is_tidied("".join(text))


def is_tidied(text: str) -> None:
    """Check that tidying again changes nothing, and that no joiner joins a space."""
    form = tidy_silently(text)
    assert tidy(form) == form == tidy_silently(form)
    assert is_normalized("NFC", form)
    assert form == form.strip()
    for before, joiner, after in zip(form, form[1:], form[2:], strict=False):
        if joiner in "\u200c\u200d":
            # Words of Indic scripts can end with a virama and a joiner.
            assert not before.isspace()
            assert not after.isspace() or combining(before)
    try:
        assert tidy(text) == form
    except ValueError:
        assert replace_unseen(text, "") != text
    else:
        assert replace_unseen(text, "") == text


@pytest.mark.parametrize("text", SAID)
def test_what_people_write_is_kept(text: str) -> None:
    assert tidy(text) == tidy_silently(text) == replace_unseen(text, "") == text
    assert says_something(text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree"),
        ("\xa05\u202fdays\u3000off\t\u2009", "5 days off"),
        ("Urlaubs\xadantrag", "Urlaubsantrag"),
        ("Ju\u0308rgen", "Jürgen"),
    ],
)
def test_ends_spaces_and_letters_have_one_form(text: str, form: str) -> None:
    assert tidy(text) == tidy_silently(text) == form


@pytest.mark.parametrize(
    ("text", "place", "name"),
    [
        ("a\u200bb", 2, "U+200B (ZERO WIDTH SPACE)"),
        ("\ufeffJim", 1, "U+FEFF (ZERO WIDTH NO-BREAK SPACE)"),
        ("Jim\x07", 4, "U+0007"),
        ("Jim \u202emid", 5, "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("\u200dJim", 1, "U+200D (ZERO WIDTH JOINER)"),
        ("Jim\u200d", 4, "U+200D (ZERO WIDTH JOINER)"),
        ("J\u200d\u200dim", 2, "U+200D"),
        ("J\u2800\u200cim", 3, "U+200C"),
        ("J\u200c\u2800im", 2, "U+200C"),
        ("\u2800\ufe0fJim", 2, "U+FE0F"),
        ("J \u200cim", 3, "U+200C"),
        ("\ufe0fJim", 1, "U+FE0F (VARIATION SELECTOR-16)"),
        ("J\ufe0f\ufe0fim", 3, "U+FE0F"),
        ("\u3164", 1, "U+3164 (HANGUL FILLER)"),
        ("\U0001f3f4\U000e0067\U000e007f", 2, "U+E0067"),
        ("\ud800", 1, "U+D800"),
    ],
)
def test_what_cannot_be_seen_is_named_with_its_place(text: str, place: int, name: str) -> None:
    with pytest.raises(ValueError, match=r", which cannot be seen; remove it$") as caught:
        tidy(text)
    assert str(caught.value).startswith(f"character {place} is {name}")


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\r\nb"])
def test_a_line_has_no_line_break(text: str) -> None:
    with pytest.raises(ValueError, match="contains a line break; write it in one line"):
        tidy_line(text)
    assert tidy_line(" a b\n") == "a b"


@pytest.mark.parametrize("text", ["", "\u0301", "\u0301 \u0308", "?", "7", "ok", "休", "🌴"])
def test_marks_alone_say_nothing_and_a_single_sign_does(text: str) -> None:
    assert says_something(text) is (not set(text) <= set("\u0301\u0308 "))
