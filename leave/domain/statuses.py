"""Where a request stands, what an approver is asked, and what an answer leads to."""

from __future__ import annotations

from enum import StrEnum

from leave.domain.history import What


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


ANSWERS = {
    (Question.LEAVE, Decision.APPROVED): (Status.APPROVED, What.APPROVED),
    (Question.LEAVE, Decision.DENIED): (Status.DENIED, What.DENIED),
    (Question.CANCELLATION, Decision.APPROVED): (Status.CANCELLED, What.CANCELLED),
    (Question.CANCELLATION, Decision.DENIED): (Status.APPROVED, What.CANCELLATION_DECLINED),
}
_BEFORE = {Question.LEAVE: Status.PENDING, Question.CANCELLATION: Status.APPROVED}
SILENCE = {
    Question.LEAVE: (Status.EXPIRED, What.EXPIRED),
    Question.CANCELLATION: (Status.APPROVED, What.CANCELLATION_EXPIRED),
}
REOPENED = {what: (question, _BEFORE[question]) for (question, _), (_, what) in ANSWERS.items()}
"""What taking an answer back leads to: the question that is open again, and the status."""
