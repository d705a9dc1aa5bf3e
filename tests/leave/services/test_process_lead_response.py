"""The workflow tells the employee: one mail with the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import (
    ConflictError,
    MailOutcomeUnknownError,
    MailUnavailableError,
    NotDecidedError,
    UnavailableError,
    UnknownRequestError,
)
from leave.domain.history import EventType, Question, Status
from leave.domain.policy import Rules
from tests.leave.builders import (
    JIM,
    NO_SUCH_REQUEST,
    NOW,
    R1,
    a_cancellation,
    a_decided_request,
    an_asked_request,
    link_text,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import JIM_CALLS, a_wish

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage


@pytest.mark.parametrize(("decision", "comment"), [("approved", ""), ("denied", "Release week")])
def test_the_employee_gets_one_mail_with_decision_and_comment(
    stage: FakeStage, decision: str, comment: str
) -> None:
    stage.requests.put(a_decided_request(decision, comment))
    assert stage.process_lead_response(R1) == decision
    (mail,) = stage.mailer.sent
    assert (mail.to, mail.text) == (JIM.email, f"{decision}: {comment}")
    assert stage.requests[R1].outcome_mailed


def test_the_same_event_twice_sends_one_mail(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    stage.process_lead_response(R1)
    before = stage.requests[R1]
    assert stage.process_lead_response(R1) == "approved"
    assert len(stage.mailer.sent) == 1
    assert stage.requests[R1] == before


def test_telling_leaves_the_booked_days_alone(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    before = dict(stage.requests.books)
    stage.process_lead_response(R1)
    assert stage.requests.books == before


def test_what_is_undecided_is_told_to_nobody(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request())
    with pytest.raises(NotDecidedError, match="not decided"):
        stage.process_lead_response(R1)
    assert stage.mailer.sent == []
    assert stage.requests[R1].status is Status.PENDING


def test_what_nobody_answered_expires_and_gives_the_days_back(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request())
    assert stage.process_lead_response(R1, expire=True) == "expired"
    outcome = stage.requests[R1].outcome
    assert outcome is not None
    assert (outcome.type, outcome.at) == (EventType.EXPIRED, NOW)
    assert stage.requests.booked("E002", 2027) == 0
    assert stage.balance(2027).available == 25
    assert stage.mailer.recipients == [JIM.email]


@pytest.mark.parametrize("execution", [f"{R1}.1", None])
def test_who_waits_for_the_answer_lets_it_expire(stage: FakeStage, execution: str | None) -> None:
    """So does an execution that was started before its definition told its name."""
    stage.requests.put(an_asked_request().restart(at=NOW))
    assert stage.process_lead_response(R1, expire=True, execution=execution) == "expired"


@pytest.mark.parametrize("execution", [R1, f"{R1}.2", f"{R1}-2"])
def test_an_execution_that_has_a_successor_lets_nothing_expire(
    stage: FakeStage, execution: str
) -> None:
    request = an_asked_request().restart(at=NOW)
    stage.requests.put(request)
    assert stage.process_lead_response(R1, expire=True, execution=execution) == "pending"
    assert stage.requests[R1] == request
    assert stage.mailer.sent == []


def test_expiring_twice_expires_once(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request())
    for _ in range(2):
        assert stage.process_lead_response(R1, expire=True) == "expired"
    assert len(stage.mailer.sent) == 1
    assert len(stage.requests[R1].history) == 2


def test_what_was_decided_in_time_does_not_expire(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    assert stage.process_lead_response(R1, expire=True) == "approved"
    assert stage.requests[R1].status is Status.APPROVED


def test_a_decision_that_is_faster_than_the_expiry_wins(stage: FakeStage) -> None:
    request = an_asked_request()
    stage.requests.put(request)
    stage.requests.hooks.before("replace", lambda: stage.decide(link_text(request), "approved"))
    assert stage.process_lead_response(R1, expire=True) == "approved"
    (mail,) = stage.mailer.sent
    assert mail.text.startswith("approved")
    assert [event.type for event in stage.requests[R1].history] == ["requested", "approved"]


@pytest.mark.parametrize("error", [MailUnavailableError("down"), MailOutcomeUnknownError("?")])
def test_a_mail_that_fails_fails_the_task_and_the_next_try_sends_it(
    stage: FakeStage, error: Exception
) -> None:
    stage.requests.put(a_decided_request())
    stage.mailer.hooks.before("send", raising(error))
    with pytest.raises(type(error)):
        stage.process_lead_response(R1)
    assert not stage.requests[R1].outcome_mailed
    stage.process_lead_response(R1)
    assert len(stage.mailer.sent) == 1


def test_another_write_while_the_mail_is_out_is_kept(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    stage.mailer.hooks.after("send", lambda: write_something(stage))
    stage.process_lead_response(R1)
    assert stage.requests[R1].outcome_mailed
    assert stage.requests[R1].lead_mailed


def write_something(stage: FakeStage) -> None:
    request = stage.requests[R1]
    stage.requests.replace(request, request.mark_lead_mailed())


def test_a_mark_that_never_gets_through_fails_the_task_and_costs_a_second_mail_at_most(
    stage: FakeStage,
) -> None:
    stage.requests.put(a_decided_request())
    stage.requests.hooks.before("replace", raising(ConflictError("busy")), times=9)
    with pytest.raises(UnavailableError):
        stage.process_lead_response(R1)
    for _ in range(2):
        assert stage.process_lead_response(R1) == "approved"
    assert len(stage.mailer.sent) == 2
    assert stage.requests[R1].outcome_mailed


def test_an_outcome_that_came_while_the_mail_was_out_is_told_by_its_own_workflow(
    stage: FakeStage,
) -> None:
    """The cancellation was asked, agreed and not yet told when the word of the approval left."""
    stage.requests.put(a_decided_request())
    stage.mailer.hooks.after("send", lambda: stage.decide(stage.cancelling(R1)))
    stage.process_lead_response(R1)
    assert not stage.requests[R1].outcome_mailed
    assert stage.process_lead_response(R1, inquiry=2) == "cancelled"
    assert [mail.text for mail in stage.mailer.sent if mail.to == JIM.email] == [
        "approved: ",
        "cancelled: ",
    ]


def test_of_a_withdrawal_a_lead_whom_nobody_knows_any_more_is_told_by_administrators(
    stage: FakeStage,
) -> None:
    stage.asked()
    stage.change_leave_request.withdraw(JIM_CALLS, R1)
    stage.directory.remove("E001")
    assert_administrators_tell(stage, "E001")


def test_a_lead_hears_of_a_withdrawal_by_somebody_whom_nobody_knows_any_more(
    stage: FakeStage,
) -> None:
    stage.asked()
    stage.change_leave_request.withdraw(JIM_CALLS, R1)
    stage.directory.remove("E002")
    stage.process_lead_response(R1)
    assert stage.mailer.sent[-1].text == f"{JIM.name} has withdrawn it"


def test_a_record_that_never_keeps_still_can_not_expire(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request())
    stage.requests.hooks.before("replace", raising(ConflictError("busy")), times=50)
    with pytest.raises(UnavailableError, match="Too many changes"):
        stage.process_lead_response(R1, expire=True)
    assert stage.mailer.sent == []


@pytest.mark.parametrize("expire", [False, True])
def test_a_later_question_is_left_to_its_own_workflow(stage: FakeStage, *, expire: bool) -> None:
    stage.requests.put(a_cancellation())
    assert stage.process_lead_response(R1, inquiry=1, expire=expire) == "approved"
    assert stage.requests[R1].question is Question.CANCELLATION
    assert stage.mailer.sent == [], "the approval was told before"


def test_days_booked_beyond_a_horizon_that_was_drawn_nearer_come_back(stage: FakeStage) -> None:
    stage.asked(a_wish("2027-12-27", "2028-01-07"))
    stage.rules = Rules(horizon_days=30)
    stage.process_lead_response(R1, expire=True)
    assert stage.requests.booked("E002", 2027) == stage.requests.booked("E002", 2028) == 0


def test_what_an_employee_whom_nobody_knows_any_more_should_hear_goes_to_administrators(
    stage: FakeStage,
) -> None:
    stage.requests.put(a_decided_request())
    stage.directory.remove("E002")
    assert_administrators_tell(stage, "E002")


def test_a_request_of_an_employee_whom_nobody_knows_any_more_expires(stage: FakeStage) -> None:
    """And gives the days back, should somebody put the employee into the directory again."""
    stage.asked(a_wish("2027-12-27", "2028-01-07"))
    stage.directory.remove("E002")
    stage.process_lead_response(R1, expire=True)
    assert stage.requests[R1].status is Status.EXPIRED
    assert stage.requests.booked("E002", 2027) == stage.requests.booked("E002", 2028) == 0
    assert stage.mailer.recipients[-1] == "hr@foo.com"


def test_leave_that_an_unknown_employee_wanted_cancelled_stays_booked(stage: FakeStage) -> None:
    stage.decide(stage.asked())
    stage.process_lead_response(R1)
    stage.cancelling(R1)
    booked = stage.requests.booked("E002", 2027)
    stage.directory.remove("E002")
    assert stage.process_lead_response(R1, inquiry=2, expire=True) == "approved"
    assert stage.requests.booked("E002", 2027) == booked > 0


def test_an_unknown_request_fails_the_task(stage: FakeStage) -> None:
    with pytest.raises(UnknownRequestError, match=NO_SUCH_REQUEST):
        stage.process_lead_response(NO_SUCH_REQUEST)


def assert_administrators_tell(stage: FakeStage, unknown: str) -> None:
    """Once, and whoever reads the history sees it."""
    for _ in range(2):
        stage.process_lead_response(R1)
        assert stage.mailer.recipients.count("hr@foo.com") == 1
    request = stage.requests[R1]
    assert not request.is_open
    why = f"{unknown} is not in the directory any more"
    assert (request.history[-1].type, request.history[-1].comment) == (EventType.UNDELIVERED, why)
