"""Tables for people and JSON for scripts."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from leave.domain.typed_text import replace_unseen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NUMBER = re.compile(r"-?\d+(\.\d+)?|-|")
_GAP = "  "
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_ONE_LINE = str.maketrans({"\t": " ", "\n": " ", "\r": _REPLACEMENT})
_NO_WIDTH = {"Mn", "Me", "Cf"}


def as_json(value: Any) -> str:
    """Return indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return aligned columns, numbers to the right; nothing in a cell shows as a dash."""
    texts = [[_cell(value) for value in row] for row in rows]
    table = [list(columns), *texts]
    widths = [max(_width(row[index]) for row in table) for index in range(len(columns))]
    right = [all(_NUMBER.fullmatch(row[index]) for row in texts) for index in range(len(columns))]
    return "\n".join(_line(row, widths, right) for row in table)


def printable(text: str) -> str:
    """Return the text without what could move the cursor or rewrite what is on the terminal."""
    return replace_unseen(text, _REPLACEMENT).translate(_ONE_LINE)


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else printable(str(value))


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells: list[str] = []
    for text, width, to_the_right in zip(row, widths, right, strict=True):
        padding = " " * (width - _width(text))
        cells.append(padding + text if to_the_right else text + padding)
    return _GAP.join(cells).rstrip()


def _width(text: str) -> int:
    """Return the columns a text takes on a terminal: wide letters two, accents none."""
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
        if unicodedata.category(c) not in _NO_WIDTH
    )


def half_text(days: Mapping[str, Any]) -> str:
    """Return which half of a day, or which half ends, a request or an absence has."""
    ends = {"startHalf": "from noon", "endHalf": "until noon"}
    found = [text for name, text in ends.items() if days.get(name)]
    return days["halfDay"] or ", ".join(found)
