"""How a stage asks for approval."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from leave.domain.statuses import Question
from leave.domain.values import value

if TYPE_CHECKING:
    from datetime import datetime

    from leave.domain.request_record import RequestRecord


@value
class ApprovalPolicy:
    """Who is asked besides the leads, how often, and when an answer is final.

    `fallback_approver` is an employee id. An approver is reminded after `remind_after_days`, and
    somebody else is asked after `escalate_after_days`, in working days of that approver. An answer
    can be taken back within `undo`. Leave of more than `second_approval_over_days` working days
    needs two approvals; 0 means that one is always enough.
    """

    fallback_approver: str | None = None
    remind_after_days: int = 2
    escalate_after_days: int = 5
    undo: timedelta = timedelta(0)
    second_approval_over_days: int = 0

    def seconds_to_undo(self, request: RequestRecord, now: datetime) -> int:
        """Return how long nobody may be told yet, because the answer can still be taken back."""
        until = request.undo_until(self.undo)
        return 0 if until is None else max(0, ceil((until - now).total_seconds()))

    def wants_second_approval(self, request: RequestRecord) -> bool:
        """Tell whether an approval of this request would be the first of two."""
        return (
            request.question is Question.LEAVE
            and request.first_approval is None
            and 0 < self.second_approval_over_days < request.plan.working_days
        )
