"""What the daily sweep plans: a table of situations, and what holds in all of them."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.calendar import NO_HOLIDAYS
from leave.domain.history import Channel, Decision, EventType, Question
from leave.domain.request import ApprovalPolicy, LeaveRequest
from leave.domain.sweep import (
    GRACE,
    LATEST,
    SweepContext,
    SweepStep,
    is_overdue,
    plan_steps,
    question_opened_at,
    working_days_since,
)
from leave.domain.values import replace
from tests.leave.builders import (
    JIM,
    JOHN_HIMSELF,
    NOW,
    TASK_TOKEN,
    TODAY,
    a_cancellation,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    an_employee,
)

DAY = timedelta(days=1)
UNDO = timedelta(minutes=5)
FIRST = a_period().start
POLICY = ApprovalPolicy(remind_after_days=2, escalate_after_days=5, undo=UNDO)
LATER = NOW + timedelta(hours=1)


def a_situation(**changes: Any) -> SweepContext:
    """Return that of a request that was asked today, an hour ago, of the right approver."""
    situation = SweepContext(
        now=LATER,
        today=TODAY,
        asked_on=TODAY,
        since=TODAY,
        waited=0,
        whole_days=0,
        works_today=True,
        is_right=True,
        has_next=False,
        is_known=True,
        first_is_enough=False,
        is_outside=False,
    )
    return replace(situation, **changes)


NEW, ASKED, DECIDED, CANCELLING = (
    a_request(),
    an_asked_request(),
    a_decided_request(),
    a_cancellation(),
)
UNMAILED = NEW.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW)
WITHOUT_LINK = ASKED.reroute(actor="", why="away", at=NOW)
TOLD = DECIDED.mark_outcome_mailed()

KEEP = (SweepStep.KEEP_WAITING,)
ASK_AGAIN, REMIND, REROUTE, ESCALATE = (
    (step, SweepStep.KEEP_WAITING)
    for step in (SweepStep.ASK_AGAIN, SweepStep.REMIND, SweepStep.REROUTE, SweepStep.ESCALATE)
)
TELL = (SweepStep.TELL,)
EXPIRE, END, SETTLE = (
    (step, SweepStep.TELL) for step in (SweepStep.EXPIRE, SweepStep.END, SweepStep.SETTLE)
)

FREE, UNKNOWN, WRONG = {"works_today": False}, {"is_known": False}, {"is_right": False}
NEXT, FIRST_IS_ENOUGH, OUTSIDE = {"has_next": True}, {"first_is_enough": True}, {"is_outside": True}
LONG = {"waited": 9}
BEGUN = {"today": FIRST, "whole_days": 1}
LONG_BEGUN = {"today": FIRST + LATEST + DAY, "whole_days": 1}

TABLE: dict[str, tuple[LeaveRequest, dict[str, Any], tuple[SweepStep, ...]]] = {
    "mailed and waited for": (ASKED, {}, KEEP),
    "waited one day": (ASKED, {"waited": 1}, KEEP),
    "waited two": (ASKED, {"waited": 2}, REMIND),
    "waited two, a free day": (ASKED, {"waited": 2} | FREE, KEEP),
    "waited two, an employee nobody knows": (ASKED, {"waited": 2} | UNKNOWN, KEEP),
    "waited five": (ASKED, {"waited": 5} | NEXT, ESCALATE),
    "waited five, nobody else": (ASKED, {"waited": 5}, REMIND),
    "the approver's leave began": (ASKED, LONG | WRONG | NEXT, REROUTE),
    "never mailed, nobody else's fault": (UNMAILED, LONG | NEXT, ASK_AGAIN),
    "being mailed": (UNMAILED, {"now": NOW + GRACE}, KEEP),
    "never asked": (NEW, {}, ASK_AGAIN),
    "being asked": (NEW, {"now": NOW + GRACE}, KEEP),
    "closed for another": (WITHOUT_LINK, WRONG, ASK_AGAIN),
    "nobody for the second approval": (ASKED, LONG | NEXT | FIRST_IS_ENOUGH, SETTLE),
    "outside the employment": (ASKED, LONG | OUTSIDE | FIRST_IS_ENOUGH | WRONG, END),
    "a cancellation outside it": (CANCELLING, {"waited": 2} | OUTSIDE | UNKNOWN, KEEP),
    "begun, and the approver is on leave": (ASKED, BEGUN | WRONG, REROUTE),
    "begun long ago, and the approver is on leave": (ASKED, LONG_BEGUN | WRONG, EXPIRE),
    "begun, and nobody is asked": (WITHOUT_LINK, BEGUN, ASK_AGAIN),
    "begun, and the approver was never mailed": (UNMAILED, BEGUN, ASK_AGAIN),
    "begun long ago, and nobody is asked": (WITHOUT_LINK, LONG_BEGUN, EXPIRE),
    "told": (TOLD, {"now": LATER + 9 * DAY}, ()),
    "outcome due": (DECIDED, {}, TELL),
    "outcome in its window": (DECIDED, {"now": NOW + UNDO}, ()),
    "outcome being told": (DECIDED, {"now": NOW + UNDO + GRACE}, ()),
    "withdrawn": (ASKED.withdraw(actor="jim", at=NOW), {}, TELL),
    "a cancellation": (CANCELLING, {"waited": 2}, REMIND),
}


@pytest.mark.parametrize(("request_", "changes", "steps"), TABLE.values(), ids=TABLE)
def test_each_situation_has_its_steps(
    request_: LeaveRequest, changes: dict[str, Any], steps: tuple[SweepStep, ...]
) -> None:
    assert plan_steps(request_, a_situation(**changes), POLICY) == steps


@pytest.mark.parametrize(
    ("start", "today", "whole_days", "overdue"),
    [
        ("2027-05-03", "2027-05-02", 9, False),  # the day before
        ("2027-05-03", "2027-05-03", 1, True),  # the first day
        ("2027-05-03", "2027-05-03", 0, False),  # asked on that very day, or the Friday before
        ("2027-05-03", "2027-05-04", 1, True),
        ("2027-05-03", "2027-05-17", 0, False),  # no working day for two weeks
        ("2027-05-03", "2027-05-18", 0, True),
    ],
)
def test_leave_expires_once_it_began_and_the_approver_had_a_whole_working_day(
    start: str, today: str, whole_days: int, *, overdue: bool
) -> None:
    request = an_asked_request(period=a_period(start, "2027-05-07"))
    situation = a_situation(today=date.fromisoformat(today), whole_days=whole_days, waited=9)
    assert is_overdue(request, situation) is overdue
    steps = plan_steps(request, situation, POLICY)
    assert (steps == EXPIRE) is overdue


@pytest.mark.parametrize(
    ("today", "asked_on", "whole_days", "overdue"),
    [
        ("2027-05-07", "2027-05-01", 9, False),  # the last day
        ("2027-05-08", "2027-05-01", 9, True),
        ("2027-06-02", "2027-06-01", 0, False),  # asked when the leave was over
        ("2027-06-03", "2027-06-01", 1, True),
        ("2027-06-15", "2027-06-01", 0, False),
        ("2027-06-16", "2027-06-01", 0, True),
    ],
)
def test_a_wish_to_cancel_expires_once_the_leave_is_over_and_there_was_a_whole_working_day(
    today: str, asked_on: str, whole_days: int, *, overdue: bool
) -> None:
    request = a_cancellation(period=a_period("2027-05-03", "2027-05-07"))
    situation = a_situation(
        today=date.fromisoformat(today),
        asked_on=date.fromisoformat(asked_on),
        whole_days=whole_days,
    )
    assert is_overdue(request, situation) is overdue


def test_an_answer_that_was_taken_back_has_its_day_to_be_given_again() -> None:
    at = NOW + 30 * DAY
    undone = a_decided_request().undo(at=at)
    assert (question_opened_at(undone), undone.asked_at) == (at, at)
    situation = a_situation(now=at + GRACE, waited=0, has_next=True)
    assert plan_steps(undone, situation, POLICY) == KEEP


def test_whoever_asks_anew_has_not_waited_before() -> None:
    changed = an_asked_request().change(a_plan(a_period("2027-06-01")), actor="jim", at=NOW + DAY)
    assert question_opened_at(changed) == NOW + DAY


MAY_DAY = {date(2027, 3, 4): "A holiday"}


@pytest.mark.parametrize(
    ("week", "holidays", "until", "days"),
    [
        ("Mon-Fri", NO_HOLIDAYS, "2027-03-01", 0),  # the very day
        ("Mon-Fri", NO_HOLIDAYS, "2027-03-02", 1),
        ("Mon-Fri", NO_HOLIDAYS, "2027-03-07", 4),  # over a weekend
        ("Mon-Fri", NO_HOLIDAYS, "2027-03-08", 5),
        ("Mon-Fri", MAY_DAY, "2027-03-08", 4),
        ("Tue Thu:0.5", NO_HOLIDAYS, "2027-03-08", 2),
        ("Tue Thu:0.5", MAY_DAY, "2027-03-08", 1),
        ("Mon-Fri; 2027-03-03: Mon", NO_HOLIDAYS, "2027-03-08", 2),  # part-time from Wednesday on
        ("Mon-Fri", NO_HOLIDAYS, "2027-02-01", 0),  # a clock that went back
    ],
)
def test_only_working_days_of_the_approver_count(
    week: str, holidays: dict[date, str], until: str, days: int
) -> None:
    approver = an_employee("E001", week=week)
    assert (
        working_days_since(TODAY, date.fromisoformat(until), approver.working_time, holidays)
        == days
    )


# Whatever has happened to a request


@st.composite
def requests(draw: st.DrawFn) -> LeaveRequest:
    """Return a request after any of its possible histories."""
    request = a_request(period=a_period("2027-03-05", "2027-03-10"))
    for _ in range(draw(st.integers(0, 8))):
        request = MOVES[draw(st.sampled_from(sorted(MOVES)))](request)
    return request


def ask(request: LeaveRequest) -> LeaveRequest:
    return request.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW) if request.question else request


def cancel(request: LeaveRequest) -> LeaveRequest:
    if request.status != "approved" or request.question:
        return request
    return request.ask_to_cancel(actor=JIM.email, at=NOW)


MOVES = {
    "ask": ask,
    "cancel": cancel,
    "decide": lambda r: ask(r).decide(Decision.APPROVED, comment="", at=NOW) if r.question else r,
    "expire": lambda r: r.expire(at=NOW) if r.question else r,
    "first": lambda r: ask(r).approve_first(comment="", at=NOW) if r.question else r,
    "mail": lambda r: r.mark_lead_mailed() if r.link_secret else r,
    "pass over": lambda r: r.pass_over(EventType.ESCALATED, why="", at=NOW),
    "reroute": lambda r: r.reroute(actor="", why="", at=NOW, channel=Channel.SYSTEM),
    "tell": lambda r: r.mark_outcome_mailed() if not r.question else r,
    "undo": lambda r: r.undo(at=NOW) if r.undo_until(UNDO) else r,
    "withdraw": lambda r: r.withdraw(actor="", at=NOW) if r.status == "pending" else r,
}

SITUATIONS = st.builds(
    SweepContext,
    now=st.integers(0, 20 * 24).map(lambda hours: NOW + timedelta(hours=hours)),
    today=st.integers(0, 20).map(lambda days: TODAY + days * DAY),
    asked_on=st.integers(0, 20).map(lambda days: TODAY + days * DAY),
    since=st.just(TODAY),
    waited=st.integers(0, 10),
    whole_days=st.integers(0, 3),
    works_today=st.booleans(),
    is_right=st.booleans(),
    has_next=st.booleans(),
    is_known=st.booleans(),
    first_is_enough=st.booleans(),
    is_outside=st.booleans(),
)
ASKING = {SweepStep.REROUTE, SweepStep.ESCALATE, SweepStep.ASK_AGAIN, SweepStep.REMIND}


@given(requests(), SITUATIONS)
def test_whatever_is_open_is_kept_alive_or_ended_and_nothing_contradicts(
    request_: LeaveRequest, situation: SweepContext
) -> None:
    steps = plan_steps(request_, situation, POLICY)
    assert len(steps) == len(set(steps))
    if request_.question is not None:
        assert steps[-1] in {SweepStep.KEEP_WAITING, SweepStep.TELL}
        if situation.is_outside and request_.question is Question.LEAVE:
            assert steps == END
        elif situation.first_is_enough:
            assert steps == SETTLE
        else:
            is_asked = request_.link_secret is not None and situation.is_right
            first = request_.plan.period.start
            if request_.question is Question.CANCELLATION:
                first = request_.plan.period.end + DAY
            is_too_late = situation.today > max(first, situation.asked_on) + LATEST
            expires = is_overdue(request_, situation) and (is_asked or is_too_late)
            assert (steps == EXPIRE) == expires
        assert len(ASKING & {*steps}) <= 1, "one approver is asked at a time"
    else:
        assert not {*steps} - {SweepStep.TELL}
        due = request_.is_open and situation.now > NOW + UNDO + GRACE
        assert bool(steps) == due, "an outcome that nobody knows is told in the end"
    if not request_.is_open:
        assert steps == ()
    if SweepStep.REMIND in steps:
        assert request_.lead_mailed
        assert situation.works_today
    if SweepStep.ESCALATE in steps:
        assert request_.lead_mailed, "whoever got no mail could not answer"


def test_the_table_covers_every_step() -> None:
    covered = {step for _, _, steps in TABLE.values() for step in steps}
    assert covered == {*SweepStep}
    assert {r.question for r, _, _ in TABLE.values()} == {None, *Question}
