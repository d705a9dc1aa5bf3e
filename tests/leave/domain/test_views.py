"""What a reader may know of a request at a moment."""

from datetime import datetime, timedelta

import pytest

from leave.domain.history import Decision, EventType, Person, Question, Status
from leave.domain.policy import Audience, LeaveType, PolicyWarning, Rules, WarningKind
from leave.domain.request import ApprovalPolicy, LeaveRequest
from leave.domain.values import replace
from leave.domain.views import Reader, Role, VisibleRequest, visible_request
from tests.leave.builders import (
    JIM_HIMSELF,
    JOHN_HIMSELF,
    NOW,
    TASK_TOKEN,
    TODAY,
    a_cancellation,
    a_decided_request,
    a_period,
    a_plan,
    an_asked_request,
)

POLICY = ApprovalPolicy(undo=timedelta(minutes=5))
FINAL = NOW + POLICY.undo
EMPLOYEE = Reader(role=Role.EMPLOYEE, employee_id="E002")
JOHN_READS = Reader(role=Role.APPROVER, employee_id="E001")
ANOTHER_LEAD = Reader(role=Role.APPROVER, employee_id="E009")
ADMINISTRATOR = Reader(role=Role.ADMINISTRATOR)
FORMER = Reader(role=Role.PREVIOUS_APPROVER, employee_id="E001")
MARY = Person(employee_id="E004", name="Mary Baker")
OTHERS = (EMPLOYEE, ANOTHER_LEAD, ADMINISTRATOR)
APPROVED, DENIED = Decision.APPROVED, Decision.DENIED


def seen(
    request: LeaveRequest,
    reader: Reader,
    *,
    now: datetime = NOW,
    rules: Rules | None = None,
    policy: ApprovalPolicy = POLICY,
) -> VisibleRequest:
    return visible_request(request, reader, rules=rules or Rules(), policy=policy, now=now)


def events(visible: VisibleRequest) -> list[EventType]:
    return [event.type for event in visible.request.history]


def rerouted(request: LeaveRequest) -> LeaveRequest:
    return request.reroute(actor="", why="John is on leave", at=NOW)


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("reader", [*OTHERS, FORMER])
def test_an_open_answer_is_known_to_the_approver_alone(reader: Reader, decision: Decision) -> None:
    request = a_decided_request(decision.value, "So be it")
    assert seen(request, reader).request.status is Status.PENDING
    assert seen(request, reader).request.question is Question.LEAVE
    assert seen(request, JOHN_READS).request.status == decision.value
    assert seen(request, reader, now=FINAL).request.status == decision.value
    assert seen(request, reader, policy=ApprovalPolicy()).request.status == decision.value


@pytest.mark.parametrize("reader", OTHERS)
def test_an_open_answer_to_a_cancellation_leaves_the_leave_approved(reader: Reader) -> None:
    request = a_cancellation().decide(APPROVED, comment="", at=NOW)
    visible = seen(request, reader).request
    assert (visible.status, visible.question) == (Status.APPROVED, Question.CANCELLATION)
    assert seen(request, reader, now=FINAL).request.status is Status.CANCELLED


def test_undone_answers_are_in_the_history_for_administrators_only() -> None:
    request = an_asked_request().decide(DENIED, comment="Never", at=NOW).undo(at=NOW)
    request = request.decide(APPROVED, comment="", at=NOW)
    assert events(seen(request, EMPLOYEE)) == [EventType.REQUESTED]
    assert events(seen(request, EMPLOYEE, now=FINAL)) == [EventType.REQUESTED, EventType.APPROVED]
    everything = [EventType.REQUESTED, EventType.DENIED, EventType.UNDONE, EventType.APPROVED]
    assert events(seen(request, ADMINISTRATOR)) == everything


@pytest.mark.parametrize("reader", [JOHN_READS, FORMER])
def test_a_hidden_type_is_told_by_nothing(reader: Reader) -> None:
    days = {"start": TODAY, "end": TODAY}
    notice = PolicyWarning(kind=WarningKind.NOTICE, **days, found=1, needed=30)
    blocked = PolicyWarning(kind=WarningKind.BLOCKED, **days, reason="Fair")
    plan = a_plan(leave_type="sick", reason="Flu", warnings=(notice, blocked))
    rules = Rules(leave_types=(LeaveType(id="sick", name="Sick", visible_to=Audience.NOBODY),))
    request = an_asked_request(plan=plan)
    visible = seen(rerouted(request) if reader is FORMER else request, reader, rules=rules)
    assert visible.discreet
    assert visible.plan == replace(plan, leave_type="", reason="", warnings=(blocked,))
    assert visible.request.plan == visible.plan
    assert seen(request, EMPLOYEE, rules=rules).plan == plan


def test_a_former_approver_knows_the_plan_of_then() -> None:
    asked = an_asked_request(plan=a_plan(reason="A party"))
    assert seen(rerouted(asked), FORMER).plan == asked.plan


def test_a_former_approver_knows_neither_newer_dates_nor_words_nor_an_open_answer() -> None:
    """John was asked about other days; Mary denies."""
    passed_on = rerouted(an_asked_request(plan=a_plan(reason="A party")))
    plan = a_plan(a_period("2027-08-02"), reason="A funeral")
    changed = passed_on.change(plan, actor="E002", name=JIM_HIMSELF.name, at=NOW)
    asked = changed.ask(MARY, task_token=TASK_TOKEN, at=NOW).mark_lead_mailed()
    request = asked.decide(DENIED, comment="Mary says no", at=NOW)
    assert seen(request, FORMER).request.status is Status.PENDING
    visible = seen(request, FORMER, now=FINAL)
    assert visible.plan is None
    assert visible.discreet
    text = repr(visible)
    for hidden in ("2027-08-02", "2027, 8, 2", "A funeral", "Mary says no"):
        assert hidden not in text
    assert (visible.request.status, visible.request.approver) == (Status.DENIED, MARY)
    assert visible.request.plan.period == a_period()


def test_a_link_tells_of_the_plan_that_it_was_for_and_of_none_if_that_is_unknown() -> None:
    """The same approver may have been asked twice."""
    first = an_asked_request().change(a_plan(a_period("2027-06-01")), actor="E002", at=NOW)
    again = rerouted(first.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW))
    old, new = again.revoked_links
    unknown = replace(new, revision=0)
    plans = [seen(again, replace(FORMER, revoked=link)).plan for link in (old, new, unknown)]
    assert plans == [None, again.plan, None]
