from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given

from leave.domain.calendar import HalfDay, Period
from tests.leave.builders import a_day, a_period
from tests.leave.strategies import periods


def claimed_halves(period: Period) -> set[tuple[date, HalfDay]]:
    """Return every half of every day a period claims: the naive way to tell an overlap."""
    halves: set[tuple[date, HalfDay]] = set()
    day = period.start
    while day <= period.end:
        for half in HalfDay:
            if period.half_day in {None, half}:
                halves.add((day, half))
        day += timedelta(days=1)
    return halves


@given(periods(), periods())
def test_two_periods_overlap_exactly_when_they_claim_the_same_half_of_a_day(
    one: Period, other: Period
) -> None:
    assert one.overlaps(other) == bool(claimed_halves(one) & claimed_halves(other))


@given(periods(longest=3), periods(longest=3))
def test_overlap_is_symmetric(one: Period, other: Period) -> None:
    assert one.overlaps(other) == other.overlaps(one)


@given(periods())
def test_a_period_overlaps_itself(period: Period) -> None:
    assert period.overlaps(period)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (a_period("2027-05-03"), a_period("2027-05-03"), True),
        (a_period("2027-05-03"), a_period("2027-05-04"), False),
        (a_period("2027-05-03", "2027-05-05"), a_period("2027-05-05", "2027-05-09"), True),
        (a_period("2027-05-03", half="morning"), a_period("2027-05-03", half="afternoon"), False),
        (a_period("2027-05-03", half="morning"), a_period("2027-05-03", half="morning"), True),
        (a_period("2027-05-03", half="morning"), a_period("2027-05-03"), True),
        (a_period("2027-05-03", half="morning"), a_period("2027-05-01", "2027-05-09"), True),
        (a_period("2027-05-03", half="morning"), a_period("2027-05-04", half="morning"), False),
    ],
)
def test_halves_of_one_day_overlap_only_when_they_are_the_same_half(
    one: Period, other: Period, *, expected: bool
) -> None:
    assert one.overlaps(other) is expected
    assert other.overlaps(one) is expected


@given(periods())
def test_days_are_all_the_days_from_start_to_end(period: Period) -> None:
    days = list(period.days())
    assert days[0] == period.start
    assert days[-1] == period.end
    assert len(days) == period.length
    assert all(later - day == timedelta(days=1) for day, later in itertools.pairwise(days))


@given(periods(longest=800))
def test_years_are_exactly_the_years_of_the_days(period: Period) -> None:
    assert list(period.years()) == sorted({day.year for day in period.days()})


def test_a_period_can_reach_the_last_day_of_the_calendar() -> None:
    period = a_period("9999-12-30", "9999-12-31")
    assert list(period.days()) == [a_day("9999-12-30"), a_day("9999-12-31")]


def test_a_period_can_not_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match=r"2027-05-02, is before the start, 2027-05-03"):
        a_period("2027-05-03", "2027-05-02")


def test_half_a_day_can_not_span_days() -> None:
    with pytest.raises(ValueError, match="single day"):
        a_period("2027-05-03", "2027-05-04", "morning")


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (a_period("2027-05-03"), "2027-05-03"),
        (a_period("2027-05-03", "2027-05-07"), "2027-05-03 to 2027-05-07"),
        (a_period("2027-05-03", half="afternoon"), "2027-05-03 (afternoon)"),
    ],
)
def test_a_period_reads_as_people_write_it(period: Period, text: str) -> None:
    assert str(period) == text


@given(periods(), periods())
def test_different_periods_read_differently(one: Period, other: Period) -> None:
    """The fingerprint of an Idempotency-Key's body is made of this text."""
    assert (str(one) == str(other)) == (one == other)
