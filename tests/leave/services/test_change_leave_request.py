"""An employee asks for something else while nobody has decided."""

from decimal import Decimal

import pytest

from leave.domain import errors
from leave.domain.calendar import Dated
from leave.domain.errors import NotPossibleError, UnavailableError
from leave.domain.history import Channel, Decision, EventType, Status
from leave.domain.invitations import RevocationReason
from leave.domain.policy import LeaveType, Rules
from leave.domain.request import MAXIMUM_CHANGES
from leave.domain.values import Secret
from leave.services.authorization import Caller
from leave.services.change_leave_request import CHANGED
from leave.services.leave_policy import LeaveRequestInput
from tests.leave.builders import JIM, JOHN, NO_SUCH_REQUEST, NOW
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

LATER = a_wish("2027-06-07", "2027-06-11", reason="Wedding")


@pytest.fixture
def link(stage: FakeStage) -> str:
    """Return the link in the lead's mail about Jim's request."""
    return stage.asked(a_wish("2027-05-03", "2027-05-05"))


@pytest.fixture
def asked(stage: FakeStage, link: str) -> FakeStage:
    """Return the stage where Jim has asked and John has the mail."""
    assert link
    return stage


def test_a_change_is_a_new_revision_of_the_same_request(asked: FakeStage) -> None:
    changed = asked.change(LATER).request
    assert changed == asked.request
    assert (changed.plan.period, changed.plan.reason) == (LATER.period, "Wedding")
    assert (changed.status, changed.revision) == (Status.PENDING, 2)
    event = changed.history[-1]
    assert (event.type, event.actor, event.name) == (EventType.CHANGED, "E002", JIM.name)
    assert (event.channel, event.at) == (Channel.API, NOW)
    assert event.comment == "2027-06-07 to 2027-06-11"


def test_the_days_move_along(asked: FakeStage) -> None:
    asked.change(LATER)
    assert (asked.booking().period, asked.booking().days) == (LATER.period, 5)
    asked.change(a_wish("2028-01-10"))
    assert (asked.booked(2027), asked.booked(2028)) == (0, 1)


def test_the_waiting_workflow_is_told_and_asks_again(stage: FakeStage, link: str) -> None:
    stage.change(LATER)
    assert stage.workflow.failures == [(TOKEN.reveal(), CHANGED, "revision 2")]
    stage.ask_lead(OTHER_TOKEN)
    assert stage.mailer.recipients == [JOHN.email] * 2
    assert stage.link() != link
    assert stage.link() in stage.mailer.sent[-1].text


def test_a_function_that_runs_again_with_the_old_token_asks_anew(asked: FakeStage) -> None:
    asked.change(LATER)
    asked.ask_lead()
    assert len(asked.mailer.sent) == 2


@pytest.mark.parametrize("decision", Decision)
def test_the_old_link_decides_nothing(stage: FakeStage, link: str, decision: Decision) -> None:
    stage.change(LATER)
    shown = stage.show(link)
    assert not shown.decides
    assert (shown.revoked.why, shown.revoked.at) == (RevocationReason.CHANGED, NOW)
    assert not stage.decide(link, decision, "So be it").changed
    assert stage.request.status is Status.PENDING
    assert stage.workflow.answers == []


def test_all_old_links_of_a_request_explain_themselves(stage: FakeStage, link: str) -> None:
    links = [link]
    for day in ("2027-06-01", "2027-06-02", "2027-06-03"):
        stage.change(a_wish(day))
        stage.ask_lead(Secret(f"token {day}"))
        links.append(stage.link())
    assert all(stage.show(old).revoked for old in links[:-1])
    stage.decide(links[-1])
    assert stage.request.status is Status.APPROVED


def test_what_was_recorded_and_never_asked_can_be_changed(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish())
    stage.change(LATER)
    assert stage.workflow.failures == [], "nobody waits yet"
    stage.ask_lead()
    assert stage.mailer.recipients == [JOHN.email]


def test_days_of_the_same_request_are_no_overlap_and_no_cost_twice(asked: FakeStage) -> None:
    asked.update(JIM, annual_leave_days=Dated(Decimal(5)))
    asked.change(a_wish("2027-05-03", "2027-05-07"))
    assert (asked.booked(), asked.balance().available) == (5, 0)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (a_wish("2027-07-05", "2027-08-31"), errors.InsufficientBalanceError),
        (a_wish("2027-07-01", "2027-07-02"), errors.OverlapError),
        (a_wish("2027-02-26"), errors.PastPeriodError),
        (a_wish("2029-05-03"), errors.TooFarAheadError),
        (a_wish("2027-05-08"), errors.NoWorkingDaysError),
        (a_wish(leave_type="sick"), errors.UnknownLeaveTypeError),
    ],
)
def test_a_change_is_refused_like_a_new_request_and_the_first_one_stands(
    asked: FakeStage, wanted: LeaveRequestInput, error: type[Exception]
) -> None:
    asked.request_leave(JIM_CALLS, a_wish("2027-07-01"))
    before = asked.written()
    with pytest.raises(error):
        asked.change(wanted)
    assert asked.written() == before
    assert asked.workflow.failures == []


@pytest.mark.parametrize("caller", [JANE_CALLS, JOHN_CALLS, A_STRANGER_CALLS])
def test_nobody_changes_anothers_request(asked: FakeStage, caller: Caller) -> None:
    with pytest.raises(errors.NotAllowedError):
        asked.change(LATER, caller)
    assert asked.request.revision == 1


def test_an_admin_changes_it_for_the_employee_by_the_employees_rules(asked: FakeStage) -> None:
    asked.change(LATER, ADMIN_CALLS)
    assert asked.request.history[-1].actor == "hr@foo.com"
    assert asked.request.employee.employee_id == "E002"


def test_a_request_that_there_is_not_can_not_be_changed(stage: FakeStage) -> None:
    with pytest.raises(errors.UnknownRequestError):
        stage.change_leave_request.change(JIM_CALLS, NO_SUCH_REQUEST, LATER)
    for caller in (JIM_CALLS, ADMIN_CALLS):
        with pytest.raises(errors.UnknownRequestError):
            stage.change_leave_request.withdraw(caller, NO_SUCH_REQUEST)


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_what_is_decided_can_not_be_changed(stage: FakeStage, link: str, decision: str) -> None:
    stage.decide(link, decision, "So be it")
    with pytest.raises(NotPossibleError, match=f"is {decision} and cannot be changed"):
        stage.change(LATER)


def test_a_request_is_changed_twenty_times_at_most(asked: FakeStage) -> None:
    for _ in range(MAXIMUM_CHANGES):
        asked.change(LATER)
    with pytest.raises(errors.ChangedTooOftenError):
        asked.change(LATER)


def test_a_decision_that_is_faster_than_the_change_stands(stage: FakeStage, link: str) -> None:
    before = stage.request.plan
    stage.requests.hooks.before("replace", lambda: stage.decide(link))
    with pytest.raises(NotPossibleError):
        stage.change(LATER)
    assert (stage.request.status, stage.request.plan) == (Status.APPROVED, before)


def test_a_change_that_is_faster_than_the_decision_stands(stage: FakeStage, link: str) -> None:
    """The lead has seen the old dates, so the click must not approve the new ones."""
    stage.requests.hooks.before("replace", lambda: stage.change(LATER))
    answer = stage.decide(link)
    assert not answer.changed
    assert answer.view.revoked is not None
    assert stage.request.status is Status.PENDING


def test_another_write_in_between_is_read_again(asked: FakeStage) -> None:
    asked.requests.hooks.before("replace", raising(errors.ConflictError("busy")))
    asked.change(LATER)
    assert asked.request.revision == 2


def test_two_changes_at_once_can_not_both_take_the_last_days(asked: FakeStage) -> None:
    asked.request_leave(JIM_CALLS, a_wish("2027-07-05", "2027-07-09"))
    faster = a_wish("2027-09-06", "2027-09-24")
    asked.requests.hooks.before(
        "replace", lambda: asked.request_leave(ADMIN_CALLS, faster, employee_id="E002")
    )
    with pytest.raises(errors.InsufficientBalanceError, match="and 5 are left"):
        asked.change(a_wish("2027-08-02", "2027-08-13"))
    assert asked.booked() == 23


def test_when_the_workflow_can_not_be_told_the_change_stands(asked: FakeStage) -> None:
    asked.workflow.hooks.before("fail", raising(UnavailableError("SendTaskFailure")))
    asked.change(LATER)
    assert asked.request.revision == 2
    asked.change(LATER)
    assert asked.workflow.failures == [(TOKEN.reveal(), CHANGED, "revision 3")]


def test_a_workflow_that_no_longer_waits_is_no_trouble(asked: FakeStage) -> None:
    asked.workflow.used.add(TOKEN.reveal())
    asked.change(LATER)
    assert asked.request.revision == 2


def test_a_change_of_days_beyond_a_horizon_that_was_drawn_nearer(stage: FakeStage) -> None:
    """What was booked for 2028 is given back, though nobody may plan for 2028 any more."""
    stage.asked(a_wish("2027-12-27", "2028-01-07"))
    stage.rules = Rules(horizon_days=200)
    stage.change(a_wish("2027-05-04"))
    assert (stage.booked(2027), stage.booked(2028)) == (1, 0)


def test_what_needs_no_approval_any_more_is_approved_at_once(asked: FakeStage) -> None:
    sick = LeaveType(id="sick", name="Sick leave", needs_approval=False)
    asked.rules = Rules(leave_types=(*Rules().leave_types, sick))
    changed = asked.change(a_wish(leave_type="sick")).request
    assert (changed.status, changed.question) == ("approved", None)
    assert asked.events == ["requested", "changed", "approved"]
    assert asked.workflow.answers == [(TOKEN.reveal(), changed.request_id, "approved")]
