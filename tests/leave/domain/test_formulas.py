"""Texts that a spreadsheet would run."""

from __future__ import annotations

import pytest

from leave.domain.typed_text import is_formula, without_formula


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\uff1d1", '"=1'])
def test_what_a_spreadsheet_would_run_is_recognised(text: str) -> None:
    assert is_formula(text)
    assert without_formula(text).replace("'", "") == text
    assert without_formula(text).startswith("'")


@pytest.mark.parametrize("separator", [";", "\t", "|", "\n"])
def test_what_begins_a_cell_for_another_separator_is_recognised(separator: str) -> None:
    text = f"Jim{separator}=1"
    assert is_formula(text)
    assert without_formula(text) == f"Jim{separator}'=1"


@pytest.mark.parametrize("text", ["", "Jim", "Jim; 2027", "O'Dell", "1=1", "a-b"])
def test_what_it_would_only_show_is_left_as_it_is(text: str) -> None:
    assert without_formula(text) == text
