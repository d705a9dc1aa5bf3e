"""What is told of days carried over, which not all leave can be paid with."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from leave.domain.accounts import Returned
from leave.domain.errors import InsufficientBalanceError
from leave.domain.policy import CarryOver, Rules
from leave.domain.views import YearBalance
from tests.leave.builders import JIM, NOW, a_booking, a_day, a_period, an_id
from tests.leave.services.stage import JIM_CALLS, FakeStage, a_wish

MARCH = ("2027-03-29", "2027-04-02")
OCTOBER = ("2027-10-04", "2027-10-06")


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where Jim has 25 days, and 5 more that were carried over, on 1 March."""
    stage = FakeStage(rules=Rules(carry_over=CarryOver(maximum_days=Decimal(5))))
    stage.update(JIM, accounts_since=2026)
    return stage


def balances(stage: FakeStage, request_id: str) -> tuple[YearBalance, ...]:
    request, jim = stage.requests[request_id], stage.directory.employees["E002"]
    return tuple(stage.summaries(stage.begin(), request, jim).balances)


def test_a_brief_shows_carried_days_apart(stage: FakeStage) -> None:
    (balance,) = balances(stage, stage.asked(a_wish(*MARCH)).split(".")[0])
    assert (balance.before, balance.after) == (25, 23)
    assert balance.carried == (5, 2)
    assert balance.carried_until == a_day("2027-03-31")


def test_a_brief_shows_no_carried_days_with_leave_after_their_last_day(stage: FakeStage) -> None:
    (balance,) = balances(stage, stage.asked(a_wish(*OCTOBER)).split(".")[0])
    assert (balance.before, balance.after, balance.carried) == (25, 22, None)


def test_a_brief_shows_no_carried_days_that_have_expired(stage: FakeStage) -> None:
    request_id = stage.asked(a_wish(*OCTOBER)).split(".")[0]
    stage.clock.go_on(timedelta(days=31))
    (balance,) = balances(stage, request_id)
    assert (balance.before, balance.after, balance.carried) == (25, 22, None)


def test_a_brief_shows_what_the_balance_says_and_what_of_it_is_booked_next_year(
    stage: FakeStage,
) -> None:
    """20 days of 2027 are asked for, when 3 of its 25 are booked in 2028 on top of its own 25."""
    stage.clock.moment = NOW.replace(month=11)
    next_year = stage.requests.book("E002", 2028)
    booking = a_booking(an_id(9), a_period("2028-02-01", "2028-03-10"), "28", early="28")
    stage.requests.write_ledgers([next_year.with_booking(booking)])
    (told,) = stage.read_leave.balances(JIM_CALLS, employee_id=None, year=2027)[1]
    assert (told.available, told.booked_later, told.booked_in) == (25, 3, 2028)
    request_id = stage.asked(a_wish("2027-12-01", "2027-12-28")).split(".")[0]
    (balance,) = balances(stage, request_id)
    assert (balance.before, balance.after) == (25, 5)
    assert balance.after == stage.balance().available
    assert (balance.booked_later, balance.booked_in) == (3, 2028)
    stage.change_leave_request.withdraw(JIM_CALLS, request_id)
    request_id = stage.asked(a_wish("2027-12-01", "2027-12-30")).split(".")[0]
    assert balances(stage, request_id)[0].after == 3, "the most that can be asked for"
    stage.change_leave_request.withdraw(JIM_CALLS, request_id)
    with pytest.raises(InsufficientBalanceError):
        stage.asked(a_wish("2027-12-01", "2027-12-31"))


@pytest.mark.parametrize(("days", "lapsed"), [(28, 0), (31, 3)])
def test_after_a_cancellation_the_mail_says_which_days_came_back(
    days: int, lapsed: int, stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = stage.approved(a_wish("2027-03-29", "2027-04-09")).split(".")[0]
    tell, told = stage.emails.outcome_notice, []

    def outcome_notice(request: Any, *, employee: Any, returned: Returned | None = None) -> Any:
        told.append(returned)
        return tell(request, employee=employee)

    monkeypatch.setattr(stage.emails, "outcome_notice", outcome_notice)
    cancel = stage.cancelling(request_id)
    stage.clock.go_on(timedelta(days=days))
    stage.decide(cancel)
    stage.process_lead_response(request_id)
    (returned,) = told
    assert returned is not None
    assert (returned.days, returned.lapsed) == (10, lapsed)
