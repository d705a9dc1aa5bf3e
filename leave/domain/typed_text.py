"""Text that people type, without characters that cannot be seen.

Invisible characters can make a text read differently from what it is (Unicode TR 36), or pass as a
reason where none is given. Line ends, spaces and composed letters have one form, so that a text
pasted from a form, a word processor or another system is the text that a person sees.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING
from unicodedata import category, combining, name, normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE_END = re.compile("\r\n?")
# Every Zs, the tab, and the cell of Braille without dots, which fonts show as a space.
_SPACES = re.compile("[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")
_SOFT_HYPHEN = "\xad"
_TAKEN = "\t\n\r"
_JOINERS = "\u200c\u200d"
_VIRAMA = 9
# Controls, format characters, halves of characters, private use, line and paragraph separators.
_REFUSED = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
# What a font shows nothing for although its category is another one, and what is no character.
# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt: Default_Ignorable...
_IGNORED = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2065\u3164\uffa0\ufff0-\ufff8\U000e0000-\U000e00ff"
    "\U000e01f0-\U000e0fff\ufdd0-\ufdef]"
)
_NO_CHARACTER = 0xFFFE
# A letter or an emoji that is younger than the tables of this Python.
_UNKNOWN = "Cn"
# A program that opens a CSV file takes a cell for a formula by its first character, and where it
# separates cells by something else than commas, what stands behind a separator begins a cell too:
# https://owasp.org/www-community/attacks/CSV_Injection
# In some languages Excel takes the wide signs of East Asian text for the plain ones.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(rf"(?:^|(?<=[;|\t\r\n]))(?=[ \"']*[{_SIGNS}]|[\t\r\n])")
_VARIATION = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def tidy(text: str) -> str:
    """Return the text in its one form, without space at its ends.

    Line ends become LF and each other space becomes a plain one; letters are composed (NFC). Soft
    hyphens are dropped: they arrive with pasted text, and only say where a line may break.
    Raises `ValueError` that names the first character that cannot be seen and its place.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    if (place := next(_unseen(text), None)) is not None:
        raise ValueError(f"character {place + 1} is {_called(text[place])}; remove it")
    return _formed(text)


def tidy_line(text: str) -> str:
    """Return a text of one line in its one form; raises `ValueError` as `tidy` does."""
    line = tidy(text)
    if "\n" in line:
        raise ValueError("contains a line break; write it in one line")
    return line


def tidy_silently(text: str) -> str:
    """Return the text in its one form, without what cannot be seen."""
    return _formed(replace_unseen(text, ""))


def replace_unseen(text: str, replacement: str) -> str:
    """Return the text with a replacement for each character that cannot be seen."""
    unseen = frozenset(_unseen(text))
    return "".join(
        replacement if place in unseen else character for place, character in enumerate(text)
    )


def says_something(text: str) -> bool:
    """Return whether a tidy text has a letter, a digit, a sign or a symbol in it."""
    return any(_is_shown(character, "LNPS") for character in text)


def _formed(text: str) -> str:
    one_kind = _SPACES.sub(" ", _LINE_END.sub("\n", text.replace(_SOFT_HYPHEN, "")))
    return normalize("NFC", one_kind).strip()


def _unseen(text: str) -> Iterator[int]:
    """Yield the places of the characters that cannot be seen."""
    # A cell of Braille without dots is a symbol, and becomes a space, which nothing joins.
    text = _SPACES.sub(" ", text)
    for place, character in enumerate(text):
        if character in _TAKEN or character == _SOFT_HYPHEN:
            continue
        if character in _JOINERS:
            seen = _joins(text, place)
        elif _VARIATION.match(character):
            seen = place > 0 and _is_shown(text[place - 1], "LMNPS")
        else:
            seen = not _is_refused(character)
        if not seen:
            yield place


def _joins(text: str, place: int) -> bool:
    """Return whether a joiner stands where scripts and emoji need one.

    That is between two letters or symbols, and behind a virama, with which words of Indic scripts
    can end.
    """
    marks = takewhile(bool, map(combining, reversed(text[:place])))
    if _VIRAMA in marks:
        return True
    before, after = _VARIATION.sub("", text[max(place - 2, 0) : place])[-1:], text[place + 1 :][:1]
    return all(neighbour and _is_shown(neighbour, "LMNS") for neighbour in (before, after))


def _is_shown(character: str, kinds: str) -> bool:
    """Return whether a character is of one of these kinds, or too young to have one."""
    kind = category(character)
    return (
        (kind[0] in kinds or kind == _UNKNOWN)
        and not _is_refused(character)
        and not _VARIATION.match(character)
    )


def _is_refused(character: str) -> bool:
    return (
        category(character) in _REFUSED
        or _IGNORED.match(character) is not None
        or ord(character) & _NO_CHARACTER == _NO_CHARACTER
    )


def _called(character: str) -> str:
    known = name(character, "")
    code = f"U+{ord(character):04X}"
    return f"{code} ({known}), which cannot be seen" if known else f"{code}, which cannot be seen"


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet could run this text, or a part of it."""
    return _FORMULA.search(text) is not None


def without_formula(text: str) -> str:
    """Return a text that a spreadsheet shows as it is; only for files nobody reads back in."""
    return _FORMULA.sub("'", text)
