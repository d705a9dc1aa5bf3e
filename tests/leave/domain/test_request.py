"""A request: every state, and everything that can be done to it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from leave.domain.errors import (
    AskedTooOftenError,
    ChangedTooOftenError,
    CommentMissingError,
    NotPossibleError,
)
from leave.domain.history import (
    ON_DECISION,
    ON_TIMEOUT,
    OUTCOMES,
    Channel,
    Decision,
    EventType,
    Question,
    Status,
)
from leave.domain.request import (
    MAXIMUM_CANCELLATIONS,
    MAXIMUM_CHANGES,
    MAXIMUM_UNDONE,
    LeaveRequest,
)
from tests.leave.builders import (
    JIM,
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

LATER = NOW + timedelta(hours=3)
OTHER_PLAN = a_plan(a_period("2027-06-01", "2027-06-02"))

Action = Callable[[LeaveRequest], LeaveRequest]
ACTIONS: dict[str, Action] = {
    "approve": lambda r: r.decide(Decision.APPROVED, comment="", at=LATER),
    "approve first": lambda r: r.approve_first(comment="", at=LATER),
    "deny": lambda r: r.decide(Decision.DENIED, comment="Why", at=LATER),
    "expire": lambda r: r.expire(at=LATER),
    "change": lambda r: r.change(OTHER_PLAN, actor=JIM.email, at=LATER),
    "withdraw": lambda r: r.withdraw(actor=JIM.email, at=LATER),
    "ask to cancel": lambda r: r.ask_to_cancel(actor=JIM.email, at=LATER),
    "leave": lambda r: r.cancel_outside_employment(actor="user/hr", at=LATER),
}


def ask(request: LeaveRequest) -> LeaveRequest:
    return request.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=LATER)


PENDING, APPROVED, CANCELLED = Status.PENDING, Status.APPROVED, Status.CANCELLED
WHILE_PENDING = {
    "approve": (APPROVED, EventType.APPROVED),
    "approve first": (PENDING, EventType.FIRST_APPROVAL),
    "deny": (Status.DENIED, EventType.DENIED),
    "expire": (Status.EXPIRED, EventType.EXPIRED),
    "change": (PENDING, EventType.CHANGED),
    "withdraw": (Status.WITHDRAWN, EventType.WITHDRAWN),
}
WHILE_CANCELLING = {
    "approve": (CANCELLED, EventType.CANCELLED),
    "approve first": (APPROVED, EventType.FIRST_APPROVAL),
    "deny": (APPROVED, EventType.CANCELLATION_DECLINED),
    "expire": (APPROVED, EventType.CANCELLATION_EXPIRED),
    "leave": (CANCELLED, EventType.CANCELLED),
}
ONCE_APPROVED = {
    "ask to cancel": (APPROVED, EventType.CANCELLATION_ASKED),
    "leave": (CANCELLED, EventType.CANCELLED),
}

STATES: dict[str, tuple[LeaveRequest, dict[str, tuple[Status, EventType]]]] = {
    "recorded": (a_request(), WHILE_PENDING),
    "asked": (an_asked_request(), WHILE_PENDING),
    "changed": (ACTIONS["change"](an_asked_request()), WHILE_PENDING),
    "approved": (a_decided_request(), ONCE_APPROVED),
    "approved by rule": (a_request().approve_without_asking(at=NOW), ONCE_APPROVED),
    "to be cancelled": (ACTIONS["ask to cancel"](a_decided_request()), WHILE_CANCELLING),
    "asked to cancel": (a_cancellation(), WHILE_CANCELLING),
    "cancellation declined": (ACTIONS["deny"](a_cancellation()), ONCE_APPROVED),
    "cancellation expired": (ACTIONS["expire"](a_cancellation()), ONCE_APPROVED),
    "cancelled": (ACTIONS["approve"](a_cancellation()), {}),
    "denied": (a_decided_request("denied", "Why"), {}),
    "withdrawn": (ACTIONS["withdraw"](an_asked_request()), {}),
    "expired": (ACTIONS["expire"](an_asked_request()), {}),
}

possible = [(s, a) for s, (_, allowed) in STATES.items() for a in ACTIONS if a in allowed]
impossible = [(s, a) for s, (_, allowed) in STATES.items() for a in ACTIONS if a not in allowed]


@pytest.mark.parametrize(("state", "action"), possible)
def test_what_is_possible_leads_to_its_status_and_leaves_one_event(state: str, action: str) -> None:
    before, allowed = STATES[state]
    after = ACTIONS[action](before)
    status, event_type = allowed[action]
    assert after.status is status
    assert after.history[:-1] == before.history
    assert (after.history[-1].type, after.history[-1].at) == (event_type, LATER)
    assert after.version == before.version + 1
    assert (after.request_id, after.employee) == (before.request_id, before.employee)


@pytest.mark.parametrize(("state", "action"), impossible)
def test_what_is_not_possible_is_refused_in_words(state: str, action: str) -> None:
    before, _ = STATES[state]
    expected = (
        "Only approved leave can be cancelled"
        if action == "ask to cancel"
        else f"This request is {before.status}"
    )
    with pytest.raises(NotPossibleError, match=expected):
        ACTIONS[action](before)


@pytest.mark.parametrize("state", STATES)
def test_a_question_is_open_and_days_are_taken_as_the_state_says(state: str) -> None:
    request, allowed = STATES[state]
    expected = Question.LEAVE if request.status is PENDING else Question.CANCELLATION
    assert request.question == (expected if "approve" in allowed else None)
    taken = {year: booking.days for year, booking in request.bookings().items()}
    counted = {year: count.days for year, count in request.plan.counts.items()}
    assert taken == (counted if request.status in {PENDING, APPROVED} else {})


@pytest.mark.parametrize(("state", "action"), possible)
def test_a_link_that_was_good_is_never_forgotten(state: str, action: str) -> None:
    """Either it is still the link of the request, or it is kept as a retired one."""
    before, _ = STATES[state]
    after = ACTIONS[action](before)
    known = [link.secret for link in after.revoked_links] + [after.link_secret]
    assert before.link_secret is None or before.link_secret in known
    assert after.revoked_links[: len(before.revoked_links)] == before.revoked_links


@pytest.mark.parametrize(("state", "action"), possible)
def test_every_new_outcome_waits_to_be_mailed(state: str, action: str) -> None:
    before = STATES[state][0].mark_outcome_mailed()
    after = ACTIONS[action](before)
    is_outcome = after.history[-1].type in OUTCOMES
    assert after.outcome_mailed is not is_outcome
    assert (after.outcome == after.history[-1]) is is_outcome


def test_the_answers_to_every_question_are_known() -> None:
    assert set(ON_DECISION) == {(q, d) for q in Question for d in Decision}
    assert set(ON_TIMEOUT) == set(Question)
    outcomes = [outcome for _, outcome in [*ON_DECISION.values(), *ON_TIMEOUT.values()]]
    assert set(outcomes) | {EventType.WITHDRAWN} == OUTCOMES
    assert len(outcomes) == len(set(outcomes))


@pytest.mark.parametrize(
    ("action", "channel", "actor"),
    [
        ("approve", Channel.LINK, "E001"),
        ("deny", Channel.LINK, "E001"),
        ("expire", Channel.SYSTEM, ""),
        ("change", Channel.API, JIM.email),
        ("withdraw", Channel.API, JIM.email),
    ],
)
def test_an_event_says_who_did_it_and_by_which_way(
    action: str, channel: Channel, actor: str
) -> None:
    event = ACTIONS[action](an_asked_request()).history[-1]
    assert (event.channel, event.actor, event.at) == (channel, actor, LATER)


def test_the_words_of_the_contract_are_kept() -> None:
    """They stand in URLs, replies and records: changing one breaks what is out there."""
    statuses = ["pending", "approved", "denied", "withdrawn", "cancelled", "expired"]
    assert [status.value for status in Status] == statuses
    assert [decision.value for decision in Decision] == ["approved", "denied"]
    assert a_request().plan.leave_type == "annual"


def test_a_new_request_is_pending_and_waits_for_nobody_yet() -> None:
    request = a_request()
    assert (request.status, request.question) == (PENDING, Question.LEAVE)
    assert (request.version, request.revision, request.inquiry) == (1, 1, 1)
    assert (request.link(), request.outcome, request.execution_name) == (None, None, R1)


def test_a_rule_approves_in_nobodys_name_and_at_once() -> None:
    request = a_request().approve_without_asking(at=NOW)
    (event,) = request.history[1:]
    assert (event.type, event.actor, event.channel) == (EventType.APPROVED, "", Channel.SYSTEM)
    assert request.version == 1, "it has not been written yet"


@pytest.mark.parametrize("request_", [an_asked_request(), a_cancellation()])
def test_a_yes_needs_no_comment_and_a_no_does(request_: LeaveRequest) -> None:
    yes = request_.decide(Decision.APPROVED, comment="See you", at=NOW).outcome
    assert yes is not None
    assert yes.comment == "See you"
    request_.decide(Decision.APPROVED, comment="", at=NOW)
    with pytest.raises(CommentMissingError):
        request_.decide(Decision.DENIED, comment="", at=NOW)


def test_each_year_has_a_booking_of_what_its_days_cost() -> None:
    request = a_decided_request(period=a_period("2027-12-27", "2028-04-04"))
    bookings = request.bookings()
    assert {year: booking.count.days for year, booking in bookings.items()} == {2027: 5, 2028: 67}
    assert request.plan.working_days == 72
    booking = bookings[2027]
    assert (booking.request_id, booking.status) == (R1, "approved")
    assert (booking.period, booking.leave_type) == (request.plan.period, "annual")


@pytest.mark.parametrize("again", ["change", "undo", "cancellation"])
def test_nothing_can_be_done_for_ever(again: str) -> None:
    request, window = an_asked_request(), timedelta(hours=1)
    if again == "change":
        for _ in range(MAXIMUM_CHANGES):
            request = ACTIONS["change"](request)
        with pytest.raises(ChangedTooOftenError, match=r"changed at most 20 times\. Withdraw"):
            ACTIONS["change"](request)
    elif again == "undo":
        for _ in range(MAXIMUM_UNDONE):
            request = ACTIONS["approve"](request)
            assert request.undo_until(window) == LATER + window
            request = request.undo(at=LATER)
        request = ACTIONS["approve"](request)
        assert request.undo_until(window) is None
        with pytest.raises(NotPossibleError, match="taken back at most 5 times"):
            request.undo(at=LATER)
    else:
        request = a_decided_request().mark_outcome_mailed()
        for _ in range(MAXIMUM_CANCELLATIONS):
            request = ACTIONS["deny"](ask(ACTIONS["ask to cancel"](request)))
        with pytest.raises(AskedTooOftenError, match=r"requested 10 times.*Talk to the approver"):
            ACTIONS["ask to cancel"](request)


def test_marks_are_kept_apart_and_each_is_a_new_version() -> None:
    decided = a_decided_request()
    mailed = decided.mark_outcome_mailed()
    assert (decided.outcome_mailed, mailed.outcome_mailed) == (False, True)
    assert mailed.version == decided.version + 1
    asked = ask(a_request())
    assert (asked.lead_mailed, asked.mark_lead_mailed().lead_mailed) == (False, True)
    assert not asked.mark_lead_mailed().outcome_mailed


def test_a_question_is_no_outcome() -> None:
    outcome = a_cancellation().outcome
    assert outcome is not None
    assert outcome.type is EventType.APPROVED


def test_a_cancellation_is_another_inquiry_with_another_workflow_and_link() -> None:
    approved = a_decided_request()
    assert approved.execution_name == approved.request_id
    cancelling = ACTIONS["ask to cancel"](approved)
    assert (cancelling.inquiry, cancelling.execution_name) == (2, f"{approved.request_id}-2")
    assert (cancelling.link(), cancelling.task_token) == (None, None)
    assert not cancelling.lead_mailed
    assert link_text(ask(cancelling)) != link_text(approved)
    again = ACTIONS["ask to cancel"](ACTIONS["deny"](ask(cancelling)))
    assert again.execution_name == f"{approved.request_id}-3"
