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
    r"(?P<start>\d{4}-\d{2}-\d{2})( \((?P<first>morning|afternoon)\))?"
    r"( to (?P<end>\d{4}-\d{2}-\d{2})( \((?P<last>morning)\))?)?"
)


class HalfDay(StrEnum):
    """Half of a day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class Period(Value, omit_defaults=True):
    """Days from `start` to `end`, both included, or half of one single day.

    Of several days, the first may begin at noon, with the afternoon as its `start_half`, and the
    last may end at noon, with the morning as its `end_half`. Raises `ValueError` for any other
    combination, and when the end lies before the start.
    """

    start: date
    end: date
    half_day: HalfDay | None = None
    start_half: HalfDay | None = None
    end_half: HalfDay | None = None

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"the end, {self.end}, is before the start, {self.start}")
        if self.half_day is not None and self.start != self.end:
            raise ValueError("half a day can only be requested for a single day")
        if self.start == self.end and (self.start_half or self.end_half):
            raise ValueError("a half end can only be requested for several days")
        if self.start_half is HalfDay.MORNING or self.end_half is HalfDay.AFTERNOON:
            raise ValueError(
                "leave begins in the afternoon of its first day, or ends in the morning"
            )

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

    def halves_on(self, day: date) -> frozenset[HalfDay]:
        """Return the halves of a day that the period claims."""
        if not self.start <= day <= self.end:
            return frozenset()
        half = self.half_day
        if day == self.start:
            half = half or self.start_half
        if day == self.end:
            half = half or self.end_half
        return frozenset((half,) if half else HalfDay)

    def overlaps(self, other: Period) -> bool:
        """Return whether both claim the same half of a day."""
        first, last = max(self.start, other.start), min(self.end, other.end)
        # Of three days in common, the second is a whole day of both.
        return (last - first).days > 1 or any(
            self.halves_on(day) & other.halves_on(day) for day in (first, last)
        )

    def between(self, first: date, last: date) -> Period:
        """Return the part of the period from one of its days to another, with its half ends."""
        halves = self.halves_on(first), self.halves_on(last)
        start_half, end_half = (next(iter(one)) if len(one) == 1 else None for one in halves)
        if first == last:
            return Period(start=first, end=last, half_day=start_half)
        return Period(start=first, end=last, start_half=start_half, end_half=end_half)

    def __str__(self) -> str:
        first, last = self.half_day or self.start_half, self.end_half
        start, end = (
            f"{day} ({half})" if half else f"{day}"
            for day, half in ((self.start, first), (self.end, last))
        )
        return start if self.start == self.end else f"{start} to {end}"


def read_period(text: str) -> Period | None:
    """Return the period that the history of a request tells of."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        return None
    first = HalfDay(match["first"]) if match["first"] else None
    start = date.fromisoformat(match["start"])
    if match["end"] is None:
        return Period(start=start, end=start, half_day=first)
    last = HalfDay(match["last"]) if match["last"] else None
    end = date.fromisoformat(match["end"])
    return Period(start=start, end=end, start_half=first, end_half=last)


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
