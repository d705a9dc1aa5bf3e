"""Asking again: by key, after a lost start, and two at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import (
    ConflictError,
    IdempotencyMismatchError,
    InsufficientBalanceError,
    OverlapError,
    UnavailableError,
)
from leave.domain.values import Secret
from leave.services.request_leave import START_GRACE
from tests.leave.builders import JANE, JIM, R1, R2
from tests.leave.hooks import raising
from tests.leave.services.stage import (
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    TOKEN,
    a_wish,
)

if TYPE_CHECKING:
    from leave.services.leave_policy import LeaveRequestInput
    from tests.leave.services.stage import FakeStage

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
DOWN = UnavailableError("StartExecution: ServiceUnavailable")


def test_the_same_key_and_body_is_the_same_request(stage: FakeStage) -> None:
    first = stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    again = stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    assert again == first
    assert list(stage.requests.stored) == [R1]
    assert list(stage.workflow.executions) == [R1]


@pytest.mark.parametrize(
    "other",
    [
        a_wish("2027-05-04"),
        a_wish("2027-05-03", "2027-05-04"),
        a_wish(half="morning"),
        a_wish(reason="Wedding"),
        a_wish(leave_type="sick"),
    ],
)
def test_the_same_key_with_another_body_is_refused(
    stage: FakeStage, other: LeaveRequestInput
) -> None:
    stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    with pytest.raises(IdempotencyMismatchError):
        stage.request_leave(JIM_CALLS, other, idempotency_key=KEY)
    assert list(stage.requests.stored) == [R1]


def test_a_key_belongs_to_one_caller(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    assert stage.request_leave(JANE_CALLS, a_wish(), idempotency_key=KEY).request_id == R2


def test_another_key_is_another_request(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    with pytest.raises(OverlapError):
        stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY + "2")


def test_a_refused_request_leaves_its_key_free(stage: FakeStage) -> None:
    with pytest.raises(InsufficientBalanceError):
        stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-08-31"), idempotency_key=KEY)
    assert stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY).working_days == 1


def test_a_key_still_answers_when_the_request_was_decided(stage: FakeStage) -> None:
    first = stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    stage.process_leave_request(first.request_id, TOKEN)
    stage.decide(stage.link(first.request_id), "denied", "Release week")
    assert stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY) == first
    assert list(stage.requests.stored) == [R1]


def test_a_key_still_answers_when_the_day_has_passed(stage: FakeStage) -> None:
    first = stage.request_leave(JIM_CALLS, a_wish("2027-03-01"), idempotency_key=KEY)
    stage.clock.go_on(timedelta(days=2))
    again = stage.request_leave(JIM_CALLS, a_wish("2027-03-01"), idempotency_key=KEY)
    assert again == first


def test_a_key_answers_the_same_after_a_change_and_a_restart(stage: FakeStage) -> None:
    first = stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    longer = a_wish("2027-05-03", "2027-05-05")
    stage.change_leave_request.change(JIM_CALLS, R1, longer)
    stage.requests.put(stage.requests[R1].restart(at=stage.clock.now()))
    assert stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY) == first


def test_a_key_is_free_again_after_seven_days(stage: FakeStage) -> None:
    """Whether or not the table has deleted it by then."""
    first = stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    stage.clock.go_on(timedelta(days=7) - timedelta(seconds=1))
    assert stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY) == first
    stage.clock.go_on(timedelta(seconds=1))
    later = stage.request_leave(JIM_CALLS, a_wish("2027-05-10"), idempotency_key=KEY)
    assert later.request_id == R2
    assert stage.request_leave(JIM_CALLS, a_wish("2027-05-10"), idempotency_key=KEY) == later


def test_with_a_key_a_lost_start_is_made_up_for_at_once(stage: FakeStage) -> None:
    stage.workflow.hooks.before("start", raising(DOWN))
    with pytest.raises(UnavailableError):
        stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    assert not stage.workflow.executions
    assert stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY).request_id == R1
    assert list(stage.workflow.executions) == [R1]


def test_an_answer_lost_after_the_start_starts_nothing_twice(stage: FakeStage) -> None:
    stage.workflow.hooks.after("start", raising(DOWN))
    with pytest.raises(UnavailableError):
        stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    assert list(stage.workflow.executions) == [R1]


def lose_the_start(stage: FakeStage) -> None:
    stage.workflow.hooks.before("start", raising(DOWN))
    with pytest.raises(UnavailableError):
        stage.request_leave(JIM_CALLS, a_wish(reason="Wedding"))


def test_without_a_key_a_lost_start_is_made_up_for_after_a_minute(stage: FakeStage) -> None:
    lose_the_start(stage)
    stage.clock.go_on(START_GRACE + timedelta(seconds=1))
    submitted = stage.request_leave(JIM_CALLS, a_wish(reason="Wedding"))
    assert submitted.request_id == R1
    assert submitted.working_days == 1
    assert list(stage.workflow.executions) == [R1]
    assert stage.requests.booked("E002", 2027) == 1


def test_within_the_minute_the_start_may_only_be_slow(stage: FakeStage) -> None:
    lose_the_start(stage)
    stage.clock.go_on(START_GRACE)
    with pytest.raises(OverlapError):
        stage.request_leave(JIM_CALLS, a_wish(reason="Wedding"))
    assert not stage.workflow.executions


@pytest.mark.parametrize(
    "other",
    [
        a_wish("2027-05-03", "2027-05-04", reason="Wedding"),
        a_wish(half="morning", reason="Wedding"),
        a_wish(reason="Funeral"),
    ],
)
def test_only_the_very_same_wish_makes_up_for_a_lost_start(
    stage: FakeStage, other: LeaveRequestInput
) -> None:
    lose_the_start(stage)
    stage.clock.go_on(timedelta(hours=1))
    with pytest.raises(OverlapError):
        stage.request_leave(JIM_CALLS, other)


def test_a_key_is_the_callers_whoever_the_leave_is_for(stage: FakeStage) -> None:
    first = stage.request_leave(
        ADMIN_CALLS, a_wish(), employee_id=JIM.employee_id, idempotency_key=KEY
    )
    with pytest.raises(IdempotencyMismatchError):
        stage.request_leave(
            ADMIN_CALLS, a_wish(), employee_id=JANE.employee_id, idempotency_key=KEY
        )
    with pytest.raises(OverlapError):
        stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    other = stage.request_leave(JIM_CALLS, a_wish("2027-08-02"), idempotency_key=KEY)
    assert list(stage.requests.stored) == [first.request_id, other.request_id]


def test_the_key_of_who_makes_up_for_a_lost_start_is_kept(stage: FakeStage) -> None:
    lose_the_start(stage)
    stage.clock.go_on(START_GRACE + timedelta(seconds=1))
    wanted = a_wish(reason="Wedding")
    first = stage.request_leave(JIM_CALLS, wanted, idempotency_key=KEY)
    stage.process_leave_request(R1, TOKEN)
    assert stage.request_leave(JIM_CALLS, wanted, idempotency_key=KEY) == first
    with pytest.raises(IdempotencyMismatchError):
        stage.request_leave(JIM_CALLS, a_wish("2027-09-06"), idempotency_key=KEY)
    assert list(stage.requests.stored) == [R1]


def test_what_waits_for_its_lead_is_not_started_again(stage: FakeStage) -> None:
    stage.asked()
    stage.clock.go_on(timedelta(hours=1))
    with pytest.raises(OverlapError):
        stage.request_leave(JIM_CALLS, a_wish())
    assert stage.workflow.starts == 1


def test_what_was_decided_is_not_started_again(stage: FakeStage) -> None:
    lose_the_start(stage)
    stage.process_leave_request(R1, Secret("t"))
    stage.decide(stage.link(R1), "approved")
    stage.clock.go_on(timedelta(hours=1))
    with pytest.raises(OverlapError, match="approved"):
        stage.request_leave(JIM_CALLS, a_wish(reason="Wedding"))


def test_two_simultaneous_requests_for_the_same_days_can_not_both_win(stage: FakeStage) -> None:
    def admin_is_faster() -> None:
        stage.request_leave(ADMIN_CALLS, a_wish("2027-05-03", "2027-05-07"), employee_id="E002")

    stage.requests.hooks.before("add", admin_is_faster)
    with pytest.raises(OverlapError):
        stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-07"))
    assert stage.requests.booked("E002", 2027) == 5
    assert len(stage.requests.stored) == 1


def test_two_simultaneous_requests_can_not_both_take_the_last_days(stage: FakeStage) -> None:
    def admin_is_faster() -> None:
        stage.request_leave(ADMIN_CALLS, a_wish("2027-07-05", "2027-07-30"), employee_id="E002")

    stage.requests.hooks.before("add", admin_is_faster)
    with pytest.raises(InsufficientBalanceError, match="and 5 are left"):
        stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-14"))
    assert stage.requests.booked("E002", 2027) == 20


def test_two_simultaneous_requests_that_fit_both_win(stage: FakeStage) -> None:
    stage.requests.hooks.before(
        "add", lambda: stage.request_leave(ADMIN_CALLS, a_wish(), employee_id="E002")
    )
    stage.request_leave(JIM_CALLS, a_wish("2027-06-01"))
    assert stage.requests.booked("E002", 2027) == 2
    assert len(stage.workflow.executions) == 2


def test_two_simultaneous_calls_with_one_key_are_one_request(stage: FakeStage) -> None:
    def the_retry_is_faster() -> None:
        stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)

    stage.requests.hooks.before("add", the_retry_is_faster)
    submitted = stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    assert list(stage.requests.stored) == [submitted.request_id]
    assert list(stage.workflow.executions) == [submitted.request_id]


def test_who_loses_every_race_is_asked_to_try_again(stage: FakeStage) -> None:
    stage.requests.hooks.before("add", raising(ConflictError("busy")), times=50)
    with pytest.raises(UnavailableError, match="try again"):
        stage.request_leave(JIM_CALLS, a_wish())
    assert stage.workflow.starts == 0


def test_a_few_lost_races_are_not_even_noticed(stage: FakeStage) -> None:
    stage.requests.hooks.before("add", raising(ConflictError("busy")), times=7)
    stage.request_leave(JIM_CALLS, a_wish())
    assert len(stage.workflow.executions) == 1


def test_a_crash_after_the_record_was_written_loses_nothing(stage: FakeStage) -> None:
    stage.requests.hooks.after("add", raising(UnavailableError("DynamoDB: timeout")))
    with pytest.raises(UnavailableError):
        stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY)
    assert stage.request_leave(JIM_CALLS, a_wish(), idempotency_key=KEY).request_id == R1
    assert list(stage.workflow.executions) == [R1]
