"""What the daily sweep plans: a table of situations, and what holds in all of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.calendar import NO_HOLIDAYS
from leave.domain.history import Channel, Decision, EventType, Question
from leave.domain.request import ApprovalPolicy
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

if TYPE_CHECKING:
    from leave.domain.request import LeaveRequest

DAY = timedelta(days=1)
UNDO = timedelta(minutes=5)
POLICY = ApprovalPolicy(remind_after_days=2, escalate_after_days=5, undo=UNDO)
LATER = NOW + timedelta(hours=1)
FIRST = an_asked_request().plan.period.start
ANSWERED, UNANSWERED = (), (SweepStep.KEEP_WAITING,)


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


def unmailed() -> LeaveRequest:
    return a_request().ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW)


def told() -> LeaveRequest:
    return a_decided_request().mark_outcome_mailed()


def without_link() -> LeaveRequest:
    return an_asked_request().reroute(actor="", why="away", at=NOW)


TABLE: dict[str, tuple[LeaveRequest, dict[str, Any], tuple[SweepStep, ...]]] = {
    "mailed and waited for": (an_asked_request(), {}, (SweepStep.KEEP_WAITING,)),
    "waited one day": (an_asked_request(), {"waited": 1}, (SweepStep.KEEP_WAITING,)),
    "waited two": (an_asked_request(), {"waited": 2}, (SweepStep.REMIND, SweepStep.KEEP_WAITING)),
    "waited two, a free day": (
        an_asked_request(),
        {"waited": 2, "works_today": False},
        (SweepStep.KEEP_WAITING,),
    ),
    "waited two, an employee nobody knows": (
        an_asked_request(),
        {"waited": 2, "is_known": False},
        (SweepStep.KEEP_WAITING,),
    ),
    "waited five": (
        an_asked_request(),
        {"waited": 5, "has_next": True},
        (SweepStep.ESCALATE, SweepStep.KEEP_WAITING),
    ),
    "waited five, nobody else": (
        an_asked_request(),
        {"waited": 5},
        (SweepStep.REMIND, SweepStep.KEEP_WAITING),
    ),
    "the approver's leave began": (
        an_asked_request(),
        {"is_right": False, "waited": 9, "has_next": True},
        (SweepStep.REROUTE, SweepStep.KEEP_WAITING),
    ),
    "never mailed, nobody else's fault": (
        unmailed(),
        {"waited": 9, "has_next": True},
        (SweepStep.ASK_AGAIN, SweepStep.KEEP_WAITING),
    ),
    "being mailed": (unmailed(), {"now": NOW + GRACE}, (SweepStep.KEEP_WAITING,)),
    "never asked": (a_request(), {}, (SweepStep.ASK_AGAIN, SweepStep.KEEP_WAITING)),
    "being asked": (a_request(), {"now": NOW + GRACE}, (SweepStep.KEEP_WAITING,)),
    "closed for another": (
        without_link(),
        {"is_right": False},
        (SweepStep.ASK_AGAIN, SweepStep.KEEP_WAITING),
    ),
    "nobody for the second approval": (
        an_asked_request(),
        {"first_is_enough": True, "waited": 9, "has_next": True},
        (SweepStep.SETTLE, SweepStep.TELL),
    ),
    "outside the employment": (
        an_asked_request(),
        {"is_outside": True, "first_is_enough": True, "is_right": False, "waited": 9},
        (SweepStep.END, SweepStep.TELL),
    ),
    "a cancellation outside the employment": (
        a_cancellation(),
        {"is_outside": True, "is_known": False, "waited": 2},
        (SweepStep.KEEP_WAITING,),
    ),
    "begun, whoever was asked is on leave": (
        an_asked_request(),
        {"today": FIRST, "is_right": False, "whole_days": 1},
        (SweepStep.REROUTE, SweepStep.KEEP_WAITING),
    ),
    "begun long ago, whoever was asked is on leave": (
        an_asked_request(),
        {"today": FIRST + LATEST + DAY, "is_right": False, "whole_days": 1},
        (SweepStep.EXPIRE, SweepStep.TELL),
    ),
    "begun, and nobody is asked": (
        without_link(),
        {"today": FIRST, "whole_days": 1},
        (SweepStep.ASK_AGAIN, SweepStep.KEEP_WAITING),
    ),
    "begun, and who is asked was never mailed": (
        unmailed(),
        {"today": FIRST, "whole_days": 1},
        (SweepStep.ASK_AGAIN, SweepStep.KEEP_WAITING),
    ),
    "begun long ago, and nobody is asked": (
        without_link(),
        {"today": FIRST + LATEST + DAY, "whole_days": 1},
        (SweepStep.EXPIRE, SweepStep.TELL),
    ),
    "told": (told(), {"now": LATER + 9 * DAY}, ()),
    "outcome due": (a_decided_request(), {}, (SweepStep.TELL,)),
    "outcome in its window": (a_decided_request(), {"now": NOW + UNDO}, ()),
    "outcome being told": (a_decided_request(), {"now": NOW + UNDO + GRACE}, ()),
    "withdrawn": (an_asked_request().withdraw(actor="jim", at=NOW), {}, (SweepStep.TELL,)),
    "a cancellation": (
        a_cancellation(),
        {"waited": 2},
        (SweepStep.REMIND, SweepStep.KEEP_WAITING),
    ),
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
    assert (steps == (SweepStep.EXPIRE, SweepStep.TELL)) is overdue


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
    assert plan_steps(undone, situation, POLICY) == (SweepStep.KEEP_WAITING,)


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


# Whatever has happened to a request, by the methods that make it happen.


@st.composite
def requests(draw: st.DrawFn) -> LeaveRequest:
    """Return a request after any of its possible histories."""
    request = a_request(period=a_period("2027-03-05", "2027-03-10"))
    for _ in range(draw(st.integers(0, 8))):
        request = draw(st.sampled_from(sorted(_MOVES)).map(lambda n: _MOVES[n]))(request)
    return request


def _ask(request: LeaveRequest) -> LeaveRequest:
    return request.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW) if request.question else request


def _decide(request: LeaveRequest) -> LeaveRequest:
    if request.question is None:
        return request
    return _ask(request).decide(Decision.APPROVED, comment="", at=NOW)


def _undo(request: LeaveRequest) -> LeaveRequest:
    return request.undo(at=NOW) if request.undo_until(UNDO) else request


def _cancel(request: LeaveRequest) -> LeaveRequest:
    if request.status != "approved" or request.question:
        return request
    return request.ask_to_cancel(actor=JIM.email, at=NOW)


_MOVES = {
    "ask": _ask,
    "cancel": _cancel,
    "decide": _decide,
    "expire": lambda r: r.expire(at=NOW) if r.question else r,
    "first": lambda r: _ask(r).approve_first(comment="", at=NOW) if r.question else r,
    "mail": lambda r: r.mark_lead_mailed() if r.link_secret else r,
    "pass over": lambda r: r.pass_over(EventType.ESCALATED, why="", at=NOW),
    "reroute": lambda r: r.reroute(actor="", why="", at=NOW, channel=Channel.SYSTEM),
    "tell": lambda r: r.mark_outcome_mailed() if not r.question else r,
    "undo": _undo,
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
            assert steps == (SweepStep.END, SweepStep.TELL)
        elif situation.first_is_enough:
            assert steps == (SweepStep.SETTLE, SweepStep.TELL)
        else:
            is_asked = request_.link_secret is not None and situation.is_right
            first = request_.plan.period.start
            if request_.question is Question.CANCELLATION:
                first = request_.plan.period.end + DAY
            is_too_late = situation.today > max(first, situation.asked_on) + LATEST
            expires = is_overdue(request_, situation) and (is_asked or is_too_late)
            assert (steps == (SweepStep.EXPIRE, SweepStep.TELL)) == expires
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
    assert covered | {SweepStep.EXPIRE} == {*SweepStep}
    assert {r.question for r, _, _ in TABLE.values()} == {None, *Question}
