"""What the daily round has to do about one request: a pure function of the record and the day."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from leave.domain.history import What
from leave.domain.statuses import Question
from leave.domain.values import value

if TYPE_CHECKING:
    from datetime import date, datetime

    from leave.domain.approval import ApprovalPolicy
    from leave.domain.dated import Dated
    from leave.domain.holidays import Holidays
    from leave.domain.requests import LeaveRequest
    from leave.domain.working_time import WorkingWeek

GRACE = timedelta(minutes=15)
"""How long a step may take to be done by whoever began it."""
LATEST = timedelta(days=14)
"""How long a question stays open at most, once leave began or it was asked."""

_ASKED = frozenset({What.REQUESTED, What.CHANGED, What.CANCELLATION_ASKED, What.UNDONE})


class Step(StrEnum):
    """One thing to do about a request."""

    EXPIRE = "expire"
    SETTLE = "settle"
    END = "end"
    REROUTE = "reroute"
    ESCALATE = "escalate"
    ASK_AGAIN = "ask-again"
    REMIND = "remind"
    TELL = "tell"
    KEEP_WAITING = "keep-waiting"


@value
class Situation:
    """What a plan depends on besides the request.

    The employee has asked on `asked_on`, and the approver was on `since`. `waited` are the
    approver's working days since then, `whole_days` those that are over; `works_today` tells
    whether today is one, `is_right` whether nobody else would be asked now, and `has_next` whether
    there is somebody to ask when this approver does not answer. `is_known` tells whether the
    employee is in the directory; nobody is reminded of what can not be approved.
    `first_is_enough` tells whether the first of two approvals was given, and nobody can
    give the second, `is_outside` whether some of the days lie outside the employment.
    """

    now: datetime
    today: date
    asked_on: date
    since: date
    waited: int
    whole_days: int
    works_today: bool
    is_right: bool
    has_next: bool
    is_known: bool
    first_is_enough: bool
    is_outside: bool


def plan_steps(
    request: LeaveRequest, situation: Situation, policy: ApprovalPolicy
) -> tuple[Step, ...]:
    """Return what is to be done, in order.

    Whatever waits for an answer is kept waiting, which restarts a workflow that was lost.
    """
    if request.question is None:
        late = request.is_open and situation.now - request.history[-1].at > policy.undo + GRACE
        return (Step.TELL,) if late else ()
    if situation.is_outside and request.question is Question.LEAVE:
        return (Step.END, Step.TELL)
    if situation.first_is_enough:
        return (Step.SETTLE, Step.TELL)
    # Who should have been asked has a day first.
    is_asked = request.lead_mailed and situation.is_right
    if is_overdue(request, situation) and (is_asked or _is_too_late(request, situation)):
        return (Step.EXPIRE, Step.TELL)
    return (*_asking(request, situation, policy), Step.KEEP_WAITING)


def is_overdue(request: LeaveRequest, situation: Situation) -> bool:
    """Tell whether nobody answered in time.

    That is when leave has begun, or to cancel, is over, and the approver had a whole working day
    after the day on which they were asked. Without one the question is closed after `LATEST`.
    """
    if situation.today < _due(request):
        return False
    return situation.whole_days > 0 or _is_too_late(request, situation)


def asked_at(request: LeaveRequest) -> datetime:
    """Return when the employee asked what is open now."""
    return next(event.at for event in reversed(request.history) if event.what in _ASKED)


def working_days_since(
    since: date, until: date, weeks: Dated[WorkingWeek], holidays: Holidays
) -> int:
    """Return how many working days of such weeks came after `since`, `until` included."""
    days = (since + timedelta(days=n) for n in range(1, (until - since).days + 1))
    return sum(works_on(day, weeks, holidays) for day in days)


def works_on(day: date, weeks: Dated[WorkingWeek], holidays: Holidays) -> bool:
    """Tell whether some of a day is worked."""
    return day not in holidays and bool(weeks.on(day).on(day))


def _due(request: LeaveRequest) -> date:
    """Return the day from which on an answer comes late."""
    period = request.plan.period
    cancels = request.question is Question.CANCELLATION
    return period.end + timedelta(days=1) if cancels else period.start


def _is_too_late(request: LeaveRequest, situation: Situation) -> bool:
    return situation.today - max(_due(request), situation.asked_on) > LATEST


def _asking(
    request: LeaveRequest, situation: Situation, policy: ApprovalPolicy
) -> tuple[Step, ...]:
    is_asked = request.link_secret is not None
    if is_asked and not situation.is_right:
        return (Step.REROUTE,)
    if not is_asked or not request.lead_mailed:
        asked = request.asked_at or asked_at(request)
        return (Step.ASK_AGAIN,) if situation.now - asked > GRACE else ()
    if situation.has_next and situation.waited >= policy.escalate_after_days:
        return (Step.ESCALATE,)
    reminds = situation.works_today and situation.is_known
    return (Step.REMIND,) if reminds and situation.waited >= policy.remind_after_days else ()
