"""How many days of annual leave an employee has in a year."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leave.domain.dated import Dated
    from leave.domain.employees import Employment

_MONTHS = 12
_HALF = Decimal("0.5")


def full_months(year: int, start: date | None, end: date | None) -> range:
    """Return the months of the year that are employed from their first to their last day."""
    first, last = 1, _MONTHS
    if start is not None and start.year >= year:
        first = start.month + (start.day > 1) if start.year == year else _MONTHS + 1
    if end is not None and end.year <= year:
        ends_month = (end + timedelta(days=1)).month != end.month
        last = end.month - (not ends_month) if end.year == year else 0
    return range(first, last + 1)


def entitlement(days: Dated[Decimal], year: int, employments: Iterable[Employment]) -> Decimal:
    """Return the working days of leave for this year, pro rata for those who join or leave.

    Each employment gives leave of its own, rounded by itself; those that adjoin are to be joined
    before.
    """
    return sum((_entitlement(days, year, one.start, one.end) for one in employments), Decimal(0))


def _entitlement(days: Dated[Decimal], year: int, start: date | None, end: date | None) -> Decimal:
    """Return the working days of leave of one employment.

    One twelfth of the days in force for each full month of employment; parts of half a day and
    more are rounded up to a whole day, smaller ones to half a day, so that nobody loses and all is
    counted in halves. After § 5 (1) and (2) of the Federal Holidays Act (BUrlG).
    """
    employed = full_months(year, start, end)
    if len(employed) == _MONTHS and not days.changes:
        return days.first
    months = [days.on(date(year, month, 1)) for month in employed]
    if len(months) == _MONTHS and len(set(months)) == 1:
        return months[0]
    exact = sum(months, Decimal(0)) / _MONTHS
    whole = exact.to_integral_value(ROUND_HALF_UP)
    if whole >= exact:
        return whole
    return (exact / _HALF).to_integral_value(ROUND_CEILING) * _HALF
