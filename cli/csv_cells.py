"""Cells that a spreadsheet would run instead of showing.

A program that opens a CSV file takes a cell for a formula by its first character. Source:
https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet could run this text."""
    return text.startswith(_STARTS)


def harmless(text: str) -> str:
    """Return a text that a spreadsheet shows as it is; only for files nobody reads back in."""
    return f"'{text}" if is_formula(text) else text
