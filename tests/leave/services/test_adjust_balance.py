"""Adjustments under an Idempotency-Key, repeated and at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from leave.domain.errors import ConflictError, IdempotencyMismatchError, UnavailableError
from leave.domain.policy import CarryOver, Rules
from leave.services.authorization import Caller
from tests.leave.hooks import raising
from tests.leave.services.stage import ADMIN_CALLS, FakeStage, a_wish

OTHER_ADMIN = Caller(email="other@foo.com", in_admins=True)
WEEK = timedelta(days=7)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage whose days are carried over."""
    return FakeStage(rules=Rules(carry_over=CarryOver(maximum_days=Decimal(5))))


def days(stage: FakeStage, year: int = 2027) -> list[Decimal]:
    return [one.days for one in stage.requests.book("E002", year).adjustments]


def test_a_repeated_call_gets_the_numbers_of_the_first_one(stage: FakeStage) -> None:
    stage.approved(a_wish("2027-05-03", "2027-05-05"))
    stage.approved(a_wish("2028-01-10", "2028-02-14"))
    first = stage.adjust("2.5", key="one")
    assert (first.balance.booked_later, first.balance.booked_in) == (1, 2028)
    stage.adjust("3", key="two")
    assert stage.adjust("2.5", key="one") == first
    assert days(stage) == [Decimal("2.5"), Decimal(3)]


def test_a_key_is_the_callers_and_good_for_a_week(stage: FakeStage) -> None:
    stage.adjust("1", key="one")
    stage.adjust("2", key="one", by=OTHER_ADMIN)
    stage.clock.go_on(WEEK - timedelta(seconds=1))
    with pytest.raises(IdempotencyMismatchError):
        stage.adjust("3", key="one")
    stage.clock.go_on(timedelta(seconds=1))
    stage.adjust("3", key="one")
    assert days(stage) == [1, 2, 3]


def test_a_key_of_another_route_stands_for_something_else(stage: FakeStage) -> None:
    wish = a_wish("2027-05-03")
    stage.request_leave(ADMIN_CALLS, wish, employee_id="E002", idempotency_key="one")
    stage.adjust("1", key="one")
    assert (days(stage), stage.booked()) == ([1], 1)


@pytest.mark.parametrize("key", [None, "one"])
def test_an_adjustment_whose_answer_was_lost_counts_once(stage: FakeStage, key: str | None) -> None:
    # What AWS says when the client repeats a conditional write that had been done.
    stage.requests.hooks.after("write_ledgers", raising(ConflictError("another was first")))
    assert stage.adjust("2", key=key).balance.available == 27
    assert days(stage) == [2]


def test_a_call_that_stops_after_the_write_is_repeated_safely(stage: FakeStage) -> None:
    stage.requests.hooks.after("write_ledgers", raising(UnavailableError("no answer")))
    with pytest.raises(UnavailableError):
        stage.adjust("2", key="one")
    repeated = stage.adjust("2", key="one")
    assert (repeated.balance.available, days(stage)) == (27, [2])


def test_two_at_once_both_count_and_one_key_counts_once(stage: FakeStage) -> None:
    stage.requests.hooks.before("write_ledgers", lambda: stage.adjust("3", by=OTHER_ADMIN))
    stage.adjust("2")
    assert days(stage) == [3, 2]
    stage.requests.hooks.before("write_ledgers", lambda: stage.adjust("1", key="one"))
    stage.adjust("1", key="one")
    assert days(stage) == [3, 2, 1]


def test_the_years_after_are_settled_in_the_same_write(stage: FakeStage) -> None:
    stage.adjust("1", year=2028, key="one")
    assert stage.requests.book("E002", 2028).carried_in == 5
    stage.adjust("-22", key="two")
    assert stage.requests.book("E002", 2028).carried_in == 3
