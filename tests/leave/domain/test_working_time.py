from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.periods import Period
from leave.domain.working_time import WorkingWeek, count_working_days
from tests.leave.builders import MONDAY_TO_FRIDAY, a_day, a_period
from tests.leave.strategies import WEEKS, periods

NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@given(WEEKS)
def test_a_week_reads_back_as_itself(week: WorkingWeek) -> None:
    assert WorkingWeek.parse(str(week)) == week


@given(WEEKS)
def test_a_week_can_be_written_day_by_day(week: WorkingWeek) -> None:
    suffix = {Decimal(1): "", Decimal("0.5"): ":0.5"}
    text = " ".join(
        name + suffix[part] for name, part in zip(NAMES, week.fractions, strict=True) if part
    )
    assert WorkingWeek.parse(text) == week


@pytest.mark.parametrize(
    ("text", "fractions"),
    [
        ("Mon-Fri", "1 1 1 1 1 0 0"),
        ("Mon-Thu Fri:0.5", "1 1 1 1 0.5 0 0"),
        ("Mon-Tue:0.5 Sat", "0.5 0.5 0 0 0 1 0"),
        ("Sun Mon", "1 0 0 0 0 0 1"),
        ("  Wed  ", "0 0 1 0 0 0 0"),
        ("Mon-Mon", "1 0 0 0 0 0 0"),
    ],
)
def test_a_week_names_its_working_days(text: str, fractions: str) -> None:
    assert WorkingWeek.parse(text).fractions == tuple(map(Decimal, fractions.split()))


@pytest.mark.parametrize(
    "text",
    [
        "Mon-Fri Fri",
        "Mon Mon",
        "Fri-Mon",
        "Mon-",
        "-Fri",
        "mon-fri",
        "Monday",
        "Mon-Fri,Sat",
        "Mon:1",
        "Mon:0.25",
        "Mon:0.50",
        "Mon:0x5",
        "5",
    ],
)
def test_what_is_no_week_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 'Mon-Fri'.*not '"):
        WorkingWeek.parse(text)


@given(st.text(max_size=12))
def test_any_text_is_a_week_or_refused(text: str) -> None:
    try:
        week = WorkingWeek.parse(text)
    except ValueError:
        return
    assert WorkingWeek.parse(str(week)) == week


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="7 days, not 5"):
        WorkingWeek((Decimal(1),) * 5)


def test_a_week_knows_its_weekdays() -> None:
    assert MONDAY_TO_FRIDAY.on(a_day("2027-03-05")) == 1  # a Friday
    assert MONDAY_TO_FRIDAY.on(a_day("2027-03-06")) == 0  # a Saturday


def naively_counted(period: Period, week: WorkingWeek) -> dict[int, Decimal]:
    """Walk from day to day with a stride of its own: the oracle."""
    counted: dict[int, Decimal] = {}
    day = period.start
    while True:
        worked = week.fractions[(day.toordinal() - 1) % 7]  # day 1 of year 1 was a Monday
        if period.half_day is not None:
            worked /= 2
        counted[day.year] = counted.get(day.year, Decimal(0)) + worked
        if day == period.end:
            return counted
        day += timedelta(days=1)


@given(periods(longest=800), WEEKS)
def test_working_days_are_what_a_day_by_day_walk_finds(period: Period, week: WorkingWeek) -> None:
    assert dict(count_working_days(period, week)) == naively_counted(period, week)


@given(periods(longest=60), WEEKS, st.integers(0, 59))
def test_a_period_costs_what_its_two_parts_cost(
    period: Period, week: WorkingWeek, cut: int
) -> None:
    middle = period.start + timedelta(days=cut)
    if middle >= period.end:
        return
    parts = (
        Period(start=period.start, end=middle),
        Period(start=middle + timedelta(days=1), end=period.end),
    )
    cost = sum((sum(count_working_days(part, week).values()) for part in parts), Decimal(0))
    assert cost == sum(count_working_days(period, week).values())


@pytest.mark.parametrize(
    ("period", "week", "expected"),
    [
        (a_period("2027-05-03"), "Mon-Fri", {2027: 1}),
        (a_period("2027-05-03", "2027-05-16"), "Mon-Fri", {2027: 10}),
        (a_period("2027-05-08", "2027-05-09"), "Mon-Fri", {2027: 0}),
        (a_period("2027-05-03", half="morning"), "Mon-Fri", {2027: "0.5"}),
        (a_period("2027-05-07", half="afternoon"), "Mon-Thu Fri:0.5", {2027: "0.25"}),
        (a_period("2027-12-27", "2028-01-07"), "Mon-Fri", {2027: 5, 2028: 5}),
        (a_period("2028-02-28", "2028-03-01"), "Mon-Fri", {2028: 3}),
    ],
)
def test_days_are_counted_for_each_year(
    period: Period, week: str, expected: dict[int, int | str]
) -> None:
    counted = count_working_days(period, WorkingWeek.parse(week))
    assert counted == {year: Decimal(days) for year, days in expected.items()}
