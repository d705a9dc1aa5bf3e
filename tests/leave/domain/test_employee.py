"""Employments, and the days of annual leave that they give, worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leave.domain.calendar import Dated, Period
from leave.domain.employee import Employment, entitlement, full_months
from tests.leave.builders import TODAY, a_day, a_period, an_employee, employed
from tests.leave.strategies import DAYS_IN_HALVES, FIRST, LAST, dated

DAY = timedelta(days=1)
YEARS, ENDS = st.integers(2026, 2028), st.none() | st.dates(FIRST, LAST)


def employments(*spans: str) -> tuple[Employment, ...]:
    return tuple(map(Employment.parse, spans))


def test_the_last_day_of_employment_is_still_employment() -> None:
    last_days = (TODAY, TODAY - DAY, None)
    assert [an_employee(end_date=end).has_left(TODAY) for end in last_days] == [False, True, False]


@pytest.mark.parametrize(
    ("span", "is_employed"),
    [
        ("/", True),
        ("2027-03-01/2027-03-02", True),
        ("2027-03-02/", False),
        ("/2027-03-01", False),
        ("2027-03-03/", False),
        ("/2027-02-28", False),
    ],
)
def test_leave_lies_within_the_employment_on_all_its_days(span: str, *, is_employed: bool) -> None:
    employee = an_employee(employments=employments(span))
    assert employee.is_employed(Period(start=TODAY, end=TODAY + DAY)) is is_employed


def test_an_employee_does_not_show_the_secret_of_the_feed() -> None:
    employee = an_employee()
    assert employee.feed is not None
    assert employee.feed.reveal() not in f"{employee} {employee!r}"


def test_days_between_two_employments_are_not_employed() -> None:
    employee = an_employee(employments=employments("/2027-06-30", "2027-10-01/2027-12-31"))
    days = ["2020-01-01", "2027-06-30", "2027-07-01", "2027-09-30", "2027-10-01", "2028-01-01"]
    inside = [employee.is_employed_on(a_day(day)) for day in days]
    assert inside == [True, True, False, False, True, False]
    assert not employee.is_employed(a_period("2027-06-30", "2027-10-01"))
    assert not employee.has_left(a_day("2027-08-01"))
    assert (employee.start_date, employee.end_date) == (a_day("2027-10-01"), a_day("2027-12-31"))


def test_the_years_of_an_employment_are_those_with_one_of_its_days() -> None:
    employee = an_employee(employments=employments("2026-12-31/2027-01-01", "2029-01-01/"))
    years = [year for year in range(2025, 2032) if employee.is_employed_in(year)]
    assert years == [2026, 2027, 2029, 2030, 2031]


def test_employments_without_a_day_between_them_are_one() -> None:
    employee = an_employee(employments=employments("/2027-06-30", "2027-07-01/"))
    assert employee.joined_employments == (Employment(),)
    assert employee.is_employed(a_period("2027-06-30", "2027-07-01"))


@pytest.mark.parametrize(
    "spans",
    [
        [],
        ["/2027-06-30", "2027-06-30/"],
        ["2028-01-01/", "2027-01-01/2027-06-30"],
        ["/", "2027-01-01/"],
        ["/2027-06-30", "/"],
        ["2027-07-02/2027-07-01"],
    ],
)
def test_employments_are_in_order_and_apart(spans: list[str]) -> None:
    with pytest.raises(ValueError, match=r"employment|is before"):
        an_employee(employments=employments(*spans))


# The entitlement of a year


@pytest.mark.parametrize(
    ("days", "span", "expected"),
    [
        ("25", "2027-01-01/2027-12-31", "25"),
        ("25", "2028-01-01/", "0"),
        ("25", "/2026-12-31", "0"),
        # Joiners: a twelfth of 25 for each whole month, 2.0833…
        ("25", "2027-01-02/", "23"),  # 11 months: 22.9166… is up to a whole day
        ("25", "2027-03-01/", "21"),  # 10 months: 20.8333…
        ("25", "2027-07-01/", "13"),  # 6 months: 12.5 is half a day, so a whole one
        ("25", "2027-07-02/", "10.5"),  # 5 months: 10.4166… is up to half a day
        ("25", "2027-10-01/", "6.5"),  # 3 months: 6.25
        ("25", "2027-12-01/", "2.5"),  # 1 month: 2.0833…
        ("25", "2027-12-02/", "0"),
        # Leavers, with the last day of a month and with the day before it.
        ("25", "/2027-06-30", "13"),
        ("25", "/2027-06-29", "10.5"),
        ("25", "/2027-01-30", "0"),
        # Both in one year.
        ("25", "2027-03-01/2027-08-31", "13"),
        ("25", "2027-03-15/2027-03-31", "0"),
        ("25", "2027-03-02/2027-04-30", "2.5"),
        # The statutory minimum of a five-day week, and numbers that come out even.
        ("20", "2027-05-01/", "13.5"),  # 13.3333…
        ("30", "2027-12-01/", "3"),  # 2.5
        ("24", "2027-06-01/", "14"),
        ("0", "2027-06-01/", "0"),
        ("25.5", "/", "25.5"),
        ("12.5", "2027-07-01/", "6.5"),  # 6.25
        # A new number of days during the year counts from its first full month on.
        ("25; 2027-07-01: 30", "/", "28"),  # 12.5 + 15 = 27.5
        ("25; 2027-07-02: 30", "/", "27.5"),  # 14.5833… + 12.5 = 27.0833…
        ("25; 2028-01-01: 30", "/", "25"),
        ("24; 2027-07-01: 12", "2027-04-01/", "12"),  # 6 + 6
    ],
)
def test_days_are_granted_by_full_months(days: str, span: str, expected: str) -> None:
    granted = entitlement(Dated.parse(days, Decimal), 2027, employments(span))
    assert granted == Decimal(expected)


def test_february_is_full_on_its_last_day_in_leap_years_too() -> None:
    spans = (employments("/2028-02-29"), employments("/2028-02-28"))
    assert [entitlement(Dated(Decimal(24)), 2028, span) for span in spans] == [4, 2]


def test_each_employment_gives_leave_of_its_own() -> None:
    twice, days = employments("/2027-06-30", "2027-10-01/"), Dated(Decimal(25))
    assert [entitlement(days, year, twice) for year in (2027, 2028)] == [Decimal("19.5"), 25]


@given(YEARS, ENDS, ENDS)
def test_a_full_month_is_employed_on_each_of_its_days(
    year: int, start: date | None, end: date | None
) -> None:
    days = [date(year, 1, 1) + offset * DAY for offset in range(366)]
    missing = {
        day.month for day in days if day.year == year and not (start or day) <= day <= (end or day)
    }
    assert list(full_months(year, start, end)) == sorted({*range(1, 13)} - missing)


@given(dated(DAYS_IN_HALVES), YEARS, ENDS, ENDS)
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
    assert entitlement(Dated(days), 2027, employed(day + DAY)) <= earlier <= days
