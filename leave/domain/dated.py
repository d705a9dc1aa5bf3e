"""Values that change on a known day, such as a working week after a new contract."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A first value, and later ones with the day from which each is in force."""

    first: T
    changes: tuple[tuple[date, T], ...] = ()

    def __post_init__(self) -> None:
        days = [day for day, _ in self.changes]
        if days != sorted(set(days)):
            raise ValueError("the days of change must be in order, each once")

    @staticmethod
    def parse(text: str, read: Callable[[str], V]) -> Dated[V]:
        """Read `"Mon-Fri"` or `"Mon-Fri; 2027-01-01: Mon-Thu"`, with `read` for each value.

        Raises `ValueError` for anything else.
        """
        head, *rest = text.split(";")
        changes: list[tuple[date, V]] = []
        for part in rest:
            day, separator, value = part.partition(":")
            if not separator:
                raise ValueError(f"a change must be '2027-01-01: value', not {part.strip()!r}")
            changes.append((_day(day.strip()), read(value.strip())))
        return Dated(read(head.strip()), tuple(changes))

    def on(self, day: date) -> T:
        """Return the value in force on this day."""
        value = self.first
        for since, changed in self.changes:
            if since <= day:
                value = changed
        return value

    def format(self, write: Callable[[T], str]) -> str:
        """Return the text that `parse` reads."""
        changes = (f"{day}: {write(value)}" for day, value in self.changes)
        return "; ".join([write(self.first), *changes])


def _day(text: str) -> date:
    # Python reads week dates and days without dashes as well, which nobody would read alike.
    if not _DAY.fullmatch(text):
        raise ValueError(f"a day of change must be a day such as 2027-01-01, not {text!r}")
    return date.fromisoformat(text)
