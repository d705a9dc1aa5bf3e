"""Events, people, statuses and questions of a request."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING, Self

from leave.domain.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leave.domain.employee import Employee


class Person(Value):
    """Somebody as the directory knew them when they took part in a request.

    `language` is a BCP 47 tag: the pages behind this person's links are written in it.
    """

    employee_id: str
    name: str
    language: str = "en"

    @classmethod
    def of(cls, employee: Employee) -> Self:
        """Return an employee as the directory knows them now."""
        return cls(employee_id=employee.employee_id, name=employee.name, language=employee.language)


class EventType(StrEnum):
    """Types of events in the history of a request."""

    REQUESTED = "requested"
    RECORDED = "recorded"
    CHANGED = "changed"
    REROUTED = "rerouted"
    ESCALATED = "escalated"
    UNREACHABLE = "unreachable"
    FIRST_APPROVAL = "first-approval"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CANCELLATION_ASKED = "cancellation-asked"
    CANCELLATION_DECLINED = "cancellation-declined"
    CANCELLATION_EXPIRED = "cancellation-expired"
    CANCELLED = "cancelled"
    UNDONE = "undone"
    UNDELIVERED = "undelivered"


OUTCOMES = frozenset(
    {
        EventType.APPROVED,
        EventType.DENIED,
        EventType.WITHDRAWN,
        EventType.EXPIRED,
        EventType.CANCELLATION_DECLINED,
        EventType.CANCELLATION_EXPIRED,
        EventType.CANCELLED,
    }
)
"""The events that somebody must be told."""
_CANCELLING = {*OUTCOMES, EventType.CANCELLATION_ASKED}


ENTERED = frozenset({EventType.APPROVED, EventType.CANCELLED})
"""The outcomes whose mails change the employee's calendar."""


ASKED = frozenset({EventType.REQUESTED, EventType.RECORDED, EventType.CHANGED})
"""The events that tell what is asked for: the period is their comment."""


class LeaveHandling(StrEnum):
    """What becomes of leave outside the employment."""

    OUTSIDE = "outside"
    PARTLY_OUTSIDE = "partly-outside"
    CANCELLED = "cancelled"
    ENDED = "ended"


class Channel(StrEnum):
    """The channel through which a request was changed; the command line counts as the API."""

    API = "api"
    LINK = "link"
    IMPORT = "import"
    SYSTEM = "system"


class Event(Value):
    """One entry of a request's history.

    `actor` is an employee id, the mail address of an administrator who is not an employee, or empty
    for the system. `name` is the actor's name at that moment.
    """

    at: datetime
    type: EventType
    actor: str
    channel: Channel
    comment: str = ""
    name: str = ""


def last_outcome(history: Sequence[Event]) -> Event | None:
    """Return the last event that somebody must be told; one that was undone does not count."""
    return next((e for e in reversed(without_undone(history)) if e.type in OUTCOMES), None)


def without_undone(history: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events without the answers that were taken back, and without their undoing."""
    kept: list[Event] = []
    undone = 0
    for event in reversed(history):
        if event.type is EventType.UNDONE:
            undone += 1
        elif undone and event.type in OUTCOMES:
            undone -= 1
        else:
            kept.append(event)
    return tuple(reversed(kept))


class Status(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Decision(StrEnum):
    """What an approver can answer."""

    APPROVED = "approved"
    DENIED = "denied"


class Question(StrEnum):
    """What an approver is being asked."""

    LEAVE = "leave"
    CANCELLATION = "cancellation"


ON_DECISION = {
    (Question.LEAVE, Decision.APPROVED): (Status.APPROVED, EventType.APPROVED),
    (Question.LEAVE, Decision.DENIED): (Status.DENIED, EventType.DENIED),
    (Question.CANCELLATION, Decision.APPROVED): (Status.CANCELLED, EventType.CANCELLED),
    (Question.CANCELLATION, Decision.DENIED): (Status.APPROVED, EventType.CANCELLATION_DECLINED),
}
_BEFORE = {Question.LEAVE: Status.PENDING, Question.CANCELLATION: Status.APPROVED}
ON_TIMEOUT = {
    Question.LEAVE: (Status.EXPIRED, EventType.EXPIRED),
    Question.CANCELLATION: (Status.APPROVED, EventType.CANCELLATION_EXPIRED),
}
ON_UNDO = {what: (question, _BEFORE[question]) for (question, _), (_, what) in ON_DECISION.items()}
"""What taking an answer back leads to: the question that is open again, and the status."""


def is_answer(event: Event, history: Sequence[Event]) -> bool:
    """Return whether an event is an approver's answer, by whatever channel it came.

    The API also cancels leave that needed no approval, which answers nothing.
    """
    if event.type not in ON_UNDO or event.channel not in {Channel.LINK, Channel.API}:
        return False
    if event.type is not EventType.CANCELLED or event.channel is Channel.LINK:
        return True
    earlier = without_undone(tuple(takewhile(lambda other: other != event, history)))
    steps = (e.type for e in reversed(earlier) if e.type in _CANCELLING)
    return next(steps, None) is EventType.CANCELLATION_ASKED
