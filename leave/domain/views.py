"""What somebody gets to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.invitations import RevocationReason
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from leave.domain.accounts import Balance
    from leave.domain.decision_summary import DecisionSummary
    from leave.domain.invitations import RevokedLink
    from leave.domain.ledgers import Adjustment
    from leave.domain.plans import Plan
    from leave.domain.requests import LeaveRequest


@value
class DecisionView:
    """What a link opens; `revoked` is set when the link no longer decides.

    `plan` is the request's, without what the lead may not see. `outdated` tells that the revoked
    link was for another plan, so that the reader may know nothing of this one. `hidden` tells that
    the reader may know nothing but when the request was closed. `decision_summary` is there where
    it helps to decide. `undo_until` is set while the answer given through this link can be undone.
    """

    request: LeaveRequest
    plan: Plan
    revoked: RevokedLink | None = None
    outdated: bool = False
    hidden: bool = False
    decision_summary: DecisionSummary | None = None
    undo_until: datetime | None = None

    @property
    def decides(self) -> bool:
        """Tell whether an answer through this link would count."""
        is_open = self.request.question is not None
        return is_open and self.revoked is None and not self.hidden

    @property
    def approved_first(self) -> bool:
        """Tell whether this very link gave the first of two approvals, which still counts."""
        first = self.request.first_approval
        return (
            self.revoked is not None
            and self.revoked.why is RevocationReason.SECOND_STAGE
            and not self.hidden
            and not self.outdated
            and first is not None
            and first.employee_id == self.revoked.owner
        )


@value
class PendingItem:
    """A request that waits for its approver since `since`, `days` of their working days ago.

    `decision_summary` is None where the directory does not know the employee.
    """

    request: LeaveRequest
    since: date
    days: int
    decision_summary: DecisionSummary | None = None


@value
class AdjustedAccount:
    """An account with adjustments that its employee has not heard of.

    `balance` is None where the rules have no such account any more.
    """

    year: int
    leave_type: str
    adjustments: Sequence[Adjustment]
    balance: Balance | None = None
