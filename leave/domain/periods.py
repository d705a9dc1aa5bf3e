"""The days a leave request is about."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator

# What `str(Period)` is, and the history keeps.
_PERIOD = re.compile(
    r"(?P<start>\d{4}-\d{2}-\d{2})"
    r"( to (?P<end>\d{4}-\d{2}-\d{2})| \((?P<half>morning|afternoon)\))?"
)


class HalfDay(StrEnum):
    """Which half of a single day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


@value
class Period:
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
        """Tell whether both claim some part of the same day.

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
