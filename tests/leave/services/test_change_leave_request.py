"""An employee asks for something else while nobody has decided."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from leave.domain.calendar import Dated
from leave.domain.errors import (
    ChangedTooOftenError,
    ConflictError,
    InsufficientBalanceError,
    LeaveError,
    NotAllowedError,
    NotPossibleError,
    NoWorkingDaysError,
    OverlapError,
    PastPeriodError,
    TooFarAheadError,
    UnavailableError,
    UnknownLeaveTypeError,
    UnknownRequestError,
)
from leave.domain.history import Channel, Decision, EventType, Status
from leave.domain.invitations import RevocationReason
from leave.domain.policy import LeaveType, Rules
from leave.domain.request import MAXIMUM_CHANGES
from leave.domain.values import Secret, replace
from leave.services.change_leave_request import CHANGED
from tests.leave.builders import JIM, JOHN, NO_SUCH_REQUEST, NOW, R1, a_day
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
    from leave.services.leave_policy import LeaveRequestInput

LATER = a_wish("2027-06-07", "2027-06-11", reason="Wedding")


@pytest.fixture
def link(stage: FakeStage) -> str:
    """Return the link in the lead's mail about Jim's request."""
    return stage.asked(a_wish("2027-05-03", "2027-05-05"))


def change(stage: FakeStage, wanted: LeaveRequestInput = LATER, caller: Caller = JIM_CALLS) -> None:
    stage.change_leave_request.change(caller, R1, wanted)


@pytest.mark.usefixtures("link")
def test_a_change_is_a_new_revision_of_the_same_request(stage: FakeStage) -> None:
    changed = stage.change_leave_request.change(JIM_CALLS, R1, LATER).request
    assert changed == stage.requests[R1]
    assert (changed.plan.period, changed.plan.reason) == (LATER.period, "Wedding")
    assert (changed.status, changed.revision) == (Status.PENDING, 2)
    event = changed.history[-1]
    assert (event.type, event.actor, event.channel, event.at) == (
        EventType.CHANGED,
        "E002",
        Channel.API,
        NOW,
    )
    assert event.name == JIM.name
    assert event.comment == "2027-06-07 to 2027-06-11"


@pytest.mark.usefixtures("link")
def test_the_days_move_along(stage: FakeStage) -> None:
    change(stage)
    (booking,) = stage.requests.book("E002", 2027).bookings
    assert (booking.period, booking.days) == (LATER.period, 5)
    change(stage, a_wish("2028-01-10"))
    assert stage.requests.booked("E002", 2027) == 0
    assert stage.requests.booked("E002", 2028) == 1


def test_the_waiting_workflow_is_told_and_asks_again(stage: FakeStage, link: str) -> None:
    change(stage)
    assert stage.workflow.failures == [(TOKEN.reveal(), CHANGED, "revision 2")]
    stage.process_leave_request(R1, OTHER_TOKEN)
    assert stage.mailer.recipients == [JOHN.email] * 2
    assert stage.link(R1) != link
    assert stage.link(R1) in stage.mailer.sent[-1].text


@pytest.mark.usefixtures("link")
def test_a_lambda_that_is_run_again_with_the_old_token_asks_with_a_new_link(
    stage: FakeStage,
) -> None:
    change(stage)
    stage.process_leave_request(R1, TOKEN)
    assert len(stage.mailer.sent) == 2


@pytest.mark.parametrize("decision", Decision)
def test_the_old_link_decides_nothing_and_says_what_happened(
    stage: FakeStage, link: str, decision: Decision
) -> None:
    change(stage)
    shown = stage.submit_lead_response.show(link)
    assert shown is not None
    assert not shown.decides
    assert shown.revoked is not None
    assert (shown.revoked.why, shown.revoked.at) == (RevocationReason.CHANGED, NOW)
    answer = stage.submit_lead_response(link, decision, "So be it")
    assert answer is not None
    assert not answer.changed
    assert stage.requests[R1].status is Status.PENDING
    assert stage.workflow.answers == []


def test_all_old_links_of_a_request_explain_themselves(stage: FakeStage, link: str) -> None:
    links = [link]
    for number, day in enumerate(("2027-06-01", "2027-06-02", "2027-06-03")):
        change(stage, a_wish(day))
        stage.process_leave_request(R1, Secret(f"token {number}"))
        links.append(stage.link(R1))
    for old in links[:-1]:
        shown = stage.submit_lead_response.show(old)
        assert shown is not None
        assert shown.revoked is not None
    stage.decide(links[-1])
    assert stage.requests[R1].status is Status.APPROVED


def test_what_was_recorded_and_never_asked_can_be_changed(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish())
    change(stage)
    assert stage.workflow.failures == [], "nobody waits yet"
    stage.process_leave_request(R1, TOKEN)
    assert stage.mailer.recipients == [JOHN.email]


@pytest.mark.usefixtures("link")
def test_days_of_the_same_request_are_no_overlap_and_no_cost_twice(stage: FakeStage) -> None:
    stage.directory.put(replace(JIM, annual_leave_days=Dated(Decimal(5))))
    change(stage, a_wish("2027-05-03", "2027-05-07"))
    assert stage.requests.booked("E002", 2027) == 5
    assert stage.balance(2027).available == 0


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (a_wish("2027-07-05", "2027-08-31"), InsufficientBalanceError),
        (a_wish("2027-07-01", "2027-07-02"), OverlapError),
        (a_wish("2027-02-26"), PastPeriodError),
        (a_wish("2029-05-03"), TooFarAheadError),
        (a_wish("2027-05-08"), NoWorkingDaysError),
        (a_wish(leave_type="sick"), UnknownLeaveTypeError),
    ],
)
def test_a_change_is_refused_like_a_new_request_and_the_first_one_stands(
    stage: FakeStage, wanted: LeaveRequestInput, error: type[LeaveError]
) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-07-01"))
    before = dict(stage.requests.stored), dict(stage.requests.books)
    with pytest.raises(error):
        change(stage, wanted)
    assert (stage.requests.stored, stage.requests.books) == before
    assert stage.workflow.failures == []


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize("caller", [JANE_CALLS, JOHN_CALLS, A_STRANGER_CALLS])
def test_nobody_changes_anothers_request(stage: FakeStage, caller: Caller) -> None:
    with pytest.raises(NotAllowedError):
        change(stage, caller=caller)
    assert stage.requests[R1].revision == 1


@pytest.mark.usefixtures("link")
def test_an_admin_changes_it_for_the_employee_by_the_employees_rules(stage: FakeStage) -> None:
    change(stage, caller=ADMIN_CALLS)
    assert stage.requests[R1].history[-1].actor == "hr@foo.com"
    assert stage.requests[R1].employee.employee_id == "E002"


def test_a_request_that_there_is_not_can_not_be_changed(stage: FakeStage) -> None:
    with pytest.raises(UnknownRequestError):
        stage.change_leave_request.change(JIM_CALLS, NO_SUCH_REQUEST, LATER)
    with pytest.raises(UnknownRequestError):
        stage.change_leave_request.withdraw(JIM_CALLS, NO_SUCH_REQUEST)


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_what_is_decided_can_not_be_changed(stage: FakeStage, link: str, decision: str) -> None:
    stage.decide(link, decision, "So be it")
    with pytest.raises(NotPossibleError, match=f"is {decision} and cannot be changed"):
        change(stage)


@pytest.mark.usefixtures("link")
def test_a_request_is_changed_twenty_times_at_most(stage: FakeStage) -> None:
    for _ in range(MAXIMUM_CHANGES):
        change(stage)
    with pytest.raises(ChangedTooOftenError):
        change(stage)


def test_a_decision_that_is_faster_than_the_change_stands(stage: FakeStage, link: str) -> None:
    stage.requests.hooks.before("replace", lambda: stage.decide(link))
    with pytest.raises(NotPossibleError):
        change(stage)
    assert stage.requests[R1].status is Status.APPROVED
    assert stage.requests[R1].plan.period == a_wish("2027-05-03", "2027-05-05").period


def test_a_change_that_is_faster_than_the_decision_stands(stage: FakeStage, link: str) -> None:
    """The lead has seen the old dates, so the click must not approve the new ones."""
    stage.requests.hooks.before("replace", lambda: change(stage))
    answer = stage.decide(link)
    assert not answer.changed
    assert answer.view.revoked is not None
    assert stage.requests[R1].status is Status.PENDING


@pytest.mark.usefixtures("link")
def test_another_write_in_between_is_read_again(stage: FakeStage) -> None:
    stage.requests.hooks.before("replace", raising(ConflictError("busy")))
    change(stage)
    assert stage.requests[R1].revision == 2


@pytest.mark.usefixtures("link")
def test_two_changes_at_once_can_not_both_take_the_last_days(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-07-05", "2027-07-09"))
    stage.requests.hooks.before(
        "replace",
        lambda: stage.request_leave(
            ADMIN_CALLS, a_wish("2027-09-06", "2027-09-24"), employee_id="E002"
        ),
    )
    with pytest.raises(InsufficientBalanceError, match="and 5 are left"):
        change(stage, a_wish("2027-08-02", "2027-08-13"))
    assert stage.requests.booked("E002", 2027) == 23


@pytest.mark.usefixtures("link")
def test_when_the_workflow_can_not_be_told_the_change_stands(stage: FakeStage) -> None:
    stage.workflow.hooks.before("fail", raising(UnavailableError("SendTaskFailure")))
    change(stage)
    assert stage.requests[R1].revision == 2
    change(stage)
    assert stage.workflow.failures == [(TOKEN.reveal(), CHANGED, "revision 3")]


@pytest.mark.usefixtures("link")
def test_a_workflow_that_no_longer_waits_is_no_trouble(stage: FakeStage) -> None:
    stage.workflow.used.add(TOKEN.reveal())
    change(stage)
    assert stage.requests[R1].revision == 2


def test_a_change_of_days_beyond_a_horizon_that_was_drawn_nearer(stage: FakeStage) -> None:
    """What was booked for 2028 is given back, though nobody may plan for 2028 any more."""
    stage.asked(a_wish("2027-12-27", "2028-01-07"))
    stage.rules = Rules(horizon_days=200)
    change(stage, a_wish("2027-05-04"))
    assert stage.requests.booked("E002", 2027) == 1
    assert stage.requests.booked("E002", 2028) == 0
    assert a_day("2027-09-17") == stage.rules.horizon(stage.clock.today())


def test_what_needs_no_approval_any_more_is_approved_at_once() -> None:
    sick = LeaveType(id="sick", name="Sick leave", needs_approval=False)
    stage = FakeStage(rules=Rules(leave_types=(*Rules().leave_types, sick)))
    stage.asked()
    wanted = a_wish(leave_type="sick")
    changed = stage.change_leave_request.change(JIM_CALLS, R1, wanted).request
    assert (changed.status, changed.question) == ("approved", None)
    assert [event.type for event in changed.history] == ["requested", "changed", "approved"]
    assert stage.requests[R1] == changed
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "approved")]
