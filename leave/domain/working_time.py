"""When an employee works, and how many working days a period of leave costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from leave.domain.periods import Period

_DAYS_A_WEEK = 7
_FRACTIONS = {"0": Decimal(0), "0.5": Decimal("0.5"), "1": Decimal(1)}


@dataclass(frozen=True, slots=True)
class WorkingWeek:
    """The part of each weekday that is worked, Monday first: 0, 0.5 or 1."""

    fractions: tuple[Decimal, ...]

    def __post_init__(self) -> None:
        if len(self.fractions) != _DAYS_A_WEEK:
            raise ValueError(f"a week has {_DAYS_A_WEEK} days, not {len(self.fractions)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `"1 1 1 1 0.5 0 0"`: seven parts, Monday first, each 0, 0.5 or 1."""
        try:
            return cls(tuple(_FRACTIONS[part] for part in text.split()))
        except (KeyError, ValueError) as error:
            raise ValueError(
                f"a working week is seven numbers from Monday to Sunday, each 0, 0.5 or 1, such as"
                f" '1 1 1 1 1 0 0'; not {text!r}"
            ) from error

    def on(self, day: date) -> Decimal:
        """Return the part of this day that is worked."""
        return self.fractions[day.weekday()]

    def __str__(self) -> str:
        return " ".join(f"{fraction:f}" for fraction in self.fractions)


def count_working_days(period: Period, week: WorkingWeek) -> Mapping[int, Decimal]:
    """Return the working days the period costs, for each calendar year it touches.

    A half day costs half of what the day would cost.
    """
    counted = dict.fromkeys(period.years(), Decimal(0))
    share = Decimal("0.5") if period.half_day else Decimal(1)
    for day in period.days():
        counted[day.year] += week.on(day) * share
    return counted
