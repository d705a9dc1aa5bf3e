"""Days of annual leave in a year, worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leave.domain.calendar import Dated
from leave.domain.employee import Employment, entitlement, full_months
from tests.leave.builders import a_day, employed
from tests.leave.strategies import DAYS_IN_HALVES, FIRST, LAST, dated


def entitled(days: str, year: int = 2027, start: str = "", end: str = "") -> Decimal:
    return entitlement(
        Dated.parse(days, Decimal),
        year,
        employed(a_day(start) if start else None, a_day(end) if end else None),
    )


@pytest.mark.parametrize(
    ("days", "start", "end", "expected"),
    [
        ("25", "", "", "25"),
        ("25", "2020-01-01", "", "25"),
        ("25", "2027-01-01", "2027-12-31", "25"),
        ("25", "2028-01-01", "", "0"),
        ("25", "", "2026-12-31", "0"),
        # Joiners: a twelfth of 25 for each whole month, 2.0833…
        ("25", "2027-01-02", "", "23"),  # 11 months: 22.9166… is up to a whole day
        ("25", "2027-02-01", "", "23"),
        ("25", "2027-03-01", "", "21"),  # 10 months: 20.8333…
        ("25", "2027-04-01", "", "19"),  # 9 months: 18.75
        ("25", "2027-05-01", "", "17"),  # 8 months: 16.6666…
        ("25", "2027-06-01", "", "15"),  # 7 months: 14.5833…
        ("25", "2027-07-01", "", "13"),  # 6 months: 12.5 is half a day, so a whole one
        ("25", "2027-07-02", "", "10.5"),  # 5 months: 10.4166… is up to half a day
        ("25", "2027-09-01", "", "8.5"),  # 4 months: 8.3333…
        ("25", "2027-10-01", "", "6.5"),  # 3 months: 6.25
        ("25", "2027-11-01", "", "4.5"),  # 2 months: 4.1666…
        ("25", "2027-12-01", "", "2.5"),  # 1 month: 2.0833…
        ("25", "2027-12-02", "", "0"),
        ("25", "2027-12-31", "", "0"),
        # Leavers, with the last day of a month and with the day before it.
        ("25", "", "2027-01-31", "2.5"),
        ("25", "", "2027-01-30", "0"),
        ("25", "", "2027-02-28", "4.5"),
        ("25", "", "2027-06-30", "13"),
        ("25", "", "2027-06-29", "10.5"),
        ("25", "", "2027-12-30", "23"),
        # Both in one year.
        ("25", "2027-03-01", "2027-08-31", "13"),
        ("25", "2027-03-15", "2027-03-31", "0"),
        ("25", "2027-03-02", "2027-04-30", "2.5"),
        # The statutory minimum of a five-day week, and numbers that come out even.
        ("20", "2027-04-01", "", "15"),
        ("20", "2027-05-01", "", "13.5"),  # 13.3333…
        ("30", "2027-12-01", "", "3"),  # 2.5
        ("24", "2027-06-01", "", "14"),
        ("0", "2027-06-01", "", "0"),
        ("25.5", "", "", "25.5"),
        ("12.5", "2027-07-01", "", "6.5"),  # 6.25
        # A new number of days during the year counts from its first full month on.
        ("25; 2027-07-01: 30", "", "", "28"),  # 12.5 + 15 = 27.5
        ("25; 2027-07-02: 30", "", "", "27.5"),  # 14.5833… + 12.5 = 27.0833…
        ("25; 2027-01-01: 30", "", "", "30"),
        ("25; 2028-01-01: 30", "", "", "25"),
        ("24; 2027-07-01: 12", "2027-04-01", "", "12"),  # 6 + 6
        ("24; 2027-07-01: 24", "", "", "24"),
    ],
)
def test_days_are_granted_by_full_months(days: str, start: str, end: str, expected: str) -> None:
    assert entitled(days, 2027, start, end) == Decimal(expected)


def test_february_is_full_on_its_last_day_in_leap_years_too() -> None:
    assert entitled("24", 2028, end="2028-02-29") == 4
    assert entitled("24", 2028, end="2028-02-28") == 2


@given(
    st.integers(2026, 2028),
    st.none() | st.dates(FIRST, LAST),
    st.none() | st.dates(FIRST, LAST),
)
def test_a_full_month_is_employed_on_each_of_its_days(
    year: int, start: date | None, end: date | None
) -> None:
    def is_employed(day: date) -> bool:
        return (start is None or start <= day) and (end is None or day <= end)

    expected = [
        month
        for month in range(1, 13)
        if all(is_employed(day) for day in days_of_year(year) if day.month == month)
    ]
    assert list(full_months(year, start, end)) == expected


def days_of_year(year: int) -> list[date]:
    days = [date(year, 1, 1) + timedelta(days=offset) for offset in range(366)]
    return [day for day in days if day.year == year]


@given(
    dated(DAYS_IN_HALVES),
    st.integers(2026, 2028),
    st.none() | st.dates(FIRST, LAST),
    st.none() | st.dates(FIRST, LAST),
)
def test_nobody_loses_a_fraction_nor_wins_half_a_day_more(
    days: Dated[Decimal], year: int, start: date | None, end: date | None
) -> None:
    assume(start is None or end is None or start <= end)
    granted = entitlement(days, year, employed(start, end))
    months = [days.on(date(year, month, 1)) for month in full_months(year, start, end)]
    exact = sum(map(Fraction, months), Fraction(0)) / 12
    assert exact <= Fraction(granted) <= exact + Fraction(1, 2)
    assert granted * 2 == int(granted * 2)


@given(DAYS_IN_HALVES, st.dates(date(2027, 1, 1), date(2027, 12, 30)))
def test_who_joins_later_never_has_more(days: Decimal, day: date) -> None:
    earlier = entitlement(Dated(days), 2027, employed(day))
    assert entitlement(Dated(days), 2027, employed(day + timedelta(days=1))) <= earlier <= days


def test_each_employment_gives_leave_of_its_own() -> None:
    left, again = Employment(end=a_day("2027-06-30")), Employment(start=a_day("2027-10-01"))
    days = Dated(Decimal(25))
    assert entitlement(days, 2027, (left, again)) == Decimal("19.5")
    assert entitlement(days, 2028, (left, again)) == 25
