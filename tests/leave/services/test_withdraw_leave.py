"""An employee takes a pending request back, or wants to cancel an approved one."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain import errors
from leave.domain.calendar import Dated
from leave.domain.history import Channel, Decision, EventType, Question, Status
from leave.domain.policy import CarryOver, LeaveType, Rules
from leave.domain.values import Secret, replace
from leave.services.authorization import Caller
from tests.leave.builders import JANE, JIM, JOHN, NOW, R1, TODAY
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

DAY = timedelta(days=1)
DOWN = errors.UnavailableError("down")


def withdraw(stage: FakeStage, caller: Caller = JIM_CALLS) -> Status:
    return stage.withdraw(caller).request.status


def end_question(stage: FakeStage, link: str, how: str) -> None:
    """Let the question of a cancellation end in one of the ways there are."""
    if how == "expired":
        stage.expire(inquiry=2)
    elif how == "agreed":
        stage.decide(link)
    else:
        stage.decide(link, "denied", "No")


def test_an_undecided_request_is_withdrawn_at_once(stage: FakeStage) -> None:
    stage.asked()
    assert withdraw(stage) is Status.WITHDRAWN
    event = stage.request.history[-1]
    assert (event.type, event.actor, event.name) == (EventType.WITHDRAWN, "E002", JIM.name)
    assert (event.channel, event.at) == (Channel.API, NOW)
    assert (stage.booked(), stage.balance().available) == (0, 25)


def test_the_workflow_ends_and_the_lead_is_told_once(stage: FakeStage) -> None:
    stage.asked()
    withdraw(stage)
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "withdrawn")]
    for _ in range(2):
        assert stage.tell_employee() == "withdrawn"
    assert stage.mailer.recipients == [JOHN.email] * 2
    assert stage.mailer.sent[-1].text == "Jim O'Dell has withdrawn it"


@pytest.mark.parametrize("decision", Decision)
def test_the_link_of_withdrawn_leave_decides_nothing(stage: FakeStage, decision: Decision) -> None:
    link = stage.asked()
    withdraw(stage)
    assert not stage.decide(link, decision, "So be it").changed
    assert stage.request.status is Status.WITHDRAWN
    assert len(stage.workflow.answers) == 1


@pytest.mark.parametrize("days", [{"end": TODAY - DAY}, {"start": TODAY + DAY}])
def test_a_lead_who_is_not_employed_today_is_not_told(stage: FakeStage, days: Any) -> None:
    stage.asked()
    stage.employ(JOHN, **days)
    withdraw(stage)
    stage.tell_employee()
    assert stage.mailer.recipients == [JOHN.email], "only the brief"
    assert stage.request.outcome_mailed


def test_a_lead_who_was_never_asked_is_not_told(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish())
    withdraw(stage)
    assert stage.workflow.answers == []
    stage.ask_lead()
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "withdrawn")]
    stage.tell_employee()
    assert stage.mailer.sent == []
    assert stage.request.outcome_mailed


@pytest.mark.parametrize("status", ["denied", "withdrawn", "expired", "cancelled"])
def test_what_is_over_can_not_be_withdrawn(stage: FakeStage, status: str) -> None:
    if status == "cancelled":
        stage.decide(stage.cancelling(stage.approved()))
    else:
        link = stage.asked()
        if status == "denied":
            stage.decide(link, "denied", "No")
        elif status == "expired":
            stage.expire()
        else:
            withdraw(stage)
    before = stage.request
    with pytest.raises(errors.NotPossibleError, match=f"is {status} already"):
        withdraw(stage)
    assert stage.request == before


@pytest.mark.parametrize("caller", [JANE_CALLS, JOHN_CALLS, A_STRANGER_CALLS])
@pytest.mark.parametrize("start", [FakeStage.asked, FakeStage.approved])
def test_nobody_withdraws_anothers_leave(stage: FakeStage, caller: Caller, start: Any) -> None:
    start(stage)
    before = stage.request
    with pytest.raises(errors.NotAllowedError):
        withdraw(stage, caller)
    assert stage.request == before


def test_a_decision_that_is_faster_leads_to_a_question(stage: FakeStage) -> None:
    link = stage.asked()
    stage.requests.hooks.before("replace", lambda: stage.decide(link))
    assert withdraw(stage) is Status.APPROVED
    assert stage.request.question is Question.CANCELLATION


def test_when_the_workflow_can_not_be_told_it_is_withdrawn_all_the_same(stage: FakeStage) -> None:
    stage.asked()
    stage.workflow.hooks.before("answer", raising(DOWN))
    assert withdraw(stage) is Status.WITHDRAWN


# Approved leave


def test_cancelling_approved_leave_asks_the_lead_by_a_workflow_of_its_own(stage: FakeStage) -> None:
    stage.approved()
    assert withdraw(stage) is Status.APPROVED
    assert stage.request.question is Question.CANCELLATION
    assert stage.workflow.executions == {R1: (R1, 1), f"{R1}-2": (R1, 2)}
    assert stage.booked() == 1, "it is still approved"
    stage.ask_lead(OTHER_TOKEN, inquiry=2)
    assert stage.mailer.recipients == [JOHN.email, JIM.email, JOHN.email]


def test_a_workflow_that_missed_the_approval_does_not_wait_on(stage: FakeStage) -> None:
    link = stage.asked()
    stage.workflow.hooks.before("answer", raising(DOWN))
    stage.decide(link)
    assert stage.workflow.answers == []
    asked = stage.withdraw().request
    assert [told for _, told, _ in stage.workflow.answers] == [R1]
    assert asked.execution_name in stage.workflow.executions


def test_the_link_that_approved_does_not_cancel(stage: FakeStage) -> None:
    link = stage.asked()
    stage.decide(link)
    assert stage.cancelling() != link
    for decision in Decision:
        answer = stage.decide(link, decision, "x")
        assert not answer.changed
        assert answer.view.revoked is not None
    assert stage.request.question is Question.CANCELLATION


@pytest.mark.parametrize(
    ("how", "status", "booked", "mail"),
    [
        ("agreed", "cancelled", 0, "cancelled: "),
        ("declined", "approved", 1, "cancellation-declined: No"),
        ("expired", "approved", 1, "cancellation-expired: "),
    ],
)
def test_only_an_agreed_cancellation_gives_the_days_back(
    stage: FakeStage, how: str, status: str, booked: int, mail: str
) -> None:
    end_question(stage, stage.cancelling(stage.approved()), how)
    assert (stage.request.status, stage.request.question) == (status, None)
    assert stage.booked() == booked
    assert stage.workflow.answers[-1] == (OTHER_TOKEN.reveal(), R1, status) or how == "expired"
    assert stage.tell_employee(inquiry=2) == status
    assert (stage.mailer.sent[-1].to, stage.mailer.sent[-1].text) == (JIM.email, mail)


@pytest.mark.parametrize("how", ["declined", "expired"])
def test_who_was_not_heard_can_ask_again(stage: FakeStage, how: str) -> None:
    link = stage.cancelling(stage.approved())
    end_question(stage, link, how)
    again = stage.cancelling(token=Secret("third"))
    assert list(stage.workflow.executions) == [R1, f"{R1}-2", f"{R1}-3"]
    assert not stage.decide(link).changed
    assert stage.decide(again).changed
    assert stage.request.status is Status.CANCELLED


def test_asking_to_cancel_twice_asks_once(stage: FakeStage) -> None:
    stage.cancelling(stage.approved())
    before = stage.request
    assert withdraw(stage) is Status.APPROVED
    assert stage.request == before
    assert len(stage.workflow.executions) == 2


def test_a_lost_start_is_made_up_for_by_asking_again(stage: FakeStage) -> None:
    stage.approved()
    stage.workflow.hooks.before("start", raising(DOWN))
    with pytest.raises(errors.UnavailableError):
        withdraw(stage)
    assert list(stage.workflow.executions) == [R1]
    withdraw(stage)
    assert list(stage.workflow.executions) == [R1, f"{R1}-2"]
    assert stage.request.inquiry == 2


def test_a_lost_race_is_read_again(stage: FakeStage) -> None:
    stage.approved()
    stage.requests.hooks.before("replace", raising(errors.ConflictError("busy")))
    withdraw(stage)
    assert stage.request.inquiry == 2


def test_the_workflow_of_the_first_question_leaves_the_second_alone(stage: FakeStage) -> None:
    stage.cancelling(stage.approved())
    sent = len(stage.mailer.sent)
    stage.ask_lead(Secret("late"), inquiry=1)
    assert stage.workflow.answers[-1] == ("late", R1, "approved")
    assert stage.expire(inquiry=1) == "approved"
    assert stage.request.question is Question.CANCELLATION
    assert len(stage.mailer.sent) == sent


def test_the_approval_is_told_while_a_cancellation_is_asked(stage: FakeStage) -> None:
    stage.decide(stage.asked())
    stage.cancelling()
    stage.tell_employee(inquiry=1)
    assert stage.mailer.sent[-1].text == "approved: "
    assert stage.request.outcome_mailed


def test_another_lead_by_then_is_asked_about_the_cancellation(stage: FakeStage) -> None:
    stage.approved()
    stage.update(JIM, lead_id=JANE.employee_id)
    stage.cancelling()
    assert stage.mailer.recipients[-1] == JANE.email


def test_leave_that_has_begun_can_still_be_cancelled_if_the_lead_agrees(stage: FakeStage) -> None:
    stage.approved(a_wish("2027-03-01", "2027-03-05"))
    stage.clock.go_on(400 * DAY)
    stage.decide(stage.cancelling())
    assert (stage.request.status, stage.booked()) == (Status.CANCELLED, 0)


@pytest.mark.parametrize("how", ["agreed", "declined", "expired"])
def test_who_has_fewer_days_by_now_can_cancel_all_the_same(stage: FakeStage, how: str) -> None:
    """A leaver, for example: the year's days went down to less than what was approved."""
    stage.approved(a_wish("2027-05-03", "2027-05-28"))
    stage.update(JIM, annual_leave_days=Dated(Decimal(10)))
    end_question(stage, stage.cancelling(), how)
    assert stage.request.question is None
    assert stage.balance().available == (10 if how == "agreed" else -10)


@pytest.mark.parametrize("how", ["agreed", "declined", "expired"])
def test_leave_of_a_type_that_is_no_more_can_be_cancelled(stage: FakeStage, how: str) -> None:
    special = LeaveType(id="special", name="Special leave")
    stage.rules = Rules(leave_types=(*Rules().leave_types, special))
    stage.approved(a_wish(leave_type="special"))
    stage.rules = Rules()
    end_question(stage, stage.cancelling(), how)
    assert stage.request.status == ("cancelled" if how == "agreed" else "approved")


def test_where_nobody_could_agree_nobody_is_asked(stage: FakeStage) -> None:
    """Else the workflow would go on looking for an approver, hour by hour, without an end."""
    stage.fallback_approver = JANE.employee_id
    stage.decide(stage.asked(caller=JOHN_CALLS))
    stage.fallback_approver = None
    with pytest.raises(errors.NoApproverError, match="E001 has no approver: no lead is imported"):
        withdraw(stage, JOHN_CALLS)
    assert stage.request.question is None
    assert list(stage.workflow.executions) == [R1]


# Days that come back


def carrying(stage: FakeStage, days: str) -> None:
    stage.rules = Rules(carry_over=CarryOver(maximum_days=Decimal(days)))


def returned(stage: FakeStage, monkeypatch: pytest.MonkeyPatch, request_id: str, days: int) -> Any:
    """Let a cancellation be agreed so many days after it was asked; return what the mail tells."""
    told: list[Any] = []
    write = stage.emails.outcome_notice

    def outcome_notice(request: Any, *, employee: Any, returned: Any = None) -> Any:
        told.append(returned)
        return write(request, employee=employee, returned=returned)

    monkeypatch.setattr(stage.emails, "outcome_notice", outcome_notice)
    link = stage.cancelling(request_id)
    stage.clock.go_on(days * DAY)
    stage.decide(link)
    stage.process_lead_response(request_id, inquiry=2)
    (found,) = told
    return found


@pytest.mark.parametrize(("days", "lapsed", "mail"), [(28, 0, ""), (31, 3, "3 lapsed")])
def test_the_employee_is_told_which_days_expired_before_they_came_back(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch, days: int, lapsed: int, mail: str
) -> None:
    """Three days carried over are given back on 1 April, a day after they expired."""
    carrying(stage, "5")
    stage.update(JIM, accounts_since=2026)
    stage.approved(a_wish("2027-03-29", "2027-04-09"))
    found = returned(stage, monkeypatch, R1, days)
    assert (found.days, found.lapsed) == (10, lapsed)
    assert stage.mailer.sent[-1].text == f"cancelled: {mail}"


@pytest.mark.parametrize(("maximum", "back"), [("0", 0), ("3", 3), ("30", 4)])
def test_of_last_years_days_only_those_carried_over_come_back(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch, maximum: str, back: int
) -> None:
    carrying(stage, maximum)
    # The rest of the year is taken, so that nothing else is carried over.
    stage.approved(a_wish("2027-05-03", "2027-05-28"))
    stage.approved(a_wish("2027-06-07"))
    december = stage.approved(a_wish("2027-12-20", "2027-12-23"))
    stage.clock.go_on(315 * DAY)
    before = stage.balance(2028)
    assert returned(stage, monkeypatch, december, 0).back == back
    assert stage.balance(2028).carried_left - before.carried_left == back


def test_days_of_a_year_long_past_come_back_with_all_that_follows(stage: FakeStage) -> None:
    carrying(stage, "9")
    stage.approved(a_wish("2027-05-03", "2027-05-28"))
    stage.clock.go_on(365 * DAY)
    stage.approved(a_wish("2028-05-02"))
    assert stage.requests.book("E002", 2028).carried_in == 5
    stage.clock.go_on(365 * DAY)
    stage.decide(stage.cancelling())
    assert stage.requests.book("E002", 2028).carried_in == 9


# Leave that needed no approval, and has begun or has not

ALLOWANCE = 5
CARE = LeaveType(
    id="care", name="Care leave", needs_approval=False, days_per_year=Decimal(ALLOWANCE)
)


def caring() -> FakeStage:
    """Return a stage with five days a year that need no approval."""
    return FakeStage(rules=Rules(leave_types=(*Rules().leave_types, CARE)))


def care(stage: FakeStage, first: int = 0, last: int | None = None) -> str:
    """Let Jim ask for care leave so many days from today on; return the request's id."""
    today = stage.clock.today()
    days = (str(today + n * DAY) for n in (first, first if last is None else last))
    return stage.request_leave(JIM_CALLS, a_wish(*days, leave_type="care")).request_id


@pytest.mark.parametrize("days_later", [0, 1, 30])
def test_the_lead_is_asked_once_it_has_begun(days_later: int) -> None:
    stage = caring()
    care(stage)
    stage.clock.go_on(days_later * DAY)
    link = stage.cancelling()
    assert (stage.request.status, stage.request.question) == ("approved", Question.CANCELLATION)
    assert stage.approver == JOHN.employee_id
    assert stage.balance(2027, "care").available == ALLOWANCE - 1
    stage.decide(link)
    assert stage.request.status is Status.CANCELLED
    assert stage.balance(2027, "care").available == ALLOWANCE


@pytest.mark.parametrize(("first", "caller"), [(1, JIM_CALLS), (0, ADMIN_CALLS)])
def test_it_is_cancelled_at_once_before_or_by_an_admin(first: int, caller: Caller) -> None:
    stage = caring()
    care(stage, first)
    withdraw(stage, caller)
    assert (stage.request.status, stage.request.question) == (Status.CANCELLED, None)
    assert list(stage.workflow.executions) == [R1], "the one that is on its way tells of it"
    assert not stage.request.bookings()
    with pytest.raises(errors.NotPossibleError):
        withdraw(stage)


def test_an_administrator_s_own_leave_is_the_lead_s_to_cancel() -> None:
    stage = caring()
    care(stage)
    withdraw(stage, replace(JIM_CALLS, in_admins=True))
    assert stage.request.question is Question.CANCELLATION


def test_where_nobody_could_agree_nothing_is_written() -> None:
    stage = caring()
    stage.update(JIM, lead_id=None)
    care(stage)
    before = stage.request
    with pytest.raises(errors.NoApproverError, match="Ask an administrator"):
        withdraw(stage)
    assert stage.request == before


def test_the_lead_who_answers_gets_no_note_besides() -> None:
    stage = caring()
    care(stage)
    stage.ask_lead()
    stage.tell_employee()
    assert stage.mailer.recipients == [JIM.email, JOHN.email]
    stage.decide(stage.cancelling())
    stage.tell_employee(inquiry=2)
    assert stage.mailer.recipients[2:] == [JOHN.email, JIM.email], "the question, the outcome"
    assert not stage.request.is_open


ACTS = st.lists(
    st.tuples(st.just("ask"), st.integers(0, 9), st.integers(0, 6))
    | st.tuples(st.just("cancel"), st.integers(0, 9), st.just(0))
    | st.tuples(st.just("wait"), st.integers(1, 6), st.just(0)),
    max_size=30,
)


@given(ACTS)
def test_days_taken_never_exceed_the_allowance(acts: list[tuple[str, int, int]]) -> None:
    """Whatever an employee asks for and cancels alone, while days go by."""
    stage = caring()
    taken: Counter[int] = Counter()
    asked: list[str] = []
    for what, number, length in (*acts, ("wait", 20, 0)):
        try:
            if what == "ask":
                asked.append(care(stage, number, number + length))
            elif what == "cancel" and asked:
                stage.change_leave_request.withdraw(JIM_CALLS, asked[number % len(asked)])
        except errors.LeaveError:
            continue
        for _ in range(number if what == "wait" else 0):
            day = stage.clock.today()
            away = stage.requests.book("E002", day.year).away_on(day)
            taken[day.year] += away is not None and day.weekday() in range(5)
            stage.clock.go_on(DAY)
    assert all(days <= ALLOWANCE for days in taken.values())
    assert taken[2027] == stage.balance(2027, "care").taken, "the balance has counted them all"
