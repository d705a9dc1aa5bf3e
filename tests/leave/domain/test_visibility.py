"""What a reader may know of a request at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.history import Decision, EventType, Person, Question, Status
from leave.domain.policy import Audience, LeaveType, PolicyWarning, Rules, WarningKind
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from leave.domain.views import Reader, Role, VisibleRequest, visible_request
from tests.leave.builders import (
    JIM_HIMSELF,
    JOHN_HIMSELF,
    NOW,
    TASK_TOKEN,
    a_cancellation,
    a_decided_request,
    a_period,
    a_plan,
    an_asked_request,
)

if TYPE_CHECKING:
    from leave.domain.request import LeaveRequest

POLICY = ApprovalPolicy(undo=timedelta(minutes=5))
FINAL = NOW + POLICY.undo
EMPLOYEE = Reader(role=Role.EMPLOYEE, employee_id="E002")
JOHN_READS = Reader(role=Role.APPROVER, employee_id="E001")
ANOTHER_LEAD = Reader(role=Role.APPROVER, employee_id="E009")
ADMINISTRATOR = Reader(role=Role.ADMINISTRATOR)
FORMER = Reader(role=Role.PREVIOUS_APPROVER, employee_id="E001")
MARY = Person(employee_id="E004", name="Mary Baker")
OTHERS = (EMPLOYEE, ANOTHER_LEAD, ADMINISTRATOR)


def seen(
    request: LeaveRequest, reader: Reader, *, now: datetime = NOW, rules: Rules | None = None
) -> VisibleRequest:
    return visible_request(request, reader, rules=rules or Rules(), policy=POLICY, now=now)


def events(visible: VisibleRequest) -> list[EventType]:
    return [event.type for event in visible.request.history]


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("reader", [*OTHERS, FORMER])
def test_an_open_answer_is_known_to_the_approver_alone(reader: Reader, decision: Decision) -> None:
    request = a_decided_request(decision.value, "So be it")
    assert seen(request, reader).request.status is Status.PENDING
    assert seen(request, reader).request.question is Question.LEAVE
    assert seen(request, JOHN_READS).request.status == decision.value
    assert seen(request, reader, now=FINAL).request.status == decision.value


@pytest.mark.parametrize("reader", OTHERS)
def test_an_open_answer_to_a_cancellation_leaves_the_leave_approved(reader: Reader) -> None:
    request = a_cancellation().decide(Decision.APPROVED, comment="", at=NOW)
    visible = seen(request, reader).request
    assert (visible.status, visible.question) == (Status.APPROVED, Question.CANCELLATION)
    assert seen(request, reader, now=FINAL).request.status is Status.CANCELLED


def test_undone_answers_are_in_the_history_for_administrators_only() -> None:
    asked = an_asked_request()
    request = asked.decide(Decision.DENIED, comment="Never", at=NOW).undo(at=NOW)
    request = request.decide(Decision.APPROVED, comment="", at=NOW)
    assert events(seen(request, EMPLOYEE)) == [EventType.REQUESTED]
    assert events(seen(request, EMPLOYEE, now=FINAL)) == [EventType.REQUESTED, EventType.APPROVED]
    everything = [EventType.REQUESTED, EventType.DENIED, EventType.UNDONE, EventType.APPROVED]
    assert events(seen(request, ADMINISTRATOR)) == everything


def test_a_stage_without_undo_hides_nothing() -> None:
    request = a_decided_request("denied", "No")
    visible = visible_request(request, EMPLOYEE, rules=Rules(), policy=ApprovalPolicy(), now=NOW)
    assert visible.request == request


@pytest.mark.parametrize("reader", [JOHN_READS, FORMER])
def test_a_hidden_type_is_told_by_nothing(reader: Reader) -> None:
    notice = PolicyWarning(
        kind=WarningKind.NOTICE, start=NOW.date(), end=NOW.date(), found=1, needed=30
    )
    blocked = PolicyWarning(
        kind=WarningKind.BLOCKED, start=NOW.date(), end=NOW.date(), reason="Fair"
    )
    plan = a_plan(leave_type="sick", reason="Flu", warnings=(notice, blocked))
    rules = Rules(leave_types=(LeaveType(id="sick", name="Sick", visible_to=Audience.NOBODY),))
    request = an_asked_request(plan=plan)
    if reader is FORMER:
        request = request.reroute(actor="", why="", at=NOW)
    visible = seen(request, reader, rules=rules)
    assert visible.discreet
    assert visible.plan == replace(plan, leave_type="", reason="", warnings=(blocked,))
    assert visible.request.plan == visible.plan
    assert seen(request, EMPLOYEE, rules=rules).plan == plan


def changed_after_john() -> LeaveRequest:
    """Return what Mary is asked, after John was asked about other days."""
    asked = an_asked_request(plan=a_plan(reason="A party"))
    passed_on = asked.reroute(actor="", why="John is on leave", at=NOW)
    plan = a_plan(a_period("2027-08-02"), reason="A funeral")
    changed = passed_on.change(plan, actor="E002", name=JIM_HIMSELF.name, at=NOW)
    return changed.ask(MARY, task_token=TASK_TOKEN, at=NOW).mark_lead_mailed()


def test_a_former_approver_knows_the_plan_of_then() -> None:
    asked = an_asked_request(plan=a_plan(reason="A party"))
    visible = seen(asked.reroute(actor="", why="", at=NOW), FORMER)
    assert visible.plan == asked.plan


def test_a_former_approver_knows_neither_newer_dates_nor_words() -> None:
    request = changed_after_john().decide(Decision.DENIED, comment="Mary says no", at=NOW)
    visible = seen(request, FORMER, now=FINAL)
    assert visible.plan is None
    assert visible.discreet
    text = repr(visible)
    for hidden in ("2027-08-02", "2027, 8, 2", "A funeral", "Mary says no"):
        assert hidden not in text
    assert visible.request.status is Status.DENIED
    assert visible.request.approver == MARY
    assert visible.request.plan.period == a_period()


def test_a_former_approver_does_not_know_an_open_answer() -> None:
    request = changed_after_john().decide(Decision.APPROVED, comment="", at=NOW)
    assert seen(request, FORMER).request.status is Status.PENDING


def test_a_link_tells_of_the_plan_that_it_was_for() -> None:
    """The same approver may have been asked twice."""
    first = an_asked_request().change(a_plan(a_period("2027-06-01")), actor="E002", at=NOW)
    again = first.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW).reroute(actor="", why="", at=NOW)
    old, new = again.revoked_links
    assert seen(again, replace(FORMER, revoked=old)).plan is None
    assert seen(again, replace(FORMER, revoked=new)).plan == again.plan


def test_a_link_of_an_unknown_plan_tells_of_none() -> None:
    request = an_asked_request().reroute(actor="", why="", at=NOW)
    unknown = replace(request.revoked_links[0], revision=0)
    assert seen(request, replace(FORMER, revoked=unknown)).plan is None
