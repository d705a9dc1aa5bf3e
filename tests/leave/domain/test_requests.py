from __future__ import annotations

from datetime import timedelta

import pytest

from leave.domain.errors import (
    AskedTooOftenError,
    ChangedTooOftenError,
    CommentMissingError,
    NotPossibleError,
)
from leave.domain.history import Channel, Decision, EventType, Person, Question, Status
from leave.domain.invitations import Link, RevocationReason
from leave.domain.request import (
    MAXIMUM_CANCELLATIONS,
    MAXIMUM_CHANGES,
    MAXIMUM_UNDONE,
    LeaveRequest,
)
from leave.domain.values import Secret
from tests.leave.builders import (
    JOHN_HIMSELF,
    NOW,
    R1,
    TASK_TOKEN,
    a_cancellation,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    link_text,
)

MARY = Person(employee_id="E009", name="Mary Shelley")
LATER = NOW + timedelta(hours=3)


def link_of(request: LeaveRequest) -> Link:
    link = Link.parse(link_text(request))
    assert link is not None
    return link


def test_the_words_of_the_contract_are_kept() -> None:
    """They stand in URLs, replies and records: changing one breaks what is out there."""
    statuses = ["pending", "approved", "denied", "withdrawn", "cancelled", "expired"]
    assert [status.value for status in Status] == statuses
    assert [decision.value for decision in Decision] == ["approved", "denied"]
    assert a_request().plan.leave_type == "annual"


def test_a_new_request_is_pending_and_waits_for_nobody_yet() -> None:
    request = a_request()
    assert (request.status, request.question) == (Status.PENDING, Question.LEAVE)
    assert (request.version, request.revision, request.inquiry) == (1, 1, 1)
    assert request.link() is None
    assert request.outcome is None
    assert request.execution_name == R1


def test_asking_makes_the_link_and_keeps_the_token() -> None:
    asked = a_request().ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW)
    assert asked.approver == JOHN_HIMSELF
    assert asked.task_token == TASK_TOKEN
    assert asked.link() is not None
    assert asked.version == 2
    assert not asked.lead_mailed
    assert asked.revoked_links == ()


def test_asking_the_same_approver_again_keeps_the_link_and_the_mail() -> None:
    asked = an_asked_request()
    again = asked.ask(JOHN_HIMSELF, task_token=Secret("another token"), at=NOW)
    assert again.link_secret == asked.link_secret
    assert again.task_token == Secret("another token")
    assert again.lead_mailed


def test_asking_the_same_approver_at_another_address_replaces_the_link() -> None:
    asked = a_request().ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW, email="john@foo.com")
    same = asked.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW, email="JOHN@foo.com")
    assert same.link() == asked.link()
    other = asked.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW, email="carpenter@foo.com")
    assert other.link() != asked.link()
    assert [old.secret for old in other.revoked_links] == [asked.link_secret]


def test_asking_another_approver_replaces_the_link_and_needs_a_mail() -> None:
    asked = an_asked_request()
    rerouted = asked.ask(MARY, task_token=TASK_TOKEN, at=LATER)
    assert rerouted.link_secret != asked.link_secret
    assert not rerouted.lead_mailed
    assert not rerouted.opened_by(link_of(asked))
    revoked = rerouted.revoked(link_of(asked))
    assert revoked is not None
    assert (revoked.at, revoked.why) == (LATER, RevocationReason.REROUTED)


def test_a_replaced_link_keeps_the_language_of_its_reader() -> None:
    klaus = Person(employee_id="E005", name="Klaus Weber", language="de")
    asked = a_request().ask(klaus, task_token=TASK_TOKEN, at=NOW)
    passed_on = asked.ask(MARY, task_token=TASK_TOKEN, at=LATER)
    assert [old.language for old in passed_on.revoked_links] == ["de"]


def test_a_link_opens_nothing_before_anybody_was_asked() -> None:
    assert not a_request().opened_by(link_of(an_asked_request()))
    assert a_request().revoked(link_of(an_asked_request())) is None


@pytest.mark.parametrize("decision", Decision)
def test_a_decision_records_who_what_when_how_and_why(decision: Decision) -> None:
    asked = an_asked_request()
    decided = asked.decide(decision, comment="See you", at=LATER)
    assert decided.status == decision.value
    event = decided.outcome
    assert event is not None
    assert (event.type, event.actor, event.at) == (decision.value, "E001", LATER)
    assert (event.channel, event.comment) == (Channel.LINK, "See you")


@pytest.mark.parametrize("request_", [an_asked_request(), a_cancellation()])
def test_a_yes_needs_no_comment_and_a_no_does(request_: LeaveRequest) -> None:
    request_.decide(Decision.APPROVED, comment="", at=NOW)
    with pytest.raises(CommentMissingError):
        request_.decide(Decision.DENIED, comment="", at=NOW)


def test_a_request_nobody_answered_expires() -> None:
    expired = an_asked_request().expire(at=LATER)
    assert expired.status is Status.EXPIRED
    assert expired.outcome is not None
    assert (expired.outcome.at, expired.outcome.channel) == (LATER, Channel.SYSTEM)


def test_a_booking_says_which_request_it_belongs_to_and_where_that_stands() -> None:
    (booking,) = a_decided_request("approved").bookings().values()
    assert (booking.request_id, booking.status) == (R1, "approved")
    assert (booking.period, booking.leave_type) == (a_period(), "annual")


def test_each_year_has_a_booking_of_what_its_days_cost() -> None:
    request = a_request(period=a_period("2027-12-27", "2028-04-04"))
    assert {y: b.count.days for y, b in request.bookings().items()} == {2027: 5, 2028: 67}
    assert request.plan.working_days == 72


def test_a_change_is_a_new_revision_and_the_old_link_explains_it() -> None:
    asked = an_asked_request()
    plan = a_plan(a_period("2027-06-01"), reason="Wedding")
    changed = asked.change(plan, actor="jim@foo.com", at=LATER)
    assert (changed.plan, changed.revision) == (plan, 2)
    assert (changed.link(), changed.lead_mailed) == (None, False)
    assert changed.task_token == TASK_TOKEN, "the workflow that waits has to be told"
    revoked = changed.revoked(link_of(asked))
    assert revoked is not None
    assert (revoked.at, revoked.why) == (LATER, RevocationReason.CHANGED)
    assert changed.history[-1].comment == "2027-06-01"
    again = changed.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=LATER)
    assert link_text(again) != link_text(asked)
    assert again.revoked(link_of(asked)) == revoked


def test_what_was_changed_before_anybody_was_asked_has_no_link_to_retire() -> None:
    changed = a_request().change(a_plan(), actor="jim@foo.com", at=LATER)
    assert changed.revoked_links == ()


def test_a_request_can_not_be_changed_for_ever() -> None:
    request = an_asked_request()
    for _ in range(MAXIMUM_CHANGES):
        request = request.change(a_plan(), actor="jim@foo.com", at=LATER)
    with pytest.raises(ChangedTooOftenError, match=r"changed at most 20 times\. Withdraw"):
        request.change(a_plan(), actor="jim@foo.com", at=LATER)


def test_an_answer_can_not_be_taken_back_for_ever() -> None:
    request, window = an_asked_request(), timedelta(hours=1)
    for _ in range(MAXIMUM_UNDONE):
        request = request.decide(Decision.APPROVED, comment="", at=LATER)
        assert request.undo_until(window) == LATER + window
        request = request.undo(at=LATER)
    request = request.decide(Decision.APPROVED, comment="", at=LATER)
    assert request.undo_until(window) is None
    with pytest.raises(NotPossibleError, match="taken back at most 5 times"):
        request.undo(at=LATER)


def test_whether_leave_may_be_cancelled_can_not_be_asked_for_ever() -> None:
    request = a_decided_request().mark_outcome_mailed()
    for _ in range(MAXIMUM_CANCELLATIONS):
        request = request.ask_to_cancel(actor="jim@foo.com", at=LATER)
        request = request.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=LATER)
        request = request.decide(Decision.DENIED, comment="No", at=LATER)
    with pytest.raises(AskedTooOftenError, match=r"requested 10 times.*Talk to the approver"):
        request.ask_to_cancel(actor="jim@foo.com", at=LATER)


def test_leave_can_be_cancelled_by_question_and_one_at_a_time() -> None:
    with pytest.raises(NotPossibleError, match="Only approved leave can be cancelled"):
        a_cancellation().ask_to_cancel(actor="jim@foo.com", at=NOW)


def test_the_link_that_approved_says_what_became_of_it_once_the_leave_is_to_be_cancelled() -> None:
    approved = a_decided_request()
    cancelling = approved.ask_to_cancel(actor="jim@foo.com", at=LATER)
    revoked = cancelling.revoked(link_of(approved))
    assert revoked is not None
    assert revoked.why is RevocationReason.CANCELLATION


def test_rerouting_closes_the_link_and_says_why() -> None:
    asked = an_asked_request()
    closed = asked.reroute(actor="hr@foo.com", why="John has left", at=LATER)
    assert closed.link() is None
    assert not closed.lead_mailed
    event = closed.history[-1]
    assert (event.type, event.actor, event.channel) == (
        EventType.REROUTED,
        "hr@foo.com",
        Channel.IMPORT,
    )
    revoked = closed.revoked(link_of(asked))
    assert revoked is not None
    assert (revoked.why, event.comment) == (RevocationReason.REROUTED, "John has left")
    assert closed.reroute(actor="hr@foo.com", why="Again", at=LATER) is closed


def test_marks_are_kept_apart_and_each_is_a_new_version() -> None:
    decided = a_decided_request()
    told = decided.mark_outcome_mailed()
    assert told.outcome_mailed
    assert told.version == decided.version + 1
    assert not decided.outcome_mailed
    asked = a_request().ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW)
    assert asked.mark_lead_mailed().lead_mailed
    assert not asked.mark_lead_mailed().outcome_mailed


def test_the_outcome_is_the_last_event_that_somebody_has_to_be_told() -> None:
    declined = a_cancellation().decide(Decision.DENIED, comment="No one else", at=LATER)
    assert declined.outcome is not None
    assert declined.outcome.type is EventType.CANCELLATION_DECLINED
    cancelling = a_cancellation()
    assert cancelling.outcome is not None
    assert cancelling.outcome.type is EventType.APPROVED, "a question is no outcome"
    assert [event.type for event in declined.history] == [
        EventType.REQUESTED,
        EventType.APPROVED,
        EventType.CANCELLATION_ASKED,
        EventType.CANCELLATION_DECLINED,
    ]
