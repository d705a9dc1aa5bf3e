from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.calendar import Dated, WorkingWeek
from tests.leave.builders import a_day
from tests.leave.strategies import DAYS_IN_HALVES, FIRST, LAST, WEEKS, dated


def written(days: Decimal) -> str:
    return f"{days:f}"


@given(dated(DAYS_IN_HALVES))
def test_days_with_their_history_read_back_as_themselves(days: Dated[Decimal]) -> None:
    assert Dated.parse(days.format(written), Decimal) == days


@given(dated(WEEKS))
def test_weeks_with_their_history_read_back_as_themselves(weeks: Dated[WorkingWeek]) -> None:
    assert Dated.parse(weeks.format(str), WorkingWeek.parse) == weeks


@given(dated(DAYS_IN_HALVES), st.dates(FIRST, LAST))
def test_the_value_on_a_day_is_that_of_the_last_change_up_to_it(
    days: Dated[Decimal], day: date
) -> None:
    changes = {since: value for since, value in days.changes if since <= day}
    assert days.on(day) == (changes[max(changes)] if changes else days.first)


def test_a_value_is_in_force_from_its_very_day_on() -> None:
    days = Dated.parse("25; 2027-06-01: 28; 2028-01-01: 30", Decimal)
    assert days.on(date.min) == 25
    assert days.on(a_day("2027-05-31")) == 25
    assert days.on(a_day("2027-06-01")) == 28
    assert days.on(a_day("2027-12-31")) == 28
    assert days.on(a_day("2028-01-01")) == 30
    assert days.on(date.max) == 30


def test_one_value_is_in_force_for_ever() -> None:
    assert Dated.parse("25", Decimal) == Dated(Decimal(25))
    assert Dated(Decimal(25)).on(date.min) == 25
    assert Dated(Decimal(25)).format(written) == "25"


def test_spaces_do_not_matter() -> None:
    assert Dated.parse("  25 ;2027-06-01 :  28 ", Decimal) == Dated(
        Decimal(25), ((a_day("2027-06-01"), Decimal(28)),)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("25;", "must be '2027-01-01: value', not ''"),
        ("25; 28", "not '28'"),
        ("25; 2027-13-01: 28", "month"),
        ("25; tomorrow: 28", "a day of change must be a day such as 2027-01-01"),
        ("25; 2027-W01-1: 28", "a day of change must be a day such as 2027-01-01"),
        ("25; 20270101: 28", "a day of change must be a day such as 2027-01-01"),
        ("25; \uff12027-01-01: 28", "a day of change must be a day such as 2027-01-01"),
        ("25; 2027-02-30: 28", "day"),
        ("25; 2028-01-01: 28; 2027-01-01: 30", "in order, each once"),
        ("25; 2027-01-01: 28; 2027-01-01: 30", "in order, each once"),
    ],
)
def test_what_has_no_days_or_no_order_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Dated.parse(text, Decimal)


def test_changes_have_to_be_in_order_however_they_are_made() -> None:
    day = a_day("2027-01-01")
    with pytest.raises(ValueError, match="in order"):
        Dated(1, ((day, 2), (day - timedelta(days=1), 3)))
