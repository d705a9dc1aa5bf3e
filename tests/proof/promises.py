"""The promises of docs/reliability.md, as its table names them."""

from __future__ import annotations

from functools import cache

from tests.docs.markdown import PROJECT, Page, rows

PAGE = Page(PROJECT / "docs" / "reliability.md")


@cache
def promises() -> tuple[str, ...]:
    """Return the first words of each row: what is promised."""
    return tuple(row[0] for row in rows(PAGE.section("## What is promised")))
