"""Asking for leave: for whom, what is written, and asking again after trouble."""

from datetime import timedelta
from typing import Any

import pytest

from leave.domain import errors
from leave.domain.errors import InsufficientBalanceError, OverlapError, UnavailableError
from leave.domain.history import Status
from leave.domain.values import Secret
from leave.services.authorization import Caller
from leave.services.leave_policy import LeaveRequestInput
from leave.services.request_leave import START_GRACE, Submitted
from tests.leave.builders import JANE, JIM, JOHN, NOW, R1, R2, TODAY, an_employee
from tests.leave.hooks import raising
from tests.leave.services.stage import (
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    FakeStage,
    a_wish,
)

JANE_OF_HR = Caller(email=JANE.email, in_admins=True)
SECOND = timedelta(seconds=1)


def test_the_record_says_who_asked_for_what_and_when(stage: FakeStage) -> None:
    submitted = stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-09", reason="Wedding"))
    assert (submitted.request_id, submitted.working_days) == (R1, 5)
    assert submitted.ref.endswith(f":{R1}")
    assert stage.workflow.executions == {R1: (R1, 1)}
    request = stage.request
    assert (request.employee.employee_id, request.employee.name) == ("E002", "Jim O'Dell")
    assert (request.status, request.plan.reason) == (Status.PENDING, "Wedding")
    (event,) = request.history
    assert (event.type, event.actor, event.channel, event.at) == ("requested", "E002", "api", NOW)
    assert (event.name, event.comment) == (JIM.name, "2027-05-03 to 2027-05-09")


def test_the_days_are_booked_in_each_year_with_working_days(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-12-27", "2028-01-07"))
    assert (stage.booked(2027), stage.booked(2028)) == (5, 5)
    stage.request_leave(JANE_CALLS, a_wish("2027-12-31", "2028-01-02"))  # Friday to Sunday
    assert list(stage.requests[R2].plan.counts) == [2027]
    assert ("E003", 2028) not in stage.requests.books


@pytest.mark.parametrize(
    ("caller", "employee_id", "owner", "actor"),
    [
        (JIM_CALLS, "E002", "E002", ("E002", JIM.name)),
        (ADMIN_CALLS, "E002", "E002", ("hr@foo.com", "hr@foo.com")),
        (JANE_OF_HR, "E002", "E002", ("E003", JANE.name)),
        (JANE_OF_HR, None, "E003", ("E003", JANE.name)),
    ],
)
def test_the_record_names_who_asked_for_whom(
    stage: FakeStage, caller: Caller, employee_id: str | None, owner: str, actor: tuple[str, str]
) -> None:
    stage.request_leave(caller, a_wish(), employee_id=employee_id)
    assert stage.request.employee.employee_id == owner
    assert (stage.request.history[0].actor, stage.request.history[0].name) == actor


@pytest.mark.parametrize("other", ["E001", "E003", "E404", "e002"])
def test_nobody_asks_for_anothers_leave(stage: FakeStage, other: str) -> None:
    with pytest.raises(errors.NotAllowedError, match="only act on your own leave"):
        stage.request_leave(JIM_CALLS, a_wish(), employee_id=other)
    assert not stage.requests.stored
    assert not stage.workflow.executions


def test_who_has_left_asks_for_nothing_and_nobody_asks_for_them(stage: FakeStage) -> None:
    stage.employ(JIM, end=TODAY - timedelta(days=1))
    with pytest.raises(errors.NotAllowedError, match="E002 left on 2027-02-28"):
        stage.request_leave(JIM_CALLS, a_wish(), employee_id="E002")
    with pytest.raises(errors.NotEmployedError, match="from the beginning to 2027-02-28"):
        stage.request_leave(ADMIN_CALLS, a_wish(), employee_id="E002")


def test_the_fallback_approver_decides_about_all_but_their_own(stage: FakeStage) -> None:
    for stage.fallback_approver in (None, JOHN.employee_id):
        with pytest.raises(errors.NoApproverError, match="E001 has no approver: no lead is"):
            stage.request_leave(JOHN_CALLS, a_wish())
    assert not stage.requests.stored
    stage.directory.put(an_employee("E009", email="boss@foo.com", lead_id=None))
    stage.fallback_approver = "E009"
    assert stage.request_leave(JOHN_CALLS, a_wish()).request_id == R1


def test_jim_is_approved_and_jane_is_denied(stage: FakeStage) -> None:
    """The seed's demo run: the use cases play together."""
    for caller, request_id, decision, comment in (
        (JIM_CALLS, R1, "approved", ""),
        (JANE_CALLS, R2, "denied", "Jim is away"),
    ):
        stage.decide(stage.asked(caller=caller), decision, comment)
        assert stage.workflow.answers[-1] == (f"token of {request_id}", request_id, decision)
        assert stage.process_lead_response(request_id) == decision
    assert stage.mailer.recipients == [JOHN.email, JIM.email, JOHN.email, JANE.email]
    assert [mail.thread for mail in stage.mailer.sent] == [R1, R1, R2, R2]
    assert stage.mailer.sent[-1].text == "denied: Jim is away"
    assert (stage.booked(), stage.requests.booked("E003", 2027)) == (1, 0)


# Again, by key

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
WEDDING = a_wish(reason="Wedding")
DOWN = UnavailableError("ServiceUnavailable")


def with_key(
    stage: FakeStage,
    wanted: LeaveRequestInput | None = None,
    caller: Caller = JIM_CALLS,
    **more: Any,
) -> Submitted:
    return stage.request_leave(caller, wanted or a_wish(), **{"idempotency_key": KEY} | more)


def test_the_same_key_and_body_is_the_same_request(stage: FakeStage) -> None:
    assert with_key(stage) == with_key(stage)
    assert list(stage.requests.stored) == list(stage.workflow.executions) == [R1]


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
def test_a_key_with_another_body_is_refused(stage: FakeStage, other: LeaveRequestInput) -> None:
    with_key(stage)
    with pytest.raises(errors.IdempotencyMismatchError):
        with_key(stage, other)
    assert list(stage.requests.stored) == [R1]


def test_a_key_belongs_to_one_caller_and_another_key_is_another_request(stage: FakeStage) -> None:
    with_key(stage)
    assert with_key(stage, caller=JANE_CALLS).request_id == R2
    with pytest.raises(OverlapError):
        with_key(stage, idempotency_key=KEY + "2")


def test_a_key_is_the_callers_whoever_the_leave_is_for(stage: FakeStage) -> None:
    with_key(stage, caller=ADMIN_CALLS, employee_id="E002")
    with pytest.raises(errors.IdempotencyMismatchError):
        with_key(stage, caller=ADMIN_CALLS, employee_id="E003")
    with pytest.raises(OverlapError):
        with_key(stage)
    with_key(stage, a_wish("2027-08-02"))
    assert len(stage.requests.stored) == 2


def test_a_refused_request_leaves_its_key_free(stage: FakeStage) -> None:
    with pytest.raises(InsufficientBalanceError):
        with_key(stage, a_wish("2027-05-03", "2027-08-31"))
    assert with_key(stage).working_days == 1


def test_a_key_still_answers_when_the_request_was_decided(stage: FakeStage) -> None:
    first = with_key(stage)
    stage.ask_lead()
    stage.decide(stage.link(), "denied", "Release week")
    assert with_key(stage) == first
    assert list(stage.requests.stored) == [R1]


def test_a_key_still_answers_when_the_day_has_passed(stage: FakeStage) -> None:
    first = with_key(stage, a_wish("2027-03-01"))
    stage.clock.go_on(timedelta(days=2))
    assert with_key(stage, a_wish("2027-03-01")) == first


def test_a_key_answers_the_same_after_a_change_and_a_restart(stage: FakeStage) -> None:
    first = with_key(stage)
    stage.change(a_wish("2027-05-03", "2027-05-05"))
    stage.requests.put(stage.request.restart(at=stage.clock.now()))
    assert with_key(stage) == first


def test_a_key_is_free_again_after_seven_days(stage: FakeStage) -> None:
    """Whether or not the table has deleted it by then."""
    first = with_key(stage)
    stage.clock.go_on(timedelta(days=7) - SECOND)
    assert with_key(stage) == first
    stage.clock.go_on(SECOND)
    later = with_key(stage, a_wish("2027-05-10"))
    assert later.request_id == R2
    assert with_key(stage, a_wish("2027-05-10")) == later


@pytest.mark.parametrize(
    ("part", "when", "call"),
    [("workflow", "before", "start"), ("workflow", "after", "start"), ("requests", "after", "add")],
)
def test_with_a_key_all_is_made_up_for(stage: FakeStage, part: str, when: str, call: str) -> None:
    getattr(getattr(stage, part).hooks, when)(call, raising(DOWN))
    with pytest.raises(UnavailableError):
        with_key(stage)
    assert len(stage.workflow.executions) == (part == "workflow" and when == "after")
    assert with_key(stage).request_id == R1
    assert list(stage.requests.stored) == list(stage.workflow.executions) == [R1]


# Again, without a key


@pytest.fixture
def lost(stage: FakeStage) -> FakeStage:
    """Return a stage where Jim's request was written and its execution did not start."""
    stage.workflow.hooks.before("start", raising(DOWN))
    with pytest.raises(UnavailableError):
        stage.request_leave(JIM_CALLS, WEDDING)
    assert not stage.workflow.executions
    return stage


def test_without_a_key_a_lost_start_is_made_up_for_after_a_minute(lost: FakeStage) -> None:
    lost.clock.go_on(START_GRACE + SECOND)
    submitted = lost.request_leave(JIM_CALLS, WEDDING)
    assert (submitted.request_id, submitted.working_days) == (R1, 1)
    assert list(lost.workflow.executions) == [R1]
    assert lost.booked() == 1


def test_within_the_minute_the_start_may_only_be_slow(lost: FakeStage) -> None:
    lost.clock.go_on(START_GRACE)
    with pytest.raises(OverlapError):
        lost.request_leave(JIM_CALLS, WEDDING)
    assert not lost.workflow.executions


@pytest.mark.parametrize(
    "other",
    [
        a_wish("2027-05-03", "2027-05-04", reason="Wedding"),
        a_wish(half="morning", reason="Wedding"),
        a_wish(reason="Funeral"),
    ],
)
def test_another_wish_is_no_second_try_of_it(lost: FakeStage, other: LeaveRequestInput) -> None:
    lost.clock.go_on(timedelta(hours=1))
    with pytest.raises(OverlapError):
        lost.request_leave(JIM_CALLS, other)


def test_the_key_of_who_makes_up_for_a_lost_start_is_kept(lost: FakeStage) -> None:
    lost.clock.go_on(START_GRACE + SECOND)
    first = with_key(lost, WEDDING)
    lost.ask_lead()
    assert with_key(lost, WEDDING) == first
    with pytest.raises(errors.IdempotencyMismatchError):
        with_key(lost, a_wish("2027-09-06"))
    assert list(lost.requests.stored) == [R1]


def test_what_waits_for_its_lead_is_not_started_again(stage: FakeStage) -> None:
    stage.asked()
    stage.clock.go_on(timedelta(hours=1))
    with pytest.raises(OverlapError):
        stage.request_leave(JIM_CALLS, a_wish())
    assert stage.workflow.starts == 1


def test_what_was_decided_is_not_started_again(lost: FakeStage) -> None:
    lost.ask_lead(Secret("t"))
    lost.decide(lost.link())
    lost.clock.go_on(timedelta(hours=1))
    with pytest.raises(OverlapError, match="approved"):
        lost.request_leave(JIM_CALLS, WEDDING)


# Two at once


@pytest.mark.parametrize(
    ("faster", "wanted", "error", "booked"),
    [
        (("2027-05-03", "2027-05-07"), ("2027-05-03", "2027-05-07"), "pending", 5),
        (("2027-07-05", "2027-07-30"), ("2027-05-03", "2027-05-14"), "and 5 are left", 20),
    ],
    ids=["the same days", "the last days"],
)
def test_two_who_ask_at_once_cannot_both_win(
    stage: FakeStage, faster: tuple[str, str], wanted: tuple[str, str], error: str, booked: int
) -> None:
    stage.requests.hooks.before(
        "add", lambda: stage.request_leave(ADMIN_CALLS, a_wish(*faster), employee_id="E002")
    )
    with pytest.raises((OverlapError, InsufficientBalanceError), match=error):
        stage.request_leave(JIM_CALLS, a_wish(*wanted))
    assert (len(stage.requests.stored), stage.booked()) == (1, booked)


def test_two_simultaneous_requests_that_fit_both_win(stage: FakeStage) -> None:
    stage.requests.hooks.before(
        "add", lambda: stage.request_leave(ADMIN_CALLS, a_wish(), employee_id="E002")
    )
    stage.request_leave(JIM_CALLS, a_wish("2027-06-01"))
    assert (stage.booked(), len(stage.workflow.executions)) == (2, 2)


def test_two_simultaneous_calls_with_one_key_are_one_request(stage: FakeStage) -> None:
    stage.requests.hooks.before("add", lambda: with_key(stage))
    submitted = with_key(stage)
    assert list(stage.requests.stored) == [submitted.request_id]
    assert list(stage.workflow.executions) == [submitted.request_id]


def test_a_few_lost_races_are_not_noticed_and_all_of_them_are_told(stage: FakeStage) -> None:
    busy = raising(errors.ConflictError("busy"))
    stage.requests.hooks.before("add", busy, times=50)
    with pytest.raises(UnavailableError, match="try again"):
        stage.request_leave(JIM_CALLS, a_wish())
    assert stage.workflow.starts == 0
    stage.requests.hooks.forget()
    stage.requests.hooks.before("add", busy, times=7)
    stage.request_leave(JIM_CALLS, a_wish())
    assert len(stage.workflow.executions) == 1
