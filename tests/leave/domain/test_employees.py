from __future__ import annotations

from datetime import timedelta

import pytest

from leave.domain.periods import Period
from tests.leave.builders import TODAY, a_day, an_employee

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
