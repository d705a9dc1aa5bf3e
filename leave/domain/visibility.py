"""What a reader may know of a request at a moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from leave.domain.history import ASKED, without_undone
from leave.domain.periods import Period, read_period
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leave.domain.approval import ApprovalPolicy
    from leave.domain.history import Event
    from leave.domain.invitations import RevokedLink
    from leave.domain.plans import Plan
    from leave.domain.requests import LeaveRequest
    from leave.domain.rules import Rules

SHOWN_FOR = timedelta(days=30)
"""How long a link shows what it was about, after the request was closed and the leave is over."""


class Role(StrEnum):
    """What a reader is to a request.

    Colleagues read no request: they read bookings, which `Ledger.at` shows as of a moment.
    """

    EMPLOYEE = "employee"
    APPROVER = "approver"
    PREVIOUS_APPROVER = "previous-approver"
    ADMINISTRATOR = "administrator"


@value
class Reader:
    """Somebody who reads a request.

    An approver is the one who is asked, or the employee's lead. A previous approver was asked
    before, by the link `revoked`; without it, by the last one that was theirs.
    """

    role: Role
    employee_id: str = ""
    revoked: RevokedLink | None = None


@value
class VisibleRequest:
    """A request as a reader may know it at a moment.

    `request` holds nothing that is hidden from the reader: not in its plan, not in its history, and
    its status and question are those before an answer that can still be taken back. `plan` is None
    where the reader may know neither dates nor reason. `discreet` hides type and reason.
    """

    request: LeaveRequest
    plan: Plan | None
    discreet: bool


def visible_request(
    request: LeaveRequest, reader: Reader, *, rules: Rules, policy: ApprovalPolicy, now: datetime
) -> VisibleRequest:
    """Return what a reader may know of a request at this moment.

    * An answer that can still be taken back is known to the approver who gave it. To all others the
      request stands as before it; the history shows it to administrators.
    * Answers that were taken back, with their comments, are in the history for administrators only.
    * Type, reason and the notice that the type needs are the employee's and the administrators',
      and the approver's unless the rules hide the type.
    * A previous approver knows the plan that they were asked about, and who decides now; of later
      steps what happened, and no words of others. When another plan was asked for since, the plan
      is None.
    """
    answer = request.open_answer(policy.undo, now)
    known = request
    if answer is not None and (
        reader.role is Role.PREVIOUS_APPROVER or answer.actor != reader.employee_id
    ):
        known = request.before_answer()
    knows_all = reader.role is Role.ADMINISTRATOR
    history = request.history if knows_all else without_undone(known.history)
    is_leading = reader.role in {Role.APPROVER, Role.PREVIOUS_APPROVER}
    discreet = is_leading and not rules.visible_to_lead(request.plan.leave_type)
    plan = request.plan.shown_to_lead(rules) if discreet else request.plan
    if reader.role is Role.PREVIOUS_APPROVER:
        return _for_previous_approver(known, reader, plan, history, discreet=discreet)
    return VisibleRequest(
        request=replace(known, plan=plan, history=history), plan=plan, discreet=discreet
    )


def is_past(request: LeaveRequest, *, closed_on: date, today: date) -> bool:
    """Tell whether links show nothing of a request any more that was closed on a day."""
    last = max(closed_on, request.plan.period.end)
    return request.question is None and today > last + SHOWN_FOR


def _for_previous_approver(
    known: LeaveRequest,
    reader: Reader,
    plan: Plan,
    history: Sequence[Event],
    *,
    discreet: bool,
) -> VisibleRequest:
    own = [link for link in known.revoked_links if link.owner == reader.employee_id]
    link = reader.revoked or (own[-1] if own else None)
    revision = link.revision if link else 0
    seen: list[Event] = []
    asked = 0
    for event in history:
        asked += event.type in ASKED
        theirs = event.actor == reader.employee_id or (event.type in ASKED and asked <= revision)
        seen.append(event if theirs else replace(event, comment=""))
    is_same = revision == known.revision
    known = replace(known, plan=plan if is_same else _outdated(plan, seen), history=tuple(seen))
    return VisibleRequest(
        request=known, plan=known.plan if is_same else None, discreet=discreet or not is_same
    )


def _outdated(plan: Plan, seen: Sequence[Event]) -> Plan:
    """Return a plan in the place of the present one that holds nothing of it."""
    periods = [read_period(event.comment) for event in seen if event.type in ASKED]
    known = [period for period in periods if period]
    period = known[-1] if known else Period(start=date.min, end=date.min)
    return replace(plan, leave_type="", period=period, counts={}, reason="", warnings=())
