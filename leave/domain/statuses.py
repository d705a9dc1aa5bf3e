"""Where a request stands, what an approver is asked, and what an answer leads to."""

from __future__ import annotations

from enum import StrEnum

from leave.domain.history import EventType


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
