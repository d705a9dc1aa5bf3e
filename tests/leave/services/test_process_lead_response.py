"""The workflow tells the employee: one mail with the outcome."""

import pytest

from leave.domain.errors import ConflictError, NotDecidedError, UnavailableError
from leave.domain.history import EventType, Question, Status
from leave.domain.policy import Rules
from tests.leave.builders import (
    JIM,
    NOW,
    R1,
    a_cancellation,
    a_decided_request,
    an_asked_request,
    link_text,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import FakeStage, a_wish

HR = "hr@foo.com"
OVER_NEW_YEAR = a_wish("2027-12-27", "2028-01-07")


@pytest.fixture
def asked(stage: FakeStage) -> FakeStage:
    """Return a stage where John has been asked."""
    stage.requests.put(an_asked_request())
    return stage


@pytest.fixture
def decided(stage: FakeStage) -> FakeStage:
    """Return a stage where John has approved, and Jim does not know."""
    stage.requests.put(a_decided_request())
    return stage


@pytest.mark.parametrize(("decision", "comment"), [("approved", ""), ("denied", "Release week")])
def test_the_employee_gets_one_mail(stage: FakeStage, decision: str, comment: str) -> None:
    stage.requests.put(a_decided_request(decision, comment))
    books = dict(stage.requests.books)
    assert stage.tell_employee() == decision
    (mail,) = stage.mailer.sent
    assert (mail.to, mail.text) == (JIM.email, f"{decision}: {comment}")
    before = stage.request
    assert before.outcome_mailed
    assert stage.tell_employee() == decision
    assert len(stage.mailer.sent) == 1
    assert (stage.request, stage.requests.books) == (before, books)


def test_what_is_undecided_is_told_to_nobody(asked: FakeStage) -> None:
    with pytest.raises(NotDecidedError, match="not decided"):
        asked.tell_employee()
    assert asked.mailer.sent == []
    assert asked.request.status is Status.PENDING


def test_what_nobody_answered_expires_once_and_gives_the_days_back(asked: FakeStage) -> None:
    for _ in range(2):
        assert asked.expire() == "expired"
    assert (asked.request.outcome.type, asked.request.outcome.at) == (EventType.EXPIRED, NOW)
    assert asked.events == ["requested", "expired"]
    assert (asked.booked(), asked.balance().available) == (0, 25)
    assert asked.mailer.recipients == [JIM.email]


@pytest.mark.parametrize("execution", [f"{R1}.1", None])
def test_who_waits_for_the_answer_lets_it_expire(stage: FakeStage, execution: str | None) -> None:
    """So does an execution that was started before its definition told its name."""
    stage.requests.put(an_asked_request().restart(at=NOW))
    assert stage.expire(execution=execution) == "expired"


@pytest.mark.parametrize("execution", [R1, f"{R1}.2", f"{R1}-2"])
def test_an_execution_with_a_successor_lets_nothing_expire(
    stage: FakeStage, execution: str
) -> None:
    request = an_asked_request().restart(at=NOW)
    stage.requests.put(request)
    assert stage.expire(execution=execution) == "pending"
    assert stage.request == request
    assert stage.mailer.sent == []


def test_what_was_decided_in_time_does_not_expire(decided: FakeStage) -> None:
    assert decided.expire() == "approved"
    assert decided.request.status is Status.APPROVED


def test_a_decision_that_is_faster_than_the_expiry_wins(asked: FakeStage) -> None:
    link = link_text(asked.request)
    asked.requests.hooks.before("replace", lambda: asked.decide(link))
    assert asked.expire() == "approved"
    assert [mail.text for mail in asked.mailer.sent] == ["approved: "]
    assert asked.events == ["requested", "approved"]


def test_another_write_while_the_mail_is_out_is_kept(decided: FakeStage) -> None:
    before = decided.request
    decided.mailer.hooks.after(
        "send", lambda: decided.requests.replace(before, before.mark_lead_mailed())
    )
    decided.tell_employee()
    assert decided.request.outcome_mailed
    assert decided.request.lead_mailed


def test_a_mark_that_is_never_written_costs_a_second_mail_at_most(decided: FakeStage) -> None:
    decided.requests.hooks.before("replace", raising(ConflictError("busy")), times=9)
    with pytest.raises(UnavailableError):
        decided.tell_employee()
    for _ in range(2):
        assert decided.tell_employee() == "approved"
    assert len(decided.mailer.sent) == 2
    assert decided.request.outcome_mailed


def test_an_outcome_while_the_mail_leaves_is_told_by_its_workflow(decided: FakeStage) -> None:
    """The cancellation was asked, agreed and not yet told when the word of the approval left."""
    decided.mailer.hooks.after("send", lambda: decided.decide(decided.cancelling()))
    decided.tell_employee()
    assert not decided.request.outcome_mailed
    assert decided.tell_employee(inquiry=2) == "cancelled"
    told = [mail.text for mail in decided.mailer.sent if mail.to == JIM.email]
    assert told == ["approved: ", "cancelled: "]


def test_a_record_that_never_keeps_still_can_not_expire(asked: FakeStage) -> None:
    asked.requests.hooks.before("replace", raising(ConflictError("busy")), times=50)
    with pytest.raises(UnavailableError, match="Too many changes"):
        asked.expire()
    assert asked.mailer.sent == []


def test_a_later_question_is_left_to_its_own_workflow(stage: FakeStage) -> None:
    stage.requests.put(a_cancellation())
    for end in (stage.tell_employee, stage.expire):
        assert end(inquiry=1) == "approved"
        assert stage.request.question is Question.CANCELLATION
        assert stage.mailer.sent == [], "the approval was told before"


def test_days_booked_beyond_a_horizon_that_was_drawn_nearer_come_back(stage: FakeStage) -> None:
    stage.asked(OVER_NEW_YEAR)
    stage.rules = Rules(horizon_days=30)
    stage.expire()
    assert (stage.booked(2027), stage.booked(2028)) == (0, 0)


# Who is not in the directory any more


def test_a_request_of_an_unknown_employee_expires(stage: FakeStage) -> None:
    """And gives the days back, should somebody put the employee into the directory again."""
    stage.asked(OVER_NEW_YEAR)
    stage.directory.remove("E002")
    stage.expire()
    assert stage.request.status is Status.EXPIRED
    assert (stage.booked(2027), stage.booked(2028)) == (0, 0)
    assert stage.mailer.recipients[-1] == HR


def test_leave_that_an_unknown_employee_wanted_cancelled_stays_booked(stage: FakeStage) -> None:
    stage.approved()
    stage.cancelling()
    stage.directory.remove("E002")
    assert stage.expire(inquiry=2) == "approved"
    assert stage.booked() == 1


@pytest.mark.parametrize("unknown", ["E001", "E002"])
def test_mail_to_an_unknown_reader_goes_to_administrators(stage: FakeStage, unknown: str) -> None:
    link = stage.asked()
    if unknown == "E001":
        stage.withdraw()
    else:
        stage.decide(link)
    stage.directory.remove(unknown)
    for _ in range(2):
        stage.tell_employee()
        assert stage.mailer.recipients.count(HR) == 1
    event = stage.request.history[-1]
    assert not stage.request.is_open
    assert event.type is EventType.UNDELIVERED
    assert event.comment == f"{unknown} is not in the directory any more"


def test_a_lead_hears_of_a_withdrawal_by_an_unknown_employee(stage: FakeStage) -> None:
    stage.asked()
    stage.withdraw()
    stage.directory.remove("E002")
    stage.tell_employee()
    assert stage.mailer.sent[-1].text == f"{JIM.name} has withdrawn it"
