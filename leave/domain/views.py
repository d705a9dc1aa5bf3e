"""Views of requests, mails and calendars for their readers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from leave.domain.accounts import Balance
from leave.domain.calendar import Period, read_period
from leave.domain.counting import Day
from leave.domain.history import ASKED, EventType, Person, Status, without_undone
from leave.domain.invitations import RevocationReason, RevokedLink
from leave.domain.ledger import Absence, Adjustment
from leave.domain.policy import Plan
from leave.domain.request import LeaveRequest
from leave.domain.values import Value, replace

if TYPE_CHECKING:
    from leave.domain.history import Event
    from leave.domain.policy import Rules
    from leave.domain.request import ApprovalPolicy


class YearBalance(Value):
    """Working days left of one year, before and after this leave; undecided leave is counted.

    `carried` are days from the year before, before and after too, that can be taken until
    `carried_until` on top; None where there are none, or none any more. `booked_later` of the days
    after it are carried over and booked in the year `booked_in`, so they cannot be taken in this.
    """

    year: int
    before: Decimal
    after: Decimal
    carried: tuple[Decimal, Decimal] | None = None
    carried_until: date | None = None
    booked_later: Decimal = Decimal(0)
    booked_in: int | None = None


class DecisionSummary(Value):
    """How the days were counted, what is left, and who else is away.

    `days` are all calendar days of the period, with their cost. `balances` is empty for leave
    without a limit, and for leave whose type is not the approver's to know. `colleagues` are away
    on some of these days, in order of their first one. `employee_name` is the one of the directory,
    as a request keeps the name of its first day. `type_name` is empty for a type that is not
    the approver's to know. `second_approval` tells that an approval would be the first of two.
    """

    days: Sequence[Day] = ()
    balances: Sequence[YearBalance] = ()
    colleagues: Sequence[Absence] = ()
    employee_name: str = ""
    type_name: str = ""
    second_approval: bool = False


class Method(StrEnum):
    """What a calendar program is to do with an entry, as RFC 5546 names it."""

    PUBLISH = "PUBLISH"
    CANCEL = "CANCEL"


def calendar_uid(request_id: str, domain: str) -> str:
    """Return the UID of the entry for a request, the same in mails and feeds.

    A digest, since a request id tells its readers to the millisecond when the leave was asked for.
    """
    return f"{hashlib.sha256(request_id.encode()).hexdigest()}@{domain}"


class CalendarEntry(Value):
    """Leave, called `summary` in its reader's language, as it stands since `at`.

    `sequence` grows with every version of the same `uid`. Half a day is half of it in `time_zone`.
    """

    uid: str
    sequence: int
    method: Method
    period: Period
    summary: str
    at: datetime
    time_zone: tzinfo


class Mail(Value):
    """One message with a text and an HTML part, and maybe an entry for the reader's calendar.

    `thread` is the same for every mail of one request, so that they stand together in Gmail.
    """

    to: str
    subject: str
    text: str
    html: str
    thread: str
    calendar: CalendarEntry | None = None


class DecisionView(Value):
    """What a link opens; `revoked` is set when the link no longer decides.

    `plan` is the request's, without what the lead may not see. `outdated` tells that the revoked
    link was for another plan, so that the reader may know nothing of this one. `hidden` tells that
    the reader may know nothing but when the request was closed. `decision_summary` is there where
    it helps to decide. `undo_until` is set while the answer given through this link can be undone.
    `delegator` is who has delegated the answer, and gives it all the same.
    """

    request: LeaveRequest
    plan: Plan
    revoked: RevokedLink | None = None
    outdated: bool = False
    hidden: bool = False
    decision_summary: DecisionSummary | None = None
    undo_until: datetime | None = None
    delegator: Person | None = None

    @property
    def decides(self) -> bool:
        """Return whether an answer through this link would count."""
        is_open = self.request.question is not None
        return is_open and self.revoked is None and not self.hidden

    @property
    def approved_first(self) -> bool:
        """Return whether this very link gave the first of two approvals, which still counts."""
        first = self.request.first_approval
        return (
            self.revoked is not None
            and self.revoked.why is RevocationReason.SECOND_STAGE
            and not self.hidden
            and not self.outdated
            and first is not None
            and first.employee_id == self.revoked.owner
        )


class PendingItem(Value):
    """A request that waits for its approver since `since`, `days` of their working days ago.

    `decision_summary` is None where the directory does not know the employee.
    """

    request: LeaveRequest
    since: date
    days: int
    decision_summary: DecisionSummary | None = None


class AdjustedAccount(Value):
    """An account with adjustments that its employee has not heard of.

    `balance` is None where the rules have no such account any more.
    """

    year: int
    leave_type: str
    adjustments: Sequence[Adjustment]
    balance: Balance | None = None


class WaitingFor(Value):
    """An approver whose answer is waited for: asked `since`, and whether the mail has left."""

    name: str
    since: datetime
    mailed: bool


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


class Reader(Value):
    """Somebody who reads a request.

    An approver is the one who is asked, or the employee's lead. A previous approver was asked
    before, by the link `revoked`; without it, by the last one that was theirs.
    """

    role: Role
    employee_id: str = ""
    revoked: RevokedLink | None = None


class VisibleRequest(Value):
    """A request as a reader may know it at a moment.

    `request` holds nothing that is hidden from the reader: not in its plan, not in its history, and
    its status and question are those before an answer that can still be taken back. `plan` is None
    where the reader may know neither dates nor reason. `discreet` hides type and reason.
    `waiting_for` is empty where nothing waits, or nobody was asked yet.
    """

    request: LeaveRequest
    plan: Plan | None
    discreet: bool
    waiting_for: Sequence[WaitingFor] = ()


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
    waiting_for = _waiting_for(known)
    if reader.role is Role.PREVIOUS_APPROVER:
        visible = _for_previous_approver(known, reader, plan, history, discreet=discreet)
        return replace(visible, waiting_for=waiting_for)
    return VisibleRequest(
        request=replace(known, plan=plan, history=history),
        plan=plan,
        discreet=discreet,
        waiting_for=waiting_for,
    )


_ASKING = ASKED | {
    EventType.CANCELLATION_ASKED,
    EventType.FIRST_APPROVAL,
    EventType.REROUTED,
    EventType.ESCALATED,
    EventType.UNREACHABLE,
}
"""The events after which an approver is asked."""


def _waiting_for(known: LeaveRequest) -> Sequence[WaitingFor]:
    """Return whose answer is waited for, as far as that is known.

    An answer that was taken back is told to nobody, nor is the moment at which it was.
    """
    approver, since = known.approver, known.asked_at
    if known.question is None or known.link_secret is None or approver is None or since is None:
        return ()
    if any(event.type is EventType.UNDONE and event.at == since for event in known.history):
        since = next(event.at for event in reversed(known.history) if event.type in _ASKING)
    return (WaitingFor(name=approver.name, since=since, mailed=known.lead_mailed),)


def is_past(request: LeaveRequest, *, closed_on: date, today: date) -> bool:
    """Return whether links show nothing of a request any more that was closed on a day."""
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


BOOKED = (Status.APPROVED, Status.PENDING)
"""The statuses of leave that a ledger holds."""
# The columns of the reports, and what separates them in each dialect.
ABSENCES = (
    *("employeeId", "name", "type", "typeName", "start", "end", "startHalf", "endHalf"),
    *("workingDays", "workingDaysInSpan", "status", "decidedBy", "decidedAt", "requestId"),
)
BALANCES = (
    *("employeeId", "name", "type", "year", "entitlement", "adjustments"),
    *("carriedIn", "carriedUntil", "carriedLeft", "expired"),
    *("taken", "planned", "pending", "available"),
)
ADJUSTMENTS = ("employeeId", "name", "type", "year", "days", "reason", "by", "at")
SEPARATORS = {"comma": ",", "semicolon": ";"}
