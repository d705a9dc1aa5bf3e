from __future__ import annotations

from datetime import timedelta

import pytest

from leave.domain.calendar import Period
from leave.domain.employee import Employment
from tests.leave.builders import TODAY, a_day, a_period, an_employee

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def test_the_last_day_of_employment_is_still_employment() -> None:
    assert not an_employee(end_date=TODAY).has_left(TODAY)
    assert an_employee(end_date=YESTERDAY).has_left(TODAY)
    assert not an_employee(end_date=None).has_left(TODAY)


@pytest.mark.parametrize(
    ("start", "end", "employed"),
    [
        ("", "", True),
        ("2027-03-01", "2027-03-02", True),
        ("2027-03-02", "", False),
        ("", "2027-03-01", False),
        ("2027-03-03", "", False),
        ("", "2027-02-28", False),
    ],
)
def test_leave_lies_within_the_employment_on_all_its_days(
    start: str, end: str, *, employed: bool
) -> None:
    employee = an_employee(
        start_date=a_day(start) if start else None, end_date=a_day(end) if end else None
    )
    assert employee.is_employed(Period(start=TODAY, end=TOMORROW)) is employed


def test_an_employee_does_not_show_the_secret_of_the_feed() -> None:
    employee = an_employee()
    assert employee.feed is not None
    assert employee.feed.reveal() not in f"{employee} {employee!r}"


def test_days_between_two_employments_are_not_employed() -> None:
    employee = an_employee(
        employments=(
            Employment(end=a_day("2027-06-30")),
            Employment(start=a_day("2027-10-01"), end=a_day("2027-12-31")),
        )
    )
    days = ["2020-01-01", "2027-06-30", "2027-07-01", "2027-09-30", "2027-10-01", "2028-01-01"]
    assert [employee.is_employed_on(a_day(day)) for day in days] == [
        True,
        True,
        False,
        False,
        True,
        False,
    ]
    assert not employee.is_employed(a_period("2027-06-30", "2027-10-01"))
    assert not employee.has_left(a_day("2027-08-01"))
    assert (employee.start_date, employee.end_date) == (a_day("2027-10-01"), a_day("2027-12-31"))


def test_employments_without_a_day_between_them_are_one() -> None:
    employee = an_employee(
        employments=(
            Employment(end=a_day("2027-06-30")),
            Employment(start=a_day("2027-07-01")),
        )
    )
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
        an_employee(employments=tuple(map(Employment.parse, spans)))
