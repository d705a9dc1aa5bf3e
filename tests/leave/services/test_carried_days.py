"""What is told of days carried over, which not all leave can be paid with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.rules import CarryOver, Rules
from tests.leave.builders import JIM, a_day
from tests.leave.services.stage import FakeStage, a_wish

if TYPE_CHECKING:
    from leave.domain.accounts import Returned
    from leave.domain.briefs import YearBalance

MARCH = ("2027-03-29", "2027-04-02")
OCTOBER = ("2027-10-04", "2027-10-06")


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where Jim has 25 days, and 5 more that were carried over, on 1 March."""
    stage = FakeStage(rules=Rules(carry_over=CarryOver(maximum_days=Decimal(5))))
    stage.directory.put(replace(JIM, accounts_since=2026))
    return stage


def balances(stage: FakeStage, request_id: str) -> tuple[YearBalance, ...]:
    request, jim = stage.requests[request_id], stage.directory.employees["E002"]
    return tuple(stage.briefing(request, jim, stage.requests).balances)


@pytest.mark.parametrize(
    ("days", "after", "carried_after"), [(MARCH, 23, 2), (OCTOBER, 22, 5)], ids=["March", "October"]
)
def test_a_brief_shows_carried_days_apart(
    days: tuple[str, str], after: int, carried_after: int, stage: FakeStage
) -> None:
    (balance,) = balances(stage, stage.asked(a_wish(*days)).split(".")[0])
    assert (balance.before, balance.after) == (25, after)
    assert balance.carried == (5, carried_after)
    assert balance.carried_until == a_day("2027-03-31")


def test_a_brief_shows_no_carried_days_that_have_expired(stage: FakeStage) -> None:
    request_id = stage.asked(a_wish(*OCTOBER)).split(".")[0]
    stage.clock.go_on(timedelta(days=31))
    (balance,) = balances(stage, request_id)
    assert (balance.before, balance.after, balance.carried) == (25, 22, None)


@pytest.mark.parametrize(("days", "lapsed"), [(28, 0), (31, 3)])
def test_after_a_cancellation_the_mail_says_which_days_came_back(
    days: int, lapsed: int, stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = stage.approved(a_wish("2027-03-29", "2027-04-09")).split(".")[0]
    tell, told = stage.letters.tell_employee, []

    def tell_employee(request: Any, *, employee: Any, returned: Returned | None = None) -> Any:
        told.append(returned)
        return tell(request, employee=employee)

    monkeypatch.setattr(stage.letters, "tell_employee", tell_employee)
    cancel = stage.cancelling(request_id)
    stage.clock.go_on(timedelta(days=days))
    stage.decide(cancel)
    stage.process_lead_response(request_id)
    (returned,) = told
    assert returned is not None
    assert (returned.days, returned.lapsed) == (10, lapsed)
