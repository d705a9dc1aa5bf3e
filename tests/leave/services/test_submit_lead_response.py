"""The lead opens a link, and answers: the first answer decides."""

import logging
from datetime import timedelta
from decimal import Decimal

import pytest

from leave.adapters.presentation import pages
from leave.domain.calendar import Dated
from leave.domain.errors import (
    CommentMissingError,
    ConflictError,
    InsufficientBalanceError,
    UnavailableError,
    UnknownEmployeeError,
)
from leave.domain.history import Decision, Status
from leave.domain.invitations import Link, new_link_secret
from leave.domain.policy import Audience, CarryOver, LeaveType, Rules
from leave.services.leave_policy import LeaveRequestInput
from tests.leave.builders import (
    JIM,
    JOHN,
    NOW,
    R1,
    R2,
    a_period,
    a_plan,
    a_request,
    an_adjustment,
    an_asked_request,
    link_text,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import TOKEN, FakeStage, a_wish

APPROVED, DENIED = Decision.APPROVED, Decision.DENIED


@pytest.fixture
def link(stage: FakeStage) -> str:
    """Return the link in the lead's mail about Jim's request r1."""
    return stage.asked()


def test_opening_a_link_shows_the_request_and_changes_nothing(stage: FakeStage, link: str) -> None:
    before = stage.written()
    for _ in range(3):
        shown = stage.show(link)
        assert shown.request.request_id == R1
    assert stage.written() == before
    assert stage.workflow.answers == []


@pytest.mark.parametrize(("decision", "comment"), [(APPROVED, ""), (DENIED, "Release week")])
def test_an_answer_decides_and_resumes_the_workflow(
    stage: FakeStage, link: str, decision: Decision, comment: str
) -> None:
    answer = stage.decide(link, decision, comment)
    assert answer.changed
    assert answer.view.request == stage.request
    assert answer.view.request.status == decision.value
    event = answer.view.request.outcome
    assert event is not None
    assert (event.actor, event.name, event.comment, event.at) == ("E001", JOHN.name, comment, NOW)
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, decision.value)]


def test_who_has_left_decides_nothing_any_more(stage: FakeStage, link: str) -> None:
    last_day = stage.clock.today()
    stage.employ(JOHN, end=last_day)
    shown = stage.show(link)
    assert shown.decides, "the last day is like any other"
    stage.clock.go_on(timedelta(days=1))
    before = stage.written()
    shown = stage.submit_lead_response.show(link)
    answer = stage.submit_lead_response(link, APPROVED, "")
    assert shown is not None
    assert answer is not None
    for opened in (shown, answer.view):
        assert opened.hidden
        assert opened.decision_summary is None
    assert not answer.changed
    assert stage.written() == before
    assert stage.workflow.answers == []


def test_who_is_in_the_directory_no_more_reads_so_in_their_language(stage: FakeStage) -> None:
    stage.update(JOHN, language="de")
    link = stage.asked()
    stage.directory.remove("E001")
    shown = stage.show(link)
    assert "Dieser Link ist geschlossen" in pages.decided(shown, now=False, link=link)


def test_who_begins_tomorrow_decides_nothing_yet(stage: FakeStage, link: str) -> None:
    day = timedelta(days=1)
    stage.employ(JOHN, stage.clock.today() + day)
    before = stage.request
    answer = stage.decide(link)
    assert answer.view.hidden
    assert stage.request == before
    stage.clock.go_on(day)
    assert stage.decide(link).changed


def test_a_denial_gives_the_days_back(stage: FakeStage, link: str) -> None:
    stage.submit_lead_response(link, DENIED, "Release week")
    assert stage.booked() == 0


def test_an_approval_is_seen_in_the_ledger(stage: FakeStage, link: str) -> None:
    stage.submit_lead_response(link, APPROVED, "")
    assert stage.booking().status == "approved"


def test_a_denial_without_a_comment_decides_nothing(stage: FakeStage, link: str) -> None:
    with pytest.raises(CommentMissingError):
        stage.submit_lead_response(link, DENIED, "")
    assert stage.request.status is Status.PENDING
    assert stage.workflow.answers == []


@pytest.mark.parametrize("second", [APPROVED, DENIED])
def test_the_first_answer_decides_and_later_ones_learn_of_it(
    stage: FakeStage, link: str, second: Decision
) -> None:
    stage.submit_lead_response(link, APPROVED, "Enjoy")
    decided = stage.request
    later = stage.submit_lead_response(link, second, "Changed my mind")
    assert later is not None
    assert not later.changed
    assert later.view.request == decided
    assert stage.request == decided
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "approved")]


def test_a_second_click_without_a_comment_learns_of_the_decision_too(
    stage: FakeStage, link: str
) -> None:
    stage.submit_lead_response(link, APPROVED, "")
    later = stage.decide(link, "denied")
    assert later.view.request.status == "approved"


def test_two_simultaneous_answers_decide_once(stage: FakeStage, link: str) -> None:
    stage.requests.hooks.before(
        "replace", lambda: stage.submit_lead_response(link, DENIED, "Faster")
    )
    answer = stage.decide(link)
    assert not answer.changed
    assert answer.view.request.status == "denied"
    assert stage.events == ["requested", "denied"]
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "denied")]


def test_an_answer_after_the_time_is_up_learns_of_that(stage: FakeStage, link: str) -> None:
    stage.expire()
    answer = stage.decide(link)
    assert not answer.changed
    assert answer.view.request.status is Status.EXPIRED


def test_an_expiry_that_is_faster_than_the_answer_wins(stage: FakeStage, link: str) -> None:
    stage.requests.hooks.before("replace", stage.expire)
    answer = stage.decide(link)
    assert answer.view.request.status is Status.EXPIRED
    assert len(stage.request.history) == 2


def test_when_the_workflow_can_not_be_reached_the_decision_stands(
    stage: FakeStage, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    stage.workflow.hooks.before("answer", raising(UnavailableError("SendTaskSuccess")))
    answer = stage.decide(link)
    assert answer.changed
    assert stage.request.status is Status.APPROVED
    assert stage.workflow.answers == []
    (record,) = caplog.records
    assert (record.getMessage(), record.levelname) == ("workflow not resumed", "ERROR")
    assert vars(record)["leaveRequestId"] == R1


def test_a_second_click_makes_up_for_an_answer_that_did_not_get_through(
    stage: FakeStage, link: str
) -> None:
    stage.workflow.hooks.before("answer", raising(UnavailableError("SendTaskSuccess")))
    stage.submit_lead_response(link, APPROVED, "")
    stage.submit_lead_response(link, DENIED, "No!")
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "approved")]


def test_a_workflow_that_no_longer_waits_is_noted_and_no_trouble(
    stage: FakeStage, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stage.workflow.used.add(TOKEN.reveal())
    answer = stage.decide(link)
    assert answer.changed
    (record,) = caplog.records
    assert (record.getMessage(), record.levelname) == ("workflow no longer waits", "INFO")
    assert vars(record)["leaveRequestId"] == R1


def test_a_workflow_that_waits_leaves_nothing_to_note(
    stage: FakeStage, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stage.submit_lead_response(link, APPROVED, "")
    assert caplog.records == []


def test_once_the_employee_was_told_the_workflow_is_left_alone(stage: FakeStage, link: str) -> None:
    stage.submit_lead_response(link, APPROVED, "")
    stage.tell_employee()
    stage.workflow.hooks.before("answer", raising(AssertionError("not to be called")))
    assert stage.submit_lead_response(link, APPROVED, "") is not None


def test_a_link_that_is_none_opens_nothing(stage: FakeStage, link: str) -> None:
    request_id, secret = link.split(".")
    for text in (
        "",
        "nonsense",
        request_id,
        f"{R2}.{secret}",
        f"{request_id}.{'A' * 43}",
        link[:-1],
    ):
        assert stage.submit_lead_response.show(text) is None
        assert stage.submit_lead_response(text, APPROVED, "") is None
    assert stage.request.status is Status.PENDING


def test_a_link_to_another_request_opens_that_and_not_this(stage: FakeStage, link: str) -> None:
    stage.requests.put(an_asked_request(R2, period=a_period("2027-06-01")))
    foreign = link_text(stage.requests[R2])
    assert foreign.split(".")[1] not in link
    assert stage.submit_lead_response(f"{R1}.{foreign.split('.')[1]}", APPROVED, "") is None
    shown = stage.show(foreign)
    assert shown.request.request_id == R2


def test_a_request_nobody_was_asked_about_is_opened_by_nothing(stage: FakeStage) -> None:
    stage.requests.put(a_request(R1))
    guess = Link(request_id=R1, secret=new_link_secret()).reveal()
    assert stage.submit_lead_response.show(guess) is None


def test_a_record_that_never_keeps_still_asks_to_try_again(stage: FakeStage, link: str) -> None:
    stage.requests.hooks.before("replace", raising(ConflictError("busy")), times=50)
    with pytest.raises(UnavailableError, match="try again"):
        stage.submit_lead_response(link, APPROVED, "")
    assert stage.request.status is Status.PENDING


def test_a_crash_after_the_decision_was_written_is_made_up_for_by_a_click(
    stage: FakeStage, link: str
) -> None:
    stage.requests.hooks.after("replace", raising(UnavailableError("DynamoDB: timeout")))
    with pytest.raises(UnavailableError):
        stage.submit_lead_response(link, APPROVED, "")
    later = stage.decide(link)
    assert later.view.request.status is Status.APPROVED
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "approved")]


def test_the_balance_is_checked_again_on_approval(stage: FakeStage, link: str) -> None:
    """Days were taken away meanwhile: the lead is told the numbers, and nothing is decided."""
    ledger = stage.requests.book("E002", 2027)
    stage.requests.write_ledgers([ledger.with_adjustment(an_adjustment("-25"))])
    before = stage.written()
    with pytest.raises(InsufficientBalanceError, match=r"1 working day of 2027, and 0 are left"):
        stage.submit_lead_response(link, APPROVED, "")
    assert stage.written() == before
    assert stage.workflow.answers == []


def test_what_no_longer_fits_can_still_be_denied(stage: FakeStage, link: str) -> None:
    stage.update(JIM, annual_leave_days=Dated(Decimal(0)))
    with pytest.raises(InsufficientBalanceError):
        stage.submit_lead_response(link, APPROVED, "")
    stage.decide(link, "denied", "No days left")
    assert stage.request.status is Status.DENIED


@pytest.mark.parametrize(("decision", "booked"), [("approved", 1), ("denied", 0)])
def test_leave_of_a_type_that_is_no_more_can_be_decided(
    decision: str, booked: int, stage: FakeStage
) -> None:
    stage.requests.put(an_asked_request(plan=a_plan(leave_type="special")))
    stage.decide(link_text(stage.request), decision, "So be it")
    assert stage.request.status == decision
    assert stage.booked() == booked


def test_an_employee_missing_in_the_directory_can_not_be_decided_about(
    stage: FakeStage, link: str
) -> None:
    stage.directory.remove("E002")
    with pytest.raises(UnknownEmployeeError, match="E002"):
        stage.submit_lead_response(link, APPROVED, "")


def test_a_write_to_the_ledger_meanwhile_is_seen(stage: FakeStage, link: str) -> None:
    def days_are_taken_away() -> None:
        ledger = stage.requests.book("E002", 2027)
        stage.requests.write_ledgers([ledger.with_adjustment(an_adjustment("-25"))])

    stage.requests.hooks.before("replace", days_are_taken_away)
    with pytest.raises(InsufficientBalanceError):
        stage.submit_lead_response(link, APPROVED, "")
    assert stage.request.status is Status.PENDING


def test_a_decision_beyond_a_horizon_that_was_drawn_nearer_is_booked(stage: FakeStage) -> None:
    link = stage.asked(a_wish("2027-12-27", "2028-01-07"))
    stage.rules = Rules(horizon_days=30)
    stage.decide(link, "approved")
    for year in (2027, 2028):
        (booking,) = stage.requests.book("E002", year).bookings
        assert booking.status == "approved"


@pytest.mark.parametrize("audience", Audience)
def test_the_lead_is_shown_type_and_reason_only_where_they_may_see_them(
    stage: FakeStage, audience: Audience
) -> None:
    special = LeaveType(id="special", name="Special leave", visible_to=audience)
    stage.rules = Rules(leave_types=(special,))
    link = stage.asked(a_wish(leave_type="special", reason="My operation"))
    shown = stage.submit_lead_response.show(link)
    answer = stage.decide(link)
    for opened in (shown, answer.view):
        assert opened is not None
        seen = (opened.plan.leave_type, opened.plan.reason)
        assert seen == (("special", "My operation") if audience is Audience.LEAD else ("", ""))
        assert opened.plan.period == a_period()
    assert stage.request.plan.reason == "My operation"


def test_a_link_that_was_replaced_shows_nothing_that_was_asked_for_since(
    stage: FakeStage, link: str
) -> None:
    stage.change(a_wish("2027-06-01", reason="My operation"))
    shown = stage.show(link)
    assert shown.plan == shown.request.plan
    assert (shown.plan.period, shown.plan.leave_type, shown.plan.reason) == (a_period(), "", "")


@pytest.mark.parametrize(
    ("wanted", "days_later", "left", "carried"),
    [
        (a_wish("2027-03-29", "2027-03-31"), 0, (25, 25), (5, 2)),
        (a_wish("2027-10-04", "2027-10-06"), 0, (25, 22), None),
        (a_wish("2027-10-04", "2027-10-06"), 31, (25, 22), None),
    ],
)
def test_the_lead_is_shown_what_can_pay_for_the_days_and_the_carried_days_apart(
    stage: FakeStage,
    wanted: LeaveRequestInput,
    days_later: int,
    left: tuple[int, int],
    carried: tuple[int, int] | None,
) -> None:
    """Five days came over from 2026, to be taken until 31 March."""
    stage.rules = Rules(carry_over=CarryOver(maximum_days=Decimal(5)))
    stage.update(JIM, accounts_since=2026)
    link = stage.asked(wanted)
    stage.clock.go_on(timedelta(days=days_later))
    shown = stage.show(link)
    assert shown.decision_summary is not None
    (balance,) = shown.decision_summary.balances
    assert ((balance.before, balance.after), balance.carried) == (left, carried)
