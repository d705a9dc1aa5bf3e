"""Reading balances: right at once after the call that changed them."""

from decimal import Decimal

import pytest

from leave.domain.errors import NoAccountsError, NotAllowedError
from leave.domain.policy import Audience, CarryOver, LeaveType, Rules
from leave.domain.values import replace
from leave.services.adjust_balance import AdjustBalance
from leave.services.authorization import Caller
from tests.leave.builders import JIM, a_day, an_adjustment
from tests.leave.services.stage import (
    A_STRANGER_CALLS,
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    FakeStage,
    a_wish,
)

TYPES = (
    LeaveType(id="annual", name="Annual leave"),
    LeaveType(id="special", name="Special leave", days_per_year=Decimal(3)),
    LeaveType(id="care", name="Care leave", days_per_year=Decimal(10), visible_to=Audience.NOBODY),
    LeaveType(id="sick", name="Sick leave", needs_approval=False),
)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage with four leave types, three of them limited, and accounts since 2025."""
    rules = Rules(leave_types=TYPES, carry_over=CarryOver(maximum_days=Decimal(5)))
    stage = FakeStage(rules=rules)
    stage.update(JIM, accounts_since=2025)
    return stage


def shown(stage: FakeStage, caller: Caller, of: str | None = "E002", year: int = 2027) -> list[str]:
    employee, balances = stage.read_leave.balances(caller, employee_id=of, year=year)
    assert employee.employee_id == "E002"
    assert {balance.year for balance in balances} == {year}
    return [balance.leave_type for balance in balances]


def test_every_limited_type_is_told(stage: FakeStage) -> None:
    assert shown(stage, JIM_CALLS, None) == ["annual", "special", "care"]
    assert shown(stage, ADMIN_CALLS) == ["annual", "special", "care"]


def test_a_lead_is_told_only_what_leads_may_know(stage: FakeStage) -> None:
    assert shown(stage, JOHN_CALLS) == ["annual", "special"]


@pytest.mark.parametrize("caller", [JANE_CALLS, A_STRANGER_CALLS])
def test_nobody_else_is_told(stage: FakeStage, caller: Caller) -> None:
    with pytest.raises(NotAllowedError):
        shown(stage, caller)


@pytest.mark.parametrize("year", [2025, 2026, 2027, 2028, 2029])
def test_years_from_the_first_accounts_to_the_furthest_leave_are_told(
    stage: FakeStage, year: int
) -> None:
    assert shown(stage, JIM_CALLS, None, year)


@pytest.mark.parametrize("year", [2000, 2024, 2030, 2100])
def test_a_year_without_accounts_is_refused_with_those_there_are(
    stage: FakeStage, year: int
) -> None:
    with pytest.raises(
        NoAccountsError, match=f"accounts for {year}. Choose a year from 2025 to 2029"
    ):
        shown(stage, JIM_CALLS, None, year)


def test_a_nearer_horizon_hides_no_balance(stage: FakeStage) -> None:
    stage.approved(a_wish("2028-02-01"))
    stage.rules = replace(stage.rules, horizon_days=60)
    assert stage.balance(2028).approved == 1
    adjust = AdjustBalance(clock=stage.clock, begin=stage.begin, rules=stage.rules)
    adjusted = adjust(
        "E002", year=2028, leave_type="annual", days=Decimal(2), reason="given", actor="E004"
    )
    assert (adjusted.approved, adjusted.adjustments) == (1, 2)


def test_the_balance_is_right_at_once_after_each_call(stage: FakeStage) -> None:
    link = stage.asked(a_wish("2027-05-03", "2027-05-05"))
    told = [stage.balance()]
    stage.decide(link)
    told.append(stage.balance())
    cancel = stage.cancelling(link.split(".", maxsplit=1)[0])
    told.append(stage.balance())
    stage.decide(cancel)
    told.append(stage.balance())
    figures = [(b.pending, b.approved, b.available) for b in told]
    assert figures == [(3, 0, 22), (0, 3, 22), (0, 3, 22), (0, 0, 25)]


def test_what_came_over_is_told_with_its_last_day(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-03-29", "2027-04-02"))
    balance = stage.balance()
    assert (balance.carried_in, balance.carried_left) == (5, 2)
    assert balance.carried_until == a_day("2027-03-31")
    assert balance.available == 23


def test_an_adjustment_is_told_and_carried_on(stage: FakeStage) -> None:
    ledger = stage.requests.book("E002", 2027)
    stage.requests.write_ledgers([ledger.with_adjustment(an_adjustment("-22"))])
    assert stage.balance().adjustments == -22
    assert stage.balance().available == 3
    assert stage.balance(2028).carried_in == 3


def test_a_year_that_was_left_before_it_began_grants_nothing(stage: FakeStage) -> None:
    stage.employ(JIM, end=a_day("2027-12-31"))
    assert stage.balance().entitlement == 25
    assert stage.balance(2028).entitlement == 0
