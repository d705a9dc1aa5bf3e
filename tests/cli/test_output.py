"""Tables for people."""

from __future__ import annotations

import pytest

from cli.output import as_json, as_table, printable


def test_columns_are_aligned_and_numbers_stand_to_the_right() -> None:
    table = as_table(("Name", "Days", "Until"), [("Jim", 0.5, None), ("Jane Cook", 12, "")])
    assert table.splitlines() == [
        "Name       Days  Until",
        "Jim         0.5      -",
        "Jane Cook    12      -",
    ]


def test_wide_letters_and_accents_are_counted_as_they_are_shown() -> None:
    table = as_table(("Who", "X"), [("日本", "a"), ("e\N{COMBINING ACUTE ACCENT}", "b")])
    assert table.splitlines()[1:] == ["日本  a", "e\N{COMBINING ACUTE ACCENT}     b"]


def test_a_table_without_rows_is_its_header() -> None:
    assert as_table(("A", "B"), []) == "A  B"


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\r", "\u202e", "\x9b", "\u2028"])
def test_what_could_rewrite_the_terminal_is_replaced(sign: str) -> None:
    assert printable(f"a{sign}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_line_ends_become_spaces() -> None:
    assert printable("a\nb\tc") == "a b c"


@pytest.mark.parametrize("text", ["می\u200cشود", "👩\u200d🚒 ❤\ufe0f", "a\xa0b"])
def test_what_scripts_and_emoji_need_is_shown(text: str) -> None:
    assert printable(text) == text


def test_json_keeps_letters_as_they_are() -> None:
    assert as_json({"name": "Jürgen"}) == '{\n  "name": "Jürgen"\n}'
