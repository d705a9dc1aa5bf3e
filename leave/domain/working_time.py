"""When an employee works."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from datetime import date

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
