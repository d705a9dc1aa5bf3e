"""Periods, working weeks, public holidays and values with a first day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from leave.domain.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# What `str(Period)` is, and the history keeps.
_PERIOD = re.compile(
    r"(?P<start>\d{4}-\d{2}-\d{2})"
    r"( to (?P<end>\d{4}-\d{2}-\d{2})| \((?P<half>morning|afternoon)\))?"
)


class HalfDay(StrEnum):
    """Which half of a single day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class Period(Value, omit_defaults=True):
    """Whole days from `start` to `end`, both included, or half of one single day.

    Raises `ValueError` when the end lies before the start, or half a day spans several days.
    """

    start: date
    end: date
    half_day: HalfDay | None = None

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"the end, {self.end}, is before the start, {self.start}")
        if self.half_day is not None and self.start != self.end:
            raise ValueError("half a day can only be requested for a single day")

    @property
    def length(self) -> int:
        """Calendar days, both ends included."""
        return (self.end - self.start).days + 1

    def days(self) -> Iterator[date]:
        """Yield every calendar day of the period, in order."""
        return (self.start + timedelta(days=offset) for offset in range(self.length))

    def years(self) -> range:
        """Return the calendar years the period touches."""
        return range(self.start.year, self.end.year + 1)

    def overlaps(self, other: Period) -> bool:
        """Return whether both claim some part of the same day.

        Two halves of one day overlap only when they are the same half.
        """
        if self.end < other.start or other.end < self.start:
            return False
        # Both halves known means both are single days, and then it is the same day.
        return not (self.half_day and other.half_day and self.half_day != other.half_day)

    def __str__(self) -> str:
        if self.start != self.end:
            return f"{self.start} to {self.end}"
        return f"{self.start} ({self.half_day})" if self.half_day else f"{self.start}"


def read_period(text: str) -> Period | None:
    """Return the period that the history of a request tells of."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        return None
    start = date.fromisoformat(match["start"])
    return Period(
        start=start,
        end=date.fromisoformat(match["end"]) if match["end"] else start,
        half_day=HalfDay(match["half"]) if match["half"] else None,
    )


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


Holidays = Mapping[date, str]
"""The public holidays of one region over some years, by day, with their names."""

NO_HOLIDAYS: Holidays = {}


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PART = re.compile(
    r"(?P<first>Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
    r"(-(?P<last>Mon|Tue|Wed|Thu|Fri|Sat|Sun))?"
    r"(?P<half>:0\.5)?"
)
_WHOLE, _HALF, _FREE = Decimal(1), Decimal("0.5"), Decimal(0)


@dataclass(frozen=True, slots=True)
class WorkingWeek:
    """The part of each weekday that is worked, Monday first: 0, 0.5 or 1."""

    fractions: tuple[Decimal, ...]

    def __post_init__(self) -> None:
        if len(self.fractions) != len(_DAYS):
            raise ValueError(f"a week has {len(_DAYS)} days, not {len(self.fractions)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `"Mon-Fri"` or `"Mon-Thu Fri:0.5"`; days that are not named are free."""
        fractions = [_FREE] * len(_DAYS)
        for part in text.split():
            match = _PART.fullmatch(part)
            first = _DAYS.index(match["first"]) if match else 0
            last = _DAYS.index(match["last"] or match["first"]) if match else -1
            days = range(first, last + 1)
            if match is None or not days or any(fractions[day] for day in days):
                raise ValueError(
                    "a working week names each working day once, such as 'Mon-Fri' or"
                    f" 'Mon-Thu Fri:0.5', not {text!r}"
                )
            for day in days:
                fractions[day] = _HALF if match["half"] else _WHOLE
        return cls(tuple(fractions))

    def on(self, day: date) -> Decimal:
        """Return the part of this day that is worked."""
        return self.fractions[day.weekday()]

    def __str__(self) -> str:
        parts: list[str] = []
        runs = groupby(enumerate(self.fractions), key=itemgetter(1))
        for fraction, days in ((fraction, [day for day, _ in run]) for fraction, run in runs):
            if fraction:
                span = dict.fromkeys((_DAYS[days[0]], _DAYS[days[-1]]))
                parts.append("-".join(span) + (":0.5" if fraction == _HALF else ""))
        return " ".join(parts)
