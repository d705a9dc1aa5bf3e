"""How many working days leave costs, held against a naive walk from day to day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.calendar import NO_HOLIDAYS, Dated, Holidays, Period, WorkingWeek
from leave.domain.counting import Day, count_by_year, count_days
from leave.domain.errors import HalfOfHalfDayError
from tests.leave.builders import a_day, a_period
from tests.leave.strategies import FIRST, LAST, WEEKS, dated, periods

HOLIDAYS = st.dictionaries(
    st.dates(FIRST, LAST) | st.dates(date(2026, 12, 20), date(2027, 1, 10)),
    st.sampled_from(["New Year's Day", "Christmas Day"]),
    max_size=12,
)
HALF = Decimal("0.5")


def weeks(text: str) -> Dated[WorkingWeek]:
    return Dated.parse(text, WorkingWeek.parse)


def worked(day: date, weeks: Dated[WorkingWeek], holidays: Holidays) -> Decimal:
    """Return what is worked on one day, found out the longest way round."""
    if day in holidays:
        return Decimal(0)
    in_force = weeks.first
    for since, week in sorted(weeks.changes):
        if day >= since:
            in_force = week
    return in_force.fractions[(day.toordinal() - 1) % 7]  # day 1 of year 1 was a Monday


def naively_counted(
    period: Period, weeks: Dated[WorkingWeek], holidays: Holidays
) -> dict[int, dict[date, Decimal]] | None:
    """Walk with a stride of its own: the oracle; None where half of half a day is asked for."""
    counted: dict[int, dict[date, Decimal]] = {}
    day = period.start
    while day <= period.end:
        cost = worked(day, weeks, holidays)
        if period.half_day is not None and cost:
            if cost != 1:
                return None
            cost = HALF
        if cost:
            counted.setdefault(day.year, {})[day] = cost
        day += timedelta(days=1)
    return counted


@given(periods(longest=800), dated(WEEKS), HOLIDAYS)
def test_leave_costs_what_a_day_by_day_walk_finds(
    period: Period, weeks: Dated[WorkingWeek], holidays: Holidays
) -> None:
    expected = naively_counted(period, weeks, holidays)
    if expected is None:
        with pytest.raises(HalfOfHalfDayError):
            count_days(period, weeks, holidays)
        return
    counts = count_by_year(count_days(period, weeks, holidays))
    assert {year: dict(count.costs) for year, count in counts.items()} == expected
    assert {year: count.days for year, count in counts.items()} == {
        year: sum(costs.values()) for year, costs in expected.items()
    }


@given(periods(), dated(WEEKS), HOLIDAYS)
def test_every_day_of_the_period_is_told_once_with_its_holiday(
    period: Period, weeks: Dated[WorkingWeek], holidays: Holidays
) -> None:
    try:
        days = count_days(period, weeks, holidays)
    except HalfOfHalfDayError:
        return
    assert [day.date for day in days] == list(period.days())
    assert all(day.holiday == holidays.get(day.date) for day in days)
    assert all(day.cost == 0 for day in days if day.holiday)
    assert all(day.cost in {0, HALF, 1} for day in days)


@given(periods(longest=60), dated(WEEKS), HOLIDAYS, st.integers(0, 59))
def test_a_period_costs_what_its_two_parts_cost(
    period: Period, weeks: Dated[WorkingWeek], holidays: Holidays, cut: int
) -> None:
    middle = period.start + timedelta(days=cut)
    if middle >= period.end:
        return
    parts = (
        Period(start=period.start, end=middle),
        Period(start=middle + timedelta(days=1), end=period.end),
    )
    costs = [day for part in parts for day in count_days(part, weeks, holidays)]
    assert tuple(costs) == count_days(period, weeks, holidays)


@pytest.mark.parametrize(
    ("period", "week", "expected"),
    [
        (a_period("2027-05-03"), "Mon-Fri", {2027: 1}),
        (a_period("2027-05-03", "2027-05-16"), "Mon-Fri", {2027: 10}),
        (a_period("2027-05-08", "2027-05-09"), "Mon-Fri", {}),
        (a_period("2027-05-03", half="morning"), "Mon-Fri", {2027: "0.5"}),
        (a_period("2027-05-08", half="morning"), "Mon-Fri", {}),
        (a_period("2027-05-03", "2027-05-07"), "Mon-Thu Fri:0.5", {2027: "4.5"}),
        (a_period("2027-12-27", "2028-01-07"), "Mon-Fri", {2027: 5, 2028: 5}),
        (a_period("2027-12-31", "2028-01-02"), "Mon-Fri", {2027: 1}),  # Friday to Sunday
        (a_period("2028-02-28", "2028-03-01"), "Mon-Fri", {2028: 3}),  # a leap year
        # A new contract from Wednesday on: two days of the old week, one of the new.
        (a_period("2027-05-03", "2027-05-09"), "Mon-Fri; 2027-05-05: Sat", {2027: 3}),
        (a_period("2027-05-03", "2027-05-09"), "Mon-Fri; 2027-05-10: Sat", {2027: 5}),
    ],
)
def test_days_are_counted_for_each_year_in_which_some_are_worked(
    period: Period, week: str, expected: dict[int, int | str]
) -> None:
    counts = count_by_year(count_days(period, weeks(week), NO_HOLIDAYS))
    assert {year: count.days for year, count in counts.items()} == {
        year: Decimal(days) for year, days in expected.items()
    }


def test_a_holiday_costs_nothing_and_says_what_it_is() -> None:
    holidays = {a_day("2027-05-04"): "May the Fourth"}
    days = count_days(a_period("2027-05-03", "2027-05-05"), weeks("Mon-Fri"), holidays)
    assert days == (
        Day(date=a_day("2027-05-03"), cost=Decimal(1)),
        Day(date=a_day("2027-05-04"), cost=Decimal(0), holiday="May the Fourth"),
        Day(date=a_day("2027-05-05"), cost=Decimal(1)),
    )


def test_half_of_a_holiday_costs_nothing_too() -> None:
    holidays = {a_day("2027-05-03"): "May the Third"}
    (day,) = count_days(a_period(half="morning"), weeks("Mon:0.5"), holidays)
    assert day.cost == 0


@pytest.mark.parametrize("half", ["morning", "afternoon"])
def test_half_of_a_day_of_which_half_is_worked_is_refused_with_the_cure(half: str) -> None:
    with pytest.raises(HalfOfHalfDayError, match=r"half of 2027-05-07.*it costs 0\.5"):
        count_days(a_period("2027-05-07", half=half), weeks("Mon-Thu Fri:0.5"), NO_HOLIDAYS)
