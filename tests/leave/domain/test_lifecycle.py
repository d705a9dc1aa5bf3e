"""Every state of a request, and everything that can be done to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import NotPossibleError
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
from tests.leave.builders import (
    JIM,
    JOHN_HIMSELF,
    NOW,
    TASK_TOKEN,
    a_cancellation,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    link_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.domain.request import LeaveRequest

LATER = NOW + timedelta(hours=3)
OTHER_PLAN = a_plan(a_period("2027-06-01", "2027-06-02"))

ACTIONS: dict[str, Callable[[LeaveRequest], LeaveRequest]] = {
    "approve": lambda r: r.decide(Decision.APPROVED, comment="", at=LATER),
    "deny": lambda r: r.decide(Decision.DENIED, comment="Why", at=LATER),
    "expire": lambda r: r.expire(at=LATER),
    "change": lambda r: r.change(OTHER_PLAN, actor=JIM.email, at=LATER),
    "withdraw": lambda r: r.withdraw(actor=JIM.email, at=LATER),
    "ask to cancel": lambda r: r.ask_to_cancel(actor=JIM.email, at=LATER),
    "leave": lambda r: r.cancel_outside_employment(actor="user/hr", at=LATER),
}

PENDING, APPROVED, CANCELLED = Status.PENDING, Status.APPROVED, Status.CANCELLED
WHILE_PENDING = {
    "approve": (APPROVED, EventType.APPROVED),
    "deny": (Status.DENIED, EventType.DENIED),
    "expire": (Status.EXPIRED, EventType.EXPIRED),
    "change": (PENDING, EventType.CHANGED),
    "withdraw": (Status.WITHDRAWN, EventType.WITHDRAWN),
}
WHILE_CANCELLING = {
    "approve": (CANCELLED, EventType.CANCELLED),
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
    status, what = allowed[action]
    assert after.status is status
    assert after.history[:-1] == before.history
    assert (after.history[-1].type, after.history[-1].at) == (what, LATER)
    assert after.version == before.version + 1
    assert (after.request_id, after.employee) == (before.request_id, before.employee)


@pytest.mark.parametrize(("state", "action"), impossible)
def test_what_is_not_possible_is_refused_in_words(state: str, action: str) -> None:
    before, _ = STATES[state]
    with pytest.raises(NotPossibleError) as caught:
        ACTIONS[action](before)
    if action != "ask to cancel":
        assert f"This request is {before.status}" in str(caught.value)


@pytest.mark.parametrize("state", STATES)
def test_a_question_is_open_exactly_while_an_answer_would_count(state: str) -> None:
    request, allowed = STATES[state]
    expected = Question.LEAVE if request.status is PENDING else Question.CANCELLATION
    assert request.question == (expected if "approve" in allowed else None)


@pytest.mark.parametrize("state", STATES)
def test_days_are_taken_while_leave_is_pending_or_approved(state: str) -> None:
    request, _ = STATES[state]
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
def test_every_new_outcome_waits_to_be_told(state: str, action: str) -> None:
    before = STATES[state][0].mark_outcome_mailed()
    after = ACTIONS[action](before)
    is_outcome = after.history[-1].type in OUTCOMES
    assert after.outcome_mailed is not is_outcome
    assert (after.outcome == after.history[-1]) is is_outcome


def test_the_answers_to_every_question_are_known() -> None:
    assert set(ON_DECISION) == {(q, d) for q in Question for d in Decision}
    assert set(ON_TIMEOUT) == set(Question)
    told = [what for _, what in [*ON_DECISION.values(), *ON_TIMEOUT.values()]]
    assert set(told) | {EventType.WITHDRAWN} == OUTCOMES
    assert len(told) == len(set(told))


@pytest.mark.parametrize(
    ("action", "channel", "who"),
    [
        ("approve", Channel.LINK, "E001"),
        ("deny", Channel.LINK, "E001"),
        ("expire", Channel.SYSTEM, ""),
        ("change", Channel.API, JIM.email),
        ("withdraw", Channel.API, JIM.email),
    ],
)
def test_an_event_says_who_did_it_and_by_which_way(action: str, channel: Channel, who: str) -> None:
    event = ACTIONS[action](an_asked_request()).history[-1]
    assert (event.channel, event.actor) == (channel, who)


def test_a_rule_approves_in_nobodys_name_and_at_once() -> None:
    request = a_request().approve_without_asking(at=NOW)
    assert [(e.type, e.actor, e.channel) for e in request.history[1:]] == [
        (EventType.APPROVED, "", Channel.SYSTEM)
    ]
    assert request.version == 1, "it has not been written yet"


def test_a_cancellation_is_another_inquiry_with_another_workflow_and_link() -> None:
    approved = a_decided_request()
    assert approved.execution_name == approved.request_id
    cancelling = ACTIONS["ask to cancel"](approved)
    assert cancelling.inquiry == 2
    assert cancelling.execution_name == f"{approved.request_id}-2"
    assert (cancelling.link(), cancelling.task_token) == (None, None)
    assert not cancelling.lead_mailed
    asked = cancelling.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW)
    assert link_text(asked) != link_text(approved)
    again = ACTIONS["ask to cancel"](ACTIONS["deny"](asked))
    assert again.execution_name == f"{approved.request_id}-3"
