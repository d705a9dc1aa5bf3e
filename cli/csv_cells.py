"""Cells that a spreadsheet would run instead of showing.

A program that opens a CSV file takes a cell for a formula by its first character, and where it
separates cells by something else than commas, what stands behind a separator begins a cell as well.
Source: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import re

# In some languages Excel takes the wide signs of East Asian text for the plain ones.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(rf"(?:^|(?<=[;|\t\r\n]))(?=[ \"']*[{_SIGNS}]|[\t\r\n])")


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet could run this text, or a part of it."""
    return _FORMULA.search(text) is not None


def harmless(text: str) -> str:
    """Return a text that a spreadsheet shows as it is; only for files nobody reads back in."""
    return _FORMULA.sub("'", text)
