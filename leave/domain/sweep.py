"""Steps of the daily sweep for one request."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from leave.domain.errors import quantity
from leave.domain.history import ASKED, Channel, EventType, Question
from leave.domain.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.domain.calendar import Dated, Holidays, WorkingWeek
    from leave.domain.request import ApprovalPolicy, LeaveRequest

GRACE = timedelta(minutes=15)
"""How long a step may take to be done by whoever began it."""
LATEST = timedelta(days=14)
"""How long a question stays open at most, once leave began or it was asked."""

_ASKED = ASKED | {EventType.CANCELLATION_ASKED, EventType.UNDONE}


class SweepStep(StrEnum):
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


class SweepContext(Value):
    """What a plan depends on besides the request.

    `today` is the day where the employee works, who has asked on `asked_on`, a day there too. The
    approver was asked on `since`, a day where the approver works. `waited` are the approver's
    working days since then, `whole_days` those that are over; `works_today` tells whether the
    approver's day is one, `is_right` whether nobody else would be asked now, and `has_next` whether
    there is somebody to ask when this approver does not answer. `is_known` tells whether the
    employee is in the directory; nobody is reminded of what cannot be approved. `first_is_enough`
    tells whether the first of two approvals was given, and nobody can give the second, `is_outside`
    whether some of the days lie outside the employment. `why` another one is asked now is for the
    history; `delegator` is the id of who has delegated the answer to them, empty for nobody.
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
    why: str = ""
    delegator: str = ""


def plan_steps(
    request: LeaveRequest, context: SweepContext, policy: ApprovalPolicy
) -> tuple[SweepStep, ...]:
    """Return what is to be done, in order.

    Whatever waits for an answer is kept waiting, which restarts a workflow that was lost.
    """
    if request.question is None:
        late = request.is_open and context.now - request.history[-1].at > policy.undo + GRACE
        return (SweepStep.TELL,) if late else ()
    if context.is_outside and request.question is Question.LEAVE:
        return (SweepStep.END, SweepStep.TELL)
    if context.first_is_enough:
        return (SweepStep.SETTLE, SweepStep.TELL)
    # Who should have been asked has a day first.
    is_asked = request.lead_mailed and context.is_right
    if is_overdue(request, context) and (is_asked or _is_too_late(request, context)):
        return (SweepStep.EXPIRE, SweepStep.TELL)
    return (*_asking(request, context, policy), SweepStep.KEEP_WAITING)


def is_overdue(request: LeaveRequest, context: SweepContext) -> bool:
    """Return whether nobody answered in time.

    That is when leave has begun, or to cancel, is over, and the approver had a whole working day
    after the day on which they were asked. Without one the question is closed after `LATEST`.
    Leave that began before it was asked for waits until the workflow's own time is over.
    """
    if request.question is Question.LEAVE and request.plan.period.start < context.asked_on:
        return False
    if context.today < _due(request):
        return False
    return context.whole_days > 0 or _is_too_late(request, context)


def question_opened_at(request: LeaveRequest) -> datetime:
    """Return when the employee asked what is open now."""
    return next(event.at for event in reversed(request.history) if event.type in _ASKED)


def asked_on(request: LeaveRequest, day: Callable[[datetime], date]) -> date:
    """Return since which `day` its approver is asked what is open now."""
    opened = day(question_opened_at(request))
    # What is asked now may be another question than the one that was mailed.
    return max(opened, day(request.asked_at)) if request.asked_at else opened


def working_days_since(
    since: date, until: date, weeks: Dated[WorkingWeek], holidays: Holidays
) -> int:
    """Return how many working days of such weeks came after `since`, `until` included."""
    days = (since + timedelta(days=n) for n in range(1, (until - since).days + 1))
    return sum(works_on(day, weeks, holidays) for day in days)


def works_on(day: date, weeks: Dated[WorkingWeek], holidays: Holidays) -> bool:
    """Return whether some of a day is worked."""
    return day not in holidays and bool(weeks.on(day).on(day))


def _due(request: LeaveRequest) -> date:
    """Return the day from which on an answer comes late."""
    period = request.plan.period
    cancels = request.question is Question.CANCELLATION
    return period.end + timedelta(days=1) if cancels else period.start


def _is_too_late(request: LeaveRequest, context: SweepContext) -> bool:
    return context.today - max(_due(request), context.asked_on) > LATEST


def _asking(
    request: LeaveRequest, context: SweepContext, policy: ApprovalPolicy
) -> tuple[SweepStep, ...]:
    is_asked = request.link_secret is not None
    if is_asked and not context.is_right:
        return (SweepStep.REROUTE,)
    if not is_asked or not request.lead_mailed:
        asked = request.asked_at or question_opened_at(request)
        return (SweepStep.ASK_AGAIN,) if context.now - asked > GRACE else ()
    if context.has_next and context.waited >= policy.escalate_after_days:
        return (SweepStep.ESCALATE,)
    if request.reminder_due is not None:
        return (SweepStep.ASK_AGAIN,) if context.now - request.reminder_due > GRACE else ()
    reminds = context.works_today and context.is_known
    return (SweepStep.REMIND,) if reminds and context.waited >= policy.remind_after_days else ()


def without_link(request: LeaveRequest, step: SweepStep, context: SweepContext) -> LeaveRequest:
    """Return the request without the link of an approver who is passed over, or asked no more."""
    if step is SweepStep.ESCALATE:
        why = f"no answer in {quantity(context.waited, 'working day')}"
        return request.pass_over(EventType.ESCALATED, why=why, at=context.now)
    return request.reroute(
        actor="",
        why=context.why,
        at=context.now,
        channel=Channel.SYSTEM,
        delegator=context.delegator,
    )
