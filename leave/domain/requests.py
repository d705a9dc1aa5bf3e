"""A leave request and everything that can happen to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from leave.domain.errors import CommentMissingError
from leave.domain.ledgers import Booking
from leave.domain.links import Link, new_link_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leave.domain.periods import Period
    from leave.domain.secrets import Secret

ANNUAL_LEAVE = "annual"


class Status(StrEnum):
    """Where a request stands; all but `pending` are final answers to the request as asked."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody as the directory knew them when they took part in a request."""

    employee_id: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One entry of a request's history: who did what, when, and by which way in."""

    at: datetime
    what: str
    who: str
    via: str
    comment: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaveRequest:
    """One request for leave. The record is the truth; the workflow only waits.

    `working_days` holds the days counted for each calendar year. `version` counts the writes and
    guards each of them. `link_secret` makes the one link that decides this revision.
    """

    request_id: str
    employee: Person
    period: Period
    working_days: Mapping[int, Decimal]
    history: tuple[Event, ...]
    leave_type: str = ANNUAL_LEAVE
    reason: str = ""
    status: Status = Status.PENDING
    version: int = 1
    revision: int = 1
    approver: Person | None = None
    link_secret: Secret | None = None
    task_token: Secret | None = None
    lead_mailed: bool = False
    employee_mailed: bool = False

    @property
    def is_pending(self) -> bool:
        """Tell whether nobody has decided yet."""
        return self.status is Status.PENDING

    @property
    def total_working_days(self) -> Decimal:
        """Working days over all calendar years."""
        return sum(self.working_days.values(), Decimal(0))

    @property
    def outcome(self) -> Event:
        """The event that gave the request its present status."""
        return next(e for e in reversed(self.history) if e.what == self._outcome_name)

    @property
    def _outcome_name(self) -> str:
        return "requested" if self.is_pending else self.status.value

    def bookings(self) -> Mapping[int, Booking]:
        """Return what this request takes from each year: nothing unless pending or approved."""
        if self.status not in (Status.PENDING, Status.APPROVED):
            return {}
        return {
            year: Booking(
                request_id=self.request_id, period=self.period, days=days, status=self.status
            )
            for year, days in self.working_days.items()
        }

    def link(self) -> Link | None:
        """Return the link that decides, once somebody was chosen to ask."""
        if self.link_secret is None:
            return None
        return Link(request_id=self.request_id, secret=self.link_secret)

    def opened_by(self, link: Link) -> bool:
        """Tell whether this link is the present one of this request."""
        return (
            link.request_id == self.request_id
            and self.link_secret is not None
            and self.link_secret.matches(link.secret.reveal())
        )

    def ask(self, approver: Person, *, task_token: Secret) -> LeaveRequest:
        """Wait for this approver's answer; another approver gets another link and another mail."""
        if self.approver == approver and self.link_secret is not None:
            return self._changed(task_token=task_token)
        return self._changed(
            task_token=task_token,
            approver=approver,
            link_secret=new_link_secret(),
            lead_mailed=False,
        )

    def decide(self, decision: Decision, *, comment: str, at: datetime) -> LeaveRequest:
        """Record the approver's answer; only valid while pending.

        Raises `CommentMissingError` for a denial without a comment.
        """
        if decision is Decision.DENIED and not comment:
            raise CommentMissingError("A denial needs a few words of why.")
        who = self.approver.employee_id if self.approver else ""
        return self._closed(
            Status(decision), Event(at=at, what=decision, who=who, via="link", comment=comment)
        )

    def expire(self, *, at: datetime) -> LeaveRequest:
        """Record that nobody answered in time; only valid while pending."""
        return self._closed(
            Status.EXPIRED, Event(at=at, what=Status.EXPIRED, who="", via="workflow")
        )

    def mark_lead_mailed(self) -> LeaveRequest:
        """Remember that the approver has the mail for the present link."""
        return self._changed(lead_mailed=True)

    def mark_employee_mailed(self) -> LeaveRequest:
        """Remember that the employee has been told the outcome."""
        return self._changed(employee_mailed=True)

    def _closed(self, status: Status, event: Event) -> LeaveRequest:
        if not self.is_pending:
            raise ValueError(f"request {self.request_id} is {self.status} already")
        return self._changed(status=status, history=(*self.history, event))

    def _changed(self, **changes: object) -> LeaveRequest:
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]
