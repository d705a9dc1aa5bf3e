"""What operators are told in numbers, each by its name."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class Metric(StrEnum):
    """Each of them costs by the month, so there is none for what a log query can count."""

    REQUESTS_MADE = "RequestsMade"
    REQUESTS_APPROVED = "RequestsApproved"
    REQUESTS_DENIED = "RequestsDenied"
    REQUESTS_WITHDRAWN = "RequestsWithdrawn"
    REQUESTS_CANCELLED = "RequestsCancelled"
    REQUESTS_EXPIRED = "RequestsExpired"
    ANSWERS_UNDONE = "AnswersUndone"
    ANSWER_SECONDS = "AnswerSeconds"
    MAILS_SENT = "MailsSent"
    MAILS_THROTTLED = "MailsThrottled"
    MAILS_UNAVAILABLE = "MailsUnavailable"
    DELIVERY_UNCERTAIN = "MailsInDoubt"
    MAILS_UNDELIVERABLE = "MailsUndeliverable"
    CREDENTIALS_REJECTED = "CredentialsRejected"
    SWEEP_FINISHED = "SweepFinished"
    SWEEP_FAILURES = "SweepFailures"
    OLDEST_UNDECIDED_DAYS = "OldestUndecidedDays"

    @property
    def unit(self) -> Literal["Count", "Seconds"]:
        """The unit, as CloudWatch names it; it has none for days."""
        return "Seconds" if self is Metric.ANSWER_SECONDS else "Count"
