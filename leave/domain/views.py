"""What somebody gets to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.links import Retirement
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from leave.domain.accounts import Balance
    from leave.domain.briefs import Brief
    from leave.domain.ledgers import Adjustment
    from leave.domain.links import RetiredLink
    from leave.domain.plans import Plan
    from leave.domain.requests import LeaveRequest


@value
class Opened:
    """What a link opens; `retired` is set when the link no longer decides.

    `plan` is the request's, without what the lead may not see. `outdated` tells that the retired
    link was for another plan, so that the reader may know nothing of this one. `hidden` tells that
    the reader may know nothing but when the request was closed. `brief` is there where it helps to
    decide. `undo_until` is set while the answer given through this very link can be taken back.
    """

    request: LeaveRequest
    plan: Plan
    retired: RetiredLink | None = None
    outdated: bool = False
    hidden: bool = False
    brief: Brief | None = None
    undo_until: datetime | None = None

    @property
    def decides(self) -> bool:
        """Tell whether an answer through this link would count."""
        is_open = self.request.question is not None
        return is_open and self.retired is None and not self.hidden

    @property
    def approved_first(self) -> bool:
        """Tell whether this very link gave the first of two approvals, which still counts."""
        first = self.request.first_approval
        return (
            self.retired is not None
            and self.retired.why is Retirement.SECOND_STAGE
            and not self.hidden
            and not self.outdated
            and first is not None
            and first.employee_id == self.retired.owner
        )


@value
class Waiting:
    """A request that waits for its approver since `since`, `days` of their working days ago.

    `brief` is None where the directory does not know the employee.
    """

    request: LeaveRequest
    since: date
    days: int
    brief: Brief | None = None


@value
class AdjustedAccount:
    """An account with adjustments that its employee has not heard of.

    `balance` is None where the rules have no such account any more.
    """

    year: int
    leave_type: str
    adjustments: Sequence[Adjustment]
    balance: Balance | None = None
