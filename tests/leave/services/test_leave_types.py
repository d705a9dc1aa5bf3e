"""What the rules of a leave type do to a request for it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from leave.domain.errors import (
    InsufficientBalanceError,
    NoApproverError,
    NoticeTooShortError,
    TooLongError,
    UnavailableError,
)
from leave.domain.history import EventType, Status
from leave.domain.policy import LeaveType, Rules
from leave.domain.values import Secret
from leave.services.request_leave import START_GRACE
from tests.leave.builders import R1
from tests.leave.hooks import raising
from tests.leave.services.stage import (
    JIM_CALLS,
    JOHN_CALLS,
    FakeStage,
    a_wish,
)

ANNUAL = LeaveType(
    id="annual", name="Annual leave", minimum_notice_days=14, maximum_days=Decimal(10)
)
SPECIAL = LeaveType(id="special", name="Special leave", days_per_year=Decimal(2))
FLEXIBLE = LeaveType(
    id="flexible", name="Flexible leave", days_per_year=Decimal(2), may_go_negative=True
)
SICK = LeaveType(id="sick", name="Sick leave", needs_approval=False)
SICK_WISH = a_wish(leave_type="sick", reason="Flu")


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage with four leave types."""
    return FakeStage(rules=Rules(leave_types=(ANNUAL, SPECIAL, FLEXIBLE, SICK)))


@pytest.mark.parametrize("day", ["2027-03-14", "2027-03-08", "2027-03-01"])
def test_what_has_to_be_asked_for_early_is_refused_late(stage: FakeStage, day: str) -> None:
    with pytest.raises(NoticeTooShortError, match=r"Annual leave .* 14 days before its first day"):
        stage.request_leave(JIM_CALLS, a_wish(day, "2027-03-17"))
    assert not stage.requests.stored


def test_notice_is_counted_in_calendar_days_to_the_first_day(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-03-15"))
    stage.request_leave(JIM_CALLS, a_wish("2027-03-01", leave_type="sick"))
    assert len(stage.requests.stored) == 2


def test_a_request_has_a_longest_length_in_working_days(stage: FakeStage) -> None:
    with pytest.raises(
        TooLongError, match="limited to 10 working days a request; this request has 11"
    ):
        stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-17"))
    assert stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-16")).working_days == 10


def test_each_limited_type_has_days_of_its_own(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-04", leave_type="special"))
    with pytest.raises(InsufficientBalanceError, match="and 0 are left"):
        stage.request_leave(JIM_CALLS, a_wish("2027-05-05", leave_type="special"))
    stage.request_leave(JIM_CALLS, a_wish("2027-05-05"))
    assert stage.balance(2027, "special").available == 0
    assert stage.balance(2027).available == 24


def test_a_type_may_go_negative(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-07", leave_type="flexible"))
    assert stage.balance(2027, "flexible").available == -3
    assert stage.balance(2028, "flexible").available == 2, "only annual leave is carried over"


def test_an_unlimited_type_is_never_used_up(stage: FakeStage) -> None:
    submitted = stage.request_leave(
        JIM_CALLS, a_wish("2027-05-03", "2027-10-29", leave_type="sick")
    )
    assert submitted.working_days == 130
    assert stage.balance(2027).available == 25


def test_what_needs_no_approval_is_approved_at_once_and_booked(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, SICK_WISH)
    request = stage.requests[R1]
    assert (request.status, request.question) == (Status.APPROVED, None)
    assert [event.type for event in request.history] == [EventType.REQUESTED, EventType.APPROVED]
    (booking,) = stage.requests.book("E002", 2027).bookings
    assert booking.status == "approved"


def test_what_needs_no_approval_asks_nobody_and_tells_the_employee(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, SICK_WISH)
    assert stage.workflow.executions == {R1: (R1, 1)}
    stage.process_leave_request(R1, Secret("t"))
    assert stage.workflow.answers == [("t", R1, "approved")]
    assert stage.process_lead_response(R1) == "approved"
    assert stage.mailer.recipients == ["jim@foo.com", "john@foo.com"]
    assert stage.mailer.sent[1].text == "note of Jim O'Dell: approved"


def test_what_needs_no_approval_needs_no_lead_either(stage: FakeStage) -> None:
    with pytest.raises(NoApproverError):
        stage.request_leave(JOHN_CALLS, a_wish())
    assert stage.request_leave(JOHN_CALLS, SICK_WISH).working_days == 1


def test_a_lost_start_of_what_needs_no_approval_is_made_up_for_too(stage: FakeStage) -> None:
    stage.workflow.hooks.before("start", raising(UnavailableError("down")))
    with pytest.raises(UnavailableError):
        stage.request_leave(JIM_CALLS, SICK_WISH)
    stage.clock.go_on(START_GRACE * 2)
    assert stage.request_leave(JIM_CALLS, SICK_WISH).request_id == R1
    assert list(stage.workflow.executions) == [R1]
