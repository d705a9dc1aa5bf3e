"""How requests, balances and absences look in JSON, held against the documented schemas."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.accounts import Balance
from leave.domain.calendar import Period
from leave.domain.history import Event, Person
from leave.domain.ledger import Absence
from leave.domain.policy import Plan
from leave.domain.request import LeaveRequest
from leave.domain.values import replace
from leave.domain.views import VisibleRequest
from leave.functions.presenting import (
    json_number,
    present_absence,
    present_balance,
    present_request,
)
from tests.leave.builders import (
    JIM,
    NOW,
    R1,
    a_booking,
    a_cancellation,
    a_count,
    a_day,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
)
from tests.leave.functions.replies import validator
from tests.leave.strategies import (
    COUNTS,
    DAYS_IN_HALVES,
    EVENTS,
    NAMES,
    PEOPLE,
    SIGNED_DAYS,
    TEXTS,
    periods,
    requests,
)

PLANS = st.builds(
    Plan,
    leave_type=NAMES,
    period=periods(),
    counts=st.dictionaries(
        st.integers(2000, 2100), COUNTS.filter(lambda c: c.days > 0), min_size=1, max_size=2
    ),
    reason=TEXTS,
    warnings=st.lists(TEXTS, max_size=2).map(tuple),
)
BALANCES = st.builds(
    Balance,
    leave_type=NAMES,
    year=st.integers(2000, 2100),
    entitlement=st.none() | DAYS_IN_HALVES,
    carried_in=SIGNED_DAYS,
    carried_left=DAYS_IN_HALVES,
    carried_until=st.none() | st.dates(),
    adjustments=SIGNED_DAYS,
    approved=DAYS_IN_HALVES,
    pending=DAYS_IN_HALVES,
    available=st.none() | SIGNED_DAYS,
)


@pytest.mark.parametrize(
    ("days", "text"),
    [("1", "1"), ("1.0", "1"), ("0.5", "0.5"), ("-2.5", "-2.5"), ("1E+1", "10"), ("0", "0")],
)
def test_days_look_in_json_as_people_write_them(days: str, text: str) -> None:
    assert json.dumps(json_number(Decimal(days))) == text


def shown(request: LeaveRequest) -> dict[str, Any]:
    """Return what the employee gets to see."""
    return present_request(VisibleRequest(request=request, plan=request.plan, discreet=False))


@given(SIGNED_DAYS)
def test_no_half_day_is_lost(days: Decimal) -> None:
    assert Decimal(json.dumps(json_number(days))) == days


@given(
    request=requests(),
    plan=PLANS,
    history=st.lists(EVENTS, max_size=3).map(tuple),
    employee=PEOPLE,
    discreet=st.booleans(),
)
def test_any_request_is_presented_as_documented(
    request: LeaveRequest,
    plan: Plan,
    history: tuple[Event, ...],
    employee: Person,
    *,
    discreet: bool,
) -> None:
    request = replace(request, request_id=R1, plan=plan, history=history, employee=employee)
    presented = present_request(
        VisibleRequest(request=request, plan=request.plan, discreet=discreet)
    )
    validator("LeaveRequest").validate(json.loads(json.dumps(presented)))


@given(BALANCES)
def test_any_balance_is_presented_as_documented(balance: Balance) -> None:
    validator("Balance").validate(json.loads(json.dumps(present_balance(balance))))


@given(periods(), NAMES)
def test_any_absence_is_presented_as_documented(period: Period, name: str) -> None:
    absence = Absence(
        employee=replace(JIM, name=name),
        booking=replace(a_booking(status="approved"), period=period),
    )
    validator("Absence").validate(json.loads(json.dumps(present_absence(absence))))


def test_the_schemas_would_notice() -> None:
    good = shown(a_request())
    for spoilt in (
        good | {"extra": 1},
        good | {"workingDays": 0.25},
        good | {"start": "3 May"},
        good | {"status": "open"},
        {name: value for name, value in good.items() if name != "reason"},
    ):
        assert not validator("LeaveRequest").is_valid(spoilt)


def test_a_discreet_request_is_without_type_and_reason() -> None:
    request = a_request(plan=a_plan(leave_type="sick", reason="My operation"))
    discreet = present_request(VisibleRequest(request=request, plan=request.plan, discreet=True))
    assert (discreet["type"], discreet["reason"]) == (None, None)
    assert {k: v for k, v in shown(request).items() if discreet[k] != v} == {
        "type": "sick",
        "reason": "My operation",
    }


def test_a_cancellation_that_is_asked_is_told_beside_the_status() -> None:
    assert shown(a_cancellation())["cancellationAsked"] is True
    for request in (a_request(), an_asked_request(), a_decided_request()):
        assert shown(request)["cancellationAsked"] is False


def test_a_history_tells_moments_in_utc_and_words() -> None:
    events = shown(a_decided_request("denied", "No one else"))["history"]
    assert events[-1] == {
        "at": "2027-03-01T09:30:00Z",
        "what": "denied",
        "who": "E001",
        "channel": "link",
        "comment": "No one else",
    }
    assert NOW.isoformat() == "2027-03-01T09:30:00+00:00"


def test_days_of_all_years_are_told_in_one_sum() -> None:
    period = a_period("2027-12-27", "2028-01-07")
    plan = a_plan(period, counts={2027: a_count("5"), 2028: a_count("4.5")})
    assert shown(a_request(plan=plan))["workingDays"] == 9.5


def test_a_balance_without_a_limit_has_nulls() -> None:
    names = ("carried_in", "carried_left", "adjustments", "approved", "pending")
    balance = Balance(
        leave_type="sick",
        year=2027,
        entitlement=None,
        carried_until=a_day("2027-03-31"),
        available=None,
        **dict.fromkeys(names, Decimal("2.5")),
    )
    presented = present_balance(balance)
    assert (presented["entitlement"], presented["available"]) == (None, None)
    assert (presented["approved"], presented["carriedUntil"]) == (2.5, "2027-03-31")
