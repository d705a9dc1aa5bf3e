"""The lead opens a link, and answers: the first answer decides."""

import logging
from datetime import timedelta
from decimal import Decimal

import pytest

from leave.adapters.presentation import pages
from leave.domain import errors
from leave.domain.calendar import Dated
from leave.domain.history import Decision, Status
from leave.domain.invitations import Link, new_link_secret
from leave.domain.policy import Audience, CarryOver, LeaveType, Rules
from leave.domain.views import YearBalance
from leave.services.leave_policy import LeaveRequestInput
from tests.leave.builders import (
    JIM,
    JOHN,
    NOW,
    R1,
    R2,
    TODAY,
    a_booking,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    an_id,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import JIM_CALLS, TOKEN, FakeStage, a_wish

DAY = timedelta(days=1)
DOWN = errors.UnavailableError("down")


@pytest.fixture
def link(stage: FakeStage) -> str:
    """Return the link in the lead's mail about Jim's request."""
    return stage.asked()


def test_opening_a_link_shows_the_request_and_changes_nothing(stage: FakeStage, link: str) -> None:
    before = stage.written()
    for _ in range(3):
        assert stage.show(link).request.request_id == R1
    assert stage.written() == before
    assert stage.workflow.answers == []


@pytest.mark.parametrize(
    ("decision", "comment", "booked"),
    [("approved", "", ["approved"]), ("denied", "Stocktaking", [])],
)
def test_an_answer_decides_books_and_resumes_the_workflow(
    stage: FakeStage, link: str, decision: str, comment: str, booked: list[str]
) -> None:
    answer = stage.decide(link, decision, comment)
    assert answer.changed
    assert answer.view.request == stage.request
    assert stage.request.status == decision
    event = stage.request.outcome
    assert (event.actor, event.name, event.comment, event.at) == ("E001", JOHN.name, comment, NOW)
    assert [one.status for one in stage.requests.book("E002", 2027).bookings] == booked
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, decision)]


def test_a_denial_without_a_comment_decides_nothing(stage: FakeStage, link: str) -> None:
    with pytest.raises(errors.CommentMissingError):
        stage.decide(link, "denied")
    assert stage.request.status is Status.PENDING
    assert stage.workflow.answers == []


@pytest.mark.parametrize(
    ("second", "comment"), [("approved", "Or so"), ("denied", "Changed my mind"), ("denied", "")]
)
def test_the_first_answer_decides_and_later_ones_learn_of_it(
    stage: FakeStage, link: str, second: str, comment: str
) -> None:
    stage.decide(link, comment="Enjoy")
    decided = stage.request
    later = stage.decide(link, second, comment)
    assert not later.changed
    assert later.view.request == stage.request == decided
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "approved")]


def test_two_simultaneous_answers_decide_once(stage: FakeStage, link: str) -> None:
    stage.requests.hooks.before("replace", lambda: stage.decide(link, "denied", "Faster"))
    answer = stage.decide(link)
    assert not answer.changed
    assert answer.view.request.status == "denied"
    assert stage.events == ["requested", "denied"]
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "denied")]


@pytest.mark.parametrize("while_it_is_written", [False, True])
def test_an_answer_after_the_time_is_up_learns_of_that(
    stage: FakeStage, link: str, *, while_it_is_written: bool
) -> None:
    if while_it_is_written:
        stage.requests.hooks.before("replace", stage.expire)
    else:
        stage.expire()
    answer = stage.decide(link)
    assert not answer.changed
    assert answer.view.request.status is Status.EXPIRED
    assert stage.events == ["requested", "expired"]


# Who may answer


def test_who_has_left_decides_nothing_any_more(stage: FakeStage, link: str) -> None:
    stage.employ(JOHN, end=TODAY)
    assert stage.show(link).decides, "the last day is like any other"
    stage.clock.go_on(DAY)
    before = stage.written()
    answer = stage.decide(link)
    assert not answer.changed
    for opened in (stage.show(link), answer.view):
        assert opened.hidden
        assert opened.decision_summary is None
    assert stage.written() == before
    assert stage.workflow.answers == []


def test_who_begins_tomorrow_decides_nothing_yet(stage: FakeStage, link: str) -> None:
    stage.employ(JOHN, TODAY + DAY)
    before = stage.request
    assert stage.decide(link).view.hidden
    assert stage.request == before
    stage.clock.go_on(DAY)
    assert stage.decide(link).changed


def test_who_is_in_the_directory_no_more_reads_so_in_their_language(stage: FakeStage) -> None:
    stage.update(JOHN, language="de")
    link = stage.asked()
    stage.directory.remove("E001")
    page = pages.decided(stage.show(link), now=False, link=link)
    assert "Dieser Link ist geschlossen" in page


# The workflow


def test_when_the_workflow_can_not_be_reached_the_decision_stands_and_a_click_tells_it(
    stage: FakeStage, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    stage.workflow.hooks.before("answer", raising(DOWN))
    assert stage.decide(link).changed
    assert stage.request.status is Status.APPROVED
    assert stage.workflow.answers == []
    (record,) = caplog.records
    assert (record.getMessage(), record.levelname) == ("workflow not resumed", "ERROR")
    assert vars(record)["leaveRequestId"] == R1
    stage.decide(link, "denied", "No!")
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "approved")]


def test_a_workflow_that_no_longer_waits_is_noted_and_no_trouble(
    stage: FakeStage, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stage.workflow.used.add(TOKEN.reveal())
    assert stage.decide(link).changed
    (record,) = caplog.records
    assert (record.getMessage(), record.levelname) == ("workflow no longer waits", "INFO")
    assert vars(record)["leaveRequestId"] == R1


def test_a_workflow_that_waits_leaves_nothing_to_note(
    stage: FakeStage, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stage.decide(link)
    assert caplog.records == []


def test_once_the_employee_was_told_the_workflow_is_left_alone(stage: FakeStage, link: str) -> None:
    stage.decide(link)
    stage.tell_employee()
    stage.workflow.hooks.before("answer", raising(AssertionError("not to be called")))
    stage.decide(link)


def test_a_record_that_never_keeps_still_asks_to_try_again(stage: FakeStage, link: str) -> None:
    stage.requests.hooks.before("replace", raising(errors.ConflictError("busy")), times=50)
    with pytest.raises(errors.UnavailableError, match="try again"):
        stage.decide(link)
    assert stage.request.status is Status.PENDING


def test_a_crash_after_the_write_is_made_up_for_by_a_click(stage: FakeStage, link: str) -> None:
    stage.requests.hooks.after("replace", raising(DOWN))
    with pytest.raises(errors.UnavailableError):
        stage.decide(link)
    assert stage.decide(link).view.request.status is Status.APPROVED
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, "approved")]


# Links


def test_a_link_that_is_none_opens_nothing(stage: FakeStage, link: str) -> None:
    request_id, secret = link.split(".")
    stage.requests.put(an_asked_request(R2, period=a_period("2027-06-01")))
    foreign = stage.link(R2)
    assert stage.show(foreign).request.request_id == R2
    for text in (
        "",
        "nonsense",
        request_id,
        f"{R2}.{secret}",
        f"{R1}.{foreign.split('.')[1]}",
        f"{request_id}.{'A' * 43}",
        link[:-1],
    ):
        assert stage.submit_lead_response.show(text) is None
        assert stage.submit_lead_response(text, Decision.APPROVED, "") is None
    assert stage.request.status is Status.PENDING


def test_a_request_nobody_was_asked_about_is_opened_by_nothing(stage: FakeStage) -> None:
    stage.requests.put(a_request(R1))
    guess = Link(request_id=R1, secret=new_link_secret()).reveal()
    assert stage.submit_lead_response.show(guess) is None


# The balance is checked again


@pytest.mark.parametrize("while_it_is_written", [False, True])
def test_days_that_were_taken_away_meanwhile_are_told_and_nothing_is_decided(
    stage: FakeStage, link: str, *, while_it_is_written: bool
) -> None:
    if while_it_is_written:
        stage.requests.hooks.before("replace", lambda: stage.adjust("-25", may_go_negative=True))
    else:
        stage.adjust("-25", may_go_negative=True)
    before = stage.request
    with pytest.raises(
        errors.InsufficientBalanceError, match=r"1 working day of 2027, and 0 are left"
    ):
        stage.decide(link)
    assert (stage.request, stage.booking().status) == (before, "pending")
    assert stage.workflow.answers == []


def test_what_no_longer_fits_can_still_be_denied(stage: FakeStage, link: str) -> None:
    stage.update(JIM, annual_leave_days=Dated(Decimal(0)))
    with pytest.raises(errors.InsufficientBalanceError):
        stage.decide(link)
    stage.decide(link, "denied", "No days left")
    assert stage.request.status is Status.DENIED


@pytest.mark.parametrize(("decision", "booked"), [("approved", 1), ("denied", 0)])
def test_leave_of_a_removed_type_can_be_decided(
    stage: FakeStage, decision: str, booked: int
) -> None:
    stage.requests.put(an_asked_request(plan=a_plan(leave_type="special")))
    stage.decide(stage.link(), decision, "So be it")
    assert (stage.request.status, stage.booked()) == (decision, booked)


def test_leave_of_an_unknown_employee_is_not_decided(stage: FakeStage, link: str) -> None:
    stage.directory.remove("E002")
    with pytest.raises(errors.UnknownEmployeeError, match="E002"):
        stage.decide(link)


def test_a_decision_beyond_a_horizon_that_was_drawn_nearer_is_booked(stage: FakeStage) -> None:
    link = stage.asked(a_wish("2027-12-27", "2028-01-07"))
    stage.rules = Rules(horizon_days=30)
    stage.decide(link)
    assert {stage.booking(year).status for year in (2027, 2028)} == {"approved"}


# What the lead is shown


@pytest.mark.parametrize("audience", Audience)
def test_the_lead_is_shown_type_and_reason_if_they_may(
    stage: FakeStage, audience: Audience
) -> None:
    special = LeaveType(id="special", name="Special leave", visible_to=audience)
    stage.rules = Rules(leave_types=(special,))
    link = stage.asked(a_wish(leave_type="special", reason="My operation"))
    for opened in (stage.show(link), stage.decide(link).view):
        seen = (opened.plan.leave_type, opened.plan.reason)
        assert seen == (("special", "My operation") if audience is Audience.LEAD else ("", ""))
        assert opened.plan.period == a_period()
    assert stage.request.plan.reason == "My operation"


def test_a_replaced_link_shows_nothing_of_what_came_since(stage: FakeStage, link: str) -> None:
    stage.change(a_wish("2027-06-01", reason="My operation"))
    shown = stage.show(link)
    assert shown.plan == shown.request.plan
    assert (shown.plan.period, shown.plan.leave_type, shown.plan.reason) == (a_period(), "", "")


def balance_shown(stage: FakeStage, link: str) -> YearBalance:
    summary = stage.show(link).decision_summary
    assert summary is not None
    (balance,) = summary.balances
    return balance


@pytest.fixture
def carrying(stage: FakeStage) -> FakeStage:
    """Return a stage where five days came over from 2026, to be taken until 31 March."""
    stage.rules = Rules(carry_over=CarryOver(maximum_days=Decimal(5)))
    stage.update(JIM, accounts_since=2026)
    return stage


@pytest.mark.parametrize(
    ("wanted", "days_later", "left", "carried"),
    [
        (a_wish("2027-03-29", "2027-03-31"), 0, (25, 25), (5, 2)),
        (a_wish("2027-03-29", "2027-04-02"), 0, (25, 23), (5, 2)),
        (a_wish("2027-10-04", "2027-10-06"), 0, (25, 22), None),
        (a_wish("2027-10-04", "2027-10-06"), 31, (25, 22), None),
    ],
)
def test_the_lead_is_shown_what_can_pay_for_the_days_and_the_carried_days_apart(
    carrying: FakeStage,
    wanted: LeaveRequestInput,
    days_later: int,
    left: tuple[int, int],
    carried: tuple[int, int] | None,
) -> None:
    link = carrying.asked(wanted)
    carrying.clock.go_on(days_later * DAY)
    balance = balance_shown(carrying, link)
    assert ((balance.before, balance.after), balance.carried) == (left, carried)
    assert carried is None or str(balance.carried_until) == "2027-03-31"


def test_the_lead_is_shown_what_of_the_balance_is_booked_next_year(carrying: FakeStage) -> None:
    """20 days of 2027 are asked for, when 3 of its 25 are booked in 2028 on top of its own 25."""
    stage = carrying
    stage.clock.moment = NOW.replace(month=11)
    booking = a_booking(an_id(9), a_period("2028-02-01", "2028-03-10"), "28", early="28")
    stage.requests.write_ledgers([stage.requests.book("E002", 2028).with_booking(booking)])
    told = stage.balance()
    assert (told.available, told.booked_later, told.booked_in) == (25, 3, 2028)
    link = stage.asked(a_wish("2027-12-01", "2027-12-28"))
    balance = balance_shown(stage, link)
    assert (balance.before, balance.after) == (25, 5)
    assert balance.after == stage.balance().available
    assert (balance.booked_later, balance.booked_in) == (3, 2028)
    stage.withdraw()
    link = stage.asked(a_wish("2027-12-01", "2027-12-30"))
    assert balance_shown(stage, link).after == 3, "the most that can be asked for"
    stage.change_leave_request.withdraw(JIM_CALLS, link.split(".")[0])
    with pytest.raises(errors.InsufficientBalanceError):
        stage.asked(a_wish("2027-12-01", "2027-12-31"))
