"""Count of the working days that a period of leave costs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.errors import HalfOfHalfDayError
from leave.domain.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leave.domain.calendar import Dated, Holidays, Period, WorkingWeek

_NONE, _HALF = Decimal(0), Decimal("0.5")


class Day(Value):
    """One calendar day of a period: what it costs (0, 0.5 or 1), and the holiday it is."""

    date: date
    cost: Decimal
    holiday: str | None = None


class YearCount(Value):
    """The days of leave that cost something in one calendar year, in order, each with its cost.

    Sums are worked out when they are read: which days are paid for by what was carried over, and
    which lie within the employment, depends on rules and directory as they are then.
    """

    costs: tuple[tuple[date, Decimal], ...]

    @property
    def days(self) -> Decimal:
        """Working days in all."""
        return sum((cost for _, cost in self.costs), _NONE)


def count_days(period: Period, weeks: Dated[WorkingWeek], holidays: Holidays) -> tuple[Day, ...]:
    """Return every day of the period with its cost, by the week in force on that very day.

    A holiday and a free day cost nothing; half a day costs 0.5, also at either end. Raises
    `HalfOfHalfDayError` for half of a day of which only half is worked: all that is worked then is
    the whole day.
    """
    days: list[Day] = []
    for day in period.days():
        holiday = holidays.get(day)
        worked = _NONE if holiday else weeks.on(day).on(day)
        if worked and len(period.halves_on(day)) == 1:
            if worked == _HALF:
                raise HalfOfHalfDayError(day)
            worked = _HALF
        days.append(Day(date=day, cost=worked, holiday=holiday))
    return tuple(days)


def count_by_year(days: Sequence[Day]) -> Mapping[int, YearCount]:
    """Return the days that cost something for each calendar year in which there are any."""
    costs = [(day.date, day.cost) for day in days if day.cost]
    return {
        year: YearCount(costs=tuple((day, cost) for day, cost in costs if day.year == year))
        for year in sorted({day.year for day, _ in costs})
    }
