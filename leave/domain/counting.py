"""How many working days a period of leave costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.errors import HalfOfHalfDayError
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from leave.domain.dated import Dated
    from leave.domain.holidays import Holidays
    from leave.domain.periods import Period
    from leave.domain.rules import CarryOver
    from leave.domain.working_time import WorkingWeek

_NONE, _HALF = Decimal(0), Decimal("0.5")


@value
class Day:
    """One calendar day of a period: what it costs (0, 0.5 or 1), and the holiday it is."""

    date: date
    cost: Decimal
    holiday: str | None = None


@value
class YearCount:
    """Working days of one calendar year, and how many of them carried-over days can pay for."""

    days: Decimal
    early: Decimal


def count_days(period: Period, weeks: Dated[WorkingWeek], holidays: Holidays) -> tuple[Day, ...]:
    """Return every day of the period with its cost, by the week in force on that very day.

    A holiday and a free day cost nothing; half a day costs 0.5. Raises `HalfOfHalfDayError` for
    half of a day of which only half is worked: all that is worked then is the whole day.
    """
    days: list[Day] = []
    for day in period.days():
        holiday = holidays.get(day)
        worked = _NONE if holiday else weeks.on(day).on(day)
        if period.half_day and worked:
            if worked == _HALF:
                raise HalfOfHalfDayError(day)
            worked = _HALF
        days.append(Day(date=day, cost=worked, holiday=holiday))
    return tuple(days)


def count_by_year(days: Sequence[Day], carry_over: CarryOver) -> Mapping[int, YearCount]:
    """Return the cost for each calendar year in which there is one."""
    counts: dict[int, YearCount] = {}
    for year in sorted({day.date.year for day in days}):
        last = carry_over.last_day(year)
        costs = [(day.cost, day.date <= last) for day in days if day.date.year == year]
        total = sum((cost for cost, _ in costs), _NONE)
        if total:
            early = sum((cost for cost, is_early in costs if is_early), _NONE)
            counts[year] = YearCount(days=total, early=early)
    return counts
