"""An employee takes a pending request back, or wants to cancel an approved one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.calendar import Dated
from leave.domain.errors import (
    ConflictError,
    NoApproverError,
    NotAllowedError,
    NotPossibleError,
    UnavailableError,
    UnknownRequestError,
)
from leave.domain.history import Channel, Decision, EventType, Question, Status
from leave.domain.policy import LeaveType, Rules
from leave.domain.values import Secret, replace
from tests.leave.builders import JANE, JIM, JOHN, NO_SUCH_REQUEST, NOW, R1, employed
from tests.leave.hooks import raising
from tests.leave.services.stage import (
    A_STRANGER_CALLS,
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    OTHER_TOKEN,
    TOKEN,
    FakeStage,
    a_wish,
)

if TYPE_CHECKING:
    from leave.services.authorization import Caller


def withdraw(stage: FakeStage, caller: Caller = JIM_CALLS) -> Status:
    return stage.change_leave_request.withdraw(caller, R1).request.status


def test_an_undecided_request_is_withdrawn_at_once(stage: FakeStage) -> None:
    stage.asked()
    assert withdraw(stage) is Status.WITHDRAWN
    event = stage.requests[R1].history[-1]
    assert (event.type, event.actor, event.channel, event.at) == (
        EventType.WITHDRAWN,
        "E002",
        Channel.API,
        NOW,
    )
    assert event.name == JIM.name
    assert stage.requests.booked("E002", 2027) == 0
    assert stage.balance(2027).available == 25


def test_the_workflow_ends_and_the_lead_is_told(stage: FakeStage) -> None:
    stage.asked()
    withdraw(stage)
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "withdrawn")]
    assert stage.process_lead_response(R1) == "withdrawn"
    assert stage.mailer.recipients == [JOHN.email] * 2
    assert stage.mailer.sent[-1].text == "Jim O'Dell has withdrawn it"
    stage.process_lead_response(R1)
    assert len(stage.mailer.sent) == 2


@pytest.mark.parametrize("decision", Decision)
def test_the_link_of_a_withdrawn_request_decides_nothing(
    stage: FakeStage, decision: Decision
) -> None:
    link = stage.asked()
    withdraw(stage)
    answer = stage.decide(link, decision, "So be it")
    assert not answer.changed
    assert stage.requests[R1].status is Status.WITHDRAWN
    assert len(stage.workflow.answers) == 1


def test_a_lead_who_has_left_is_not_told(stage: FakeStage) -> None:
    stage.asked()
    stage.directory.put(replace(JOHN, employments=employed(end=stage.clock.today())))
    stage.clock.go_on(timedelta(days=1))
    withdraw(stage)
    stage.process_lead_response(R1)
    assert stage.mailer.recipients == [JOHN.email], "only while still there"
    assert stage.requests[R1].outcome_mailed


def test_a_lead_who_has_not_begun_is_not_told(stage: FakeStage) -> None:
    stage.asked()
    stage.directory.put(
        replace(JOHN, employments=employed(stage.clock.today() + timedelta(days=1)))
    )
    withdraw(stage)
    stage.process_lead_response(R1)
    assert stage.mailer.recipients == [JOHN.email], "only the brief"


def test_a_lead_who_was_never_asked_is_not_told(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish())
    withdraw(stage)
    assert stage.workflow.answers == []
    stage.process_leave_request(R1, TOKEN)
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "withdrawn")]
    stage.process_lead_response(R1)
    assert stage.mailer.sent == []
    assert stage.requests[R1].outcome_mailed


@pytest.mark.parametrize("status", ["denied", "withdrawn", "expired", "cancelled"])
def test_what_is_over_can_not_be_withdrawn(stage: FakeStage, status: str) -> None:
    if status == "cancelled":
        stage.decide(stage.cancelling(stage.approved()))
    else:
        link = stage.asked()
        if status == "denied":
            stage.decide(link, "denied", "No")
        elif status == "expired":
            stage.process_lead_response(R1, expire=True)
        else:
            withdraw(stage)
    before = stage.requests[R1]
    with pytest.raises(NotPossibleError, match=f"is {status} already"):
        withdraw(stage)
    assert stage.requests[R1] == before


@pytest.mark.parametrize("caller", [JANE_CALLS, JOHN_CALLS, A_STRANGER_CALLS])
@pytest.mark.parametrize("approved", [False, True])
def test_nobody_withdraws_anothers_leave(
    stage: FakeStage, caller: Caller, *, approved: bool
) -> None:
    _ = stage.approved() if approved else stage.asked()
    before = stage.requests[R1]
    with pytest.raises(NotAllowedError):
        withdraw(stage, caller)
    assert stage.requests[R1] == before


def test_a_request_that_there_is_not_can_not_be_withdrawn(stage: FakeStage) -> None:
    with pytest.raises(UnknownRequestError):
        stage.change_leave_request.withdraw(ADMIN_CALLS, NO_SUCH_REQUEST)


def test_a_decision_that_is_faster_leads_to_a_question(stage: FakeStage) -> None:
    link = stage.asked()
    stage.requests.hooks.before("replace", lambda: stage.decide(link))
    assert withdraw(stage) is Status.APPROVED
    assert stage.requests[R1].question is Question.CANCELLATION


def test_when_the_workflow_can_not_be_told_it_is_withdrawn_all_the_same(stage: FakeStage) -> None:
    stage.asked()
    stage.workflow.hooks.before("answer", raising(UnavailableError("SendTaskSuccess")))
    assert withdraw(stage) is Status.WITHDRAWN


def test_cancelling_approved_leave_asks_the_lead_by_a_workflow_of_its_own(
    stage: FakeStage,
) -> None:
    stage.approved()
    assert withdraw(stage) is Status.APPROVED
    assert stage.requests[R1].question is Question.CANCELLATION
    assert stage.workflow.executions == {R1: (R1, 1), f"{R1}-2": (R1, 2)}
    assert stage.requests.booked("E002", 2027) == 1, "it is still approved"
    stage.process_leave_request(R1, OTHER_TOKEN, inquiry=2)
    assert stage.mailer.recipients == [JOHN.email, JIM.email, JOHN.email]


def test_a_workflow_that_never_heard_of_the_approval_does_not_wait_beside_the_new_one(
    stage: FakeStage,
) -> None:
    link = stage.asked()
    stage.workflow.hooks.before("answer", raising(UnavailableError("down")))
    stage.decide(link)
    assert stage.workflow.answers == []
    asked = stage.change_leave_request.withdraw(JIM_CALLS, R1).request
    assert [told for _, told, _ in stage.workflow.answers] == [R1]
    assert asked.execution_name in stage.workflow.executions


def test_the_link_that_approved_does_not_cancel(stage: FakeStage) -> None:
    link = stage.asked()
    stage.decide(link)
    cancel_link = stage.cancelling(R1)
    assert cancel_link != link
    for decision in Decision:
        answer = stage.decide(link, decision, "x")
        assert not answer.changed
        assert answer.view.revoked is not None
    assert stage.requests[R1].question is Question.CANCELLATION


def test_an_agreed_cancellation_gives_the_days_back(stage: FakeStage) -> None:
    link = stage.cancelling(stage.approved())
    assert stage.decide(link).changed
    assert stage.requests[R1].status is Status.CANCELLED
    assert stage.requests.booked("E002", 2027) == 0
    assert stage.workflow.answers[-1] == (OTHER_TOKEN.reveal(), R1, "cancelled")
    assert stage.process_lead_response(R1, inquiry=2) == "cancelled"
    assert stage.mailer.sent[-1].to == JIM.email
    assert stage.mailer.sent[-1].text == "cancelled: "


def test_a_declined_cancellation_leaves_the_leave_approved(stage: FakeStage) -> None:
    link = stage.cancelling(stage.approved())
    stage.decide(link, "denied", "Nobody else can")
    assert stage.requests[R1].status is Status.APPROVED
    assert stage.requests.booked("E002", 2027) == 1
    assert stage.process_lead_response(R1, inquiry=2) == "approved"
    assert stage.mailer.sent[-1].text == "cancellation-declined: Nobody else can"


def test_a_cancellation_nobody_answers_leaves_the_leave_approved(stage: FakeStage) -> None:
    stage.cancelling(stage.approved())
    assert stage.process_lead_response(R1, inquiry=2, expire=True) == "approved"
    assert stage.requests[R1].question is None
    assert stage.mailer.sent[-1].text == "cancellation-expired: "


@pytest.mark.parametrize("how", ["declined", "expired"])
def test_who_was_not_heard_can_ask_again(stage: FakeStage, how: str) -> None:
    link = stage.cancelling(stage.approved())
    if how == "declined":
        stage.decide(link, "denied", "No")
    else:
        stage.process_lead_response(R1, inquiry=2, expire=True)
    again = stage.cancelling(R1, Secret("third"))
    assert list(stage.workflow.executions) == [R1, f"{R1}-2", f"{R1}-3"]
    assert not stage.decide(link).changed
    assert stage.decide(again).changed
    assert stage.requests[R1].status is Status.CANCELLED


def test_asking_to_cancel_twice_asks_once(stage: FakeStage) -> None:
    stage.cancelling(stage.approved())
    before = stage.requests[R1]
    assert withdraw(stage) is Status.APPROVED
    assert stage.requests[R1] == before
    assert len(stage.workflow.executions) == 2


def test_a_lost_start_is_made_up_for_by_asking_again(stage: FakeStage) -> None:
    stage.approved()
    stage.workflow.hooks.before("start", raising(UnavailableError("StartExecution")))
    with pytest.raises(UnavailableError):
        withdraw(stage)
    assert list(stage.workflow.executions) == [R1]
    withdraw(stage)
    assert list(stage.workflow.executions) == [R1, f"{R1}-2"]
    assert stage.requests[R1].inquiry == 2


def test_a_lost_race_is_read_again(stage: FakeStage) -> None:
    stage.approved()
    stage.requests.hooks.before("replace", raising(ConflictError("busy")))
    withdraw(stage)
    assert stage.requests[R1].inquiry == 2


def test_the_workflow_of_the_first_question_neither_asks_nor_ends_the_second(
    stage: FakeStage,
) -> None:
    stage.cancelling(stage.approved())
    sent = len(stage.mailer.sent)
    stage.process_leave_request(R1, Secret("late"), inquiry=1)
    assert stage.workflow.answers[-1] == ("late", R1, "approved")
    assert stage.process_lead_response(R1, inquiry=1, expire=True) == "approved"
    assert stage.requests[R1].question is Question.CANCELLATION
    assert len(stage.mailer.sent) == sent


def test_a_late_word_of_the_approval_is_still_sent_while_a_cancellation_is_asked(
    stage: FakeStage,
) -> None:
    stage.decide(stage.asked())
    stage.cancelling(R1)
    stage.process_lead_response(R1, inquiry=1)
    assert stage.mailer.sent[-1].text == "approved: "
    assert stage.requests[R1].outcome_mailed


def test_another_lead_by_then_is_asked_about_the_cancellation(stage: FakeStage) -> None:
    stage.approved()
    stage.directory.put(replace(JIM, lead_id=JANE.employee_id))
    stage.cancelling(R1)
    assert stage.mailer.recipients[-1] == JANE.email


def test_leave_that_has_begun_can_still_be_cancelled_if_the_lead_agrees(stage: FakeStage) -> None:
    stage.approved(a_wish("2027-03-01", "2027-03-05"))
    stage.clock.go_on(timedelta(days=400))
    stage.decide(stage.cancelling(R1))
    assert stage.requests[R1].status is Status.CANCELLED
    assert stage.requests.booked("E002", 2027) == 0


def test_the_employee_is_told_which_days_expired_before_they_came_back(stage: FakeStage) -> None:
    """Three days carried over are given back on 1 April, a day after they expired."""
    stage.rules = replace(
        stage.rules, carry_over=replace(stage.rules.carry_over, maximum_days=Decimal(5))
    )
    stage.directory.put(replace(JIM, accounts_since=2026))
    stage.approved(a_wish("2027-03-29", "2027-03-31"))
    link = stage.cancelling(R1)
    stage.clock.go_on(timedelta(days=31))
    stage.decide(link)
    stage.process_lead_response(R1, inquiry=2)
    assert stage.mailer.sent[-1].text == "cancelled: 3 lapsed"


@pytest.mark.parametrize(("maximum", "back"), [("0", "0"), ("3", "3"), ("30", "4")])
def test_of_last_years_days_only_those_carried_over_come_back(
    maximum: str, back: str, stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.rules = replace(
        stage.rules, carry_over=replace(stage.rules.carry_over, maximum_days=Decimal(maximum))
    )
    # The rest of the year is taken, so that nothing else is carried over.
    stage.approved(a_wish("2027-05-03", "2027-05-28"))
    stage.approved(a_wish("2027-06-07"))
    stage.approved(a_wish("2027-12-20", "2027-12-23"))
    told: list[Any] = []
    tell = stage.emails.outcome_notice

    def outcome_notice(request: Any, *, employee: Any, returned: Any = None) -> Any:
        told.append(returned)
        return tell(request, employee=employee, returned=returned)

    monkeypatch.setattr(stage.emails, "outcome_notice", outcome_notice)
    request_id = next(r for r, q in stage.requests.stored.items() if "12-20" in str(q.plan.period))
    stage.clock.go_on(timedelta(days=315))
    before = stage.balance(2028)
    stage.decide(stage.cancelling(request_id))
    stage.process_lead_response(request_id, inquiry=2)
    after = stage.balance(2028)
    assert after.carried_left - before.carried_left == Decimal(back)
    assert told[-1].back == Decimal(back)


def test_days_of_a_year_long_past_come_back_with_all_that_follows(stage: FakeStage) -> None:
    stage.rules = replace(
        stage.rules, carry_over=replace(stage.rules.carry_over, maximum_days=Decimal(9))
    )
    stage.approved(a_wish("2027-05-03", "2027-05-28"))
    stage.clock.go_on(timedelta(days=365))
    stage.approved(a_wish("2028-05-02"))
    assert stage.requests.book("E002", 2028).carried_in == 5
    stage.clock.go_on(timedelta(days=365))
    stage.decide(stage.cancelling(R1))
    assert stage.requests.book("E002", 2028).carried_in == 9


@pytest.mark.parametrize("how", ["agreed", "declined", "expired"])
def test_who_has_fewer_days_by_now_can_cancel_all_the_same(stage: FakeStage, how: str) -> None:
    """A leaver, for example: the year's days went down to less than what was approved."""
    stage.approved(a_wish("2027-05-03", "2027-05-28"))
    stage.directory.put(replace(JIM, annual_leave_days=Dated(Decimal(10))))
    link = stage.cancelling(R1)
    if how == "agreed":
        stage.decide(link)
    elif how == "declined":
        stage.decide(link, "denied", "No")
    else:
        stage.process_lead_response(R1, inquiry=2, expire=True)
    assert stage.requests[R1].question is None
    assert stage.balance(2027).available == (10 if how == "agreed" else -10)


@pytest.mark.parametrize("how", ["agreed", "declined", "expired"])
def test_leave_of_a_type_that_is_no_more_can_be_cancelled(stage: FakeStage, how: str) -> None:
    special = LeaveType(id="special", name="Special leave")
    stage.rules = Rules(leave_types=(*Rules().leave_types, special))
    stage.approved(a_wish(leave_type="special"))
    stage.rules = Rules()
    link = stage.cancelling(R1)
    if how == "expired":
        stage.process_lead_response(R1, inquiry=2, expire=True)
    else:
        stage.decide(link, "approved" if how == "agreed" else "denied", "x")
    assert stage.requests[R1].status == ("cancelled" if how == "agreed" else "approved")


def test_where_nobody_could_agree_nobody_is_asked() -> None:
    """Else the workflow would go on looking for an approver, hour by hour, without an end."""
    stage = FakeStage(fallback_approver=JANE.employee_id)
    stage.decide(stage.asked(caller=JOHN_CALLS), "approved", "")
    stage.fallback_approver = None
    with pytest.raises(NoApproverError, match="E001 has no approver: no lead is imported"):
        withdraw(stage, JOHN_CALLS)
    assert stage.requests[R1].question is None
    assert list(stage.workflow.executions) == [R1]


def test_leave_that_needed_no_approval_is_cancelled_without_asking() -> None:
    sick = LeaveType(id="sick", name="Sick leave", needs_approval=False)
    stage = FakeStage(rules=Rules(leave_types=(*Rules().leave_types, sick)))
    stage.request_leave(JIM_CALLS, a_wish(leave_type="sick"))
    withdraw(stage, JIM_CALLS)
    cancelled = stage.requests[R1]
    assert (cancelled.status, cancelled.question) == ("cancelled", None)
    assert list(stage.workflow.executions) == [R1], "the one that is on its way tells of it"
    assert not cancelled.bookings()
    with pytest.raises(NotPossibleError):
        withdraw(stage, JIM_CALLS)
