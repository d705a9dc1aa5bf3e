"""A leave request and everything that can happen to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from leave.domain.errors import (
    ChangedTooOftenError,
    CommentMissingError,
    NotPossibleError,
)
from leave.domain.history import OUTCOMES, Event, Person, Via, What
from leave.domain.ledgers import Booking
from leave.domain.links import Link, RetiredLink, new_link_secret
from leave.domain.statuses import ANSWERS, SILENCE, Decision, Question, Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leave.domain.plans import Plan
    from leave.domain.secrets import Secret

MAXIMUM_CHANGES = 20
"""How often one request can be changed before a new one has to be made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaveRequest:
    """One request for leave. The record is the truth; the workflow only waits.

    `version` counts the writes and guards each of them, `revision` the changes of the plan, and
    `inquiry` the questions put to an approver, each with a workflow of its own. `question` is what
    an approver is being asked now, None when nothing is open. `outcome_mailed` tells whether the
    last outcome has reached whoever has to know.
    """

    request_id: str
    employee: Person
    plan: Plan
    history: tuple[Event, ...]
    status: Status = Status.PENDING
    question: Question | None = Question.LEAVE
    version: int = 1
    revision: int = 1
    inquiry: int = 1
    approver: Person | None = None
    link_secret: Secret | None = None
    retired_links: tuple[RetiredLink, ...] = ()
    task_token: Secret | None = None
    lead_mailed: bool = False
    outcome_mailed: bool = False

    @property
    def outcome(self) -> Event | None:
        """The last event that somebody has to be told, if there was one."""
        return next((e for e in reversed(self.history) if e.what in OUTCOMES), None)

    @property
    def execution_name(self) -> str:
        """The name of the workflow execution that waits for the present question."""
        return self.request_id if self.inquiry == 1 else f"{self.request_id}-{self.inquiry}"

    def bookings(self) -> Mapping[int, Booking]:
        """Return what this request takes from each year: nothing unless pending or approved."""
        if self.status not in {Status.PENDING, Status.APPROVED}:
            return {}
        return {
            year: Booking(
                request_id=self.request_id,
                leave_type=self.plan.leave_type,
                period=self.plan.period,
                days=count.days,
                early=count.early,
                status=self.status.value,
            )
            for year, count in self.plan.counts.items()
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

    def retired(self, link: Link) -> RetiredLink | None:
        """Return what this link was, if it once opened this request."""
        if link.request_id != self.request_id:
            return None
        text = link.secret.reveal()
        return next((old for old in self.retired_links if old.secret.matches(text)), None)

    def ask(self, approver: Person, *, task_token: Secret, at: datetime) -> LeaveRequest:
        """Wait for this approver's answer; another approver gets another link and another mail."""
        if self.approver == approver and self.link_secret is not None:
            return self._changed(task_token=task_token)
        retired = self._without_link(at, f"{approver.name} is asked instead")
        new = {"approver": approver, "link_secret": new_link_secret(), "task_token": task_token}
        return self._changed(**(retired | new))

    def approve_without_asking(self, *, at: datetime) -> LeaveRequest:
        """Approve a new request of a type that needs no approval; still the first version."""
        event = Event(at=at, what=What.APPROVED, who="", via=Via.RULE)
        changes = self._outcome(Status.APPROVED, event)
        return replace(self, **changes)

    def decide(self, decision: Decision, *, comment: str, at: datetime) -> LeaveRequest:
        """Record the approver's answer to the open question.

        Raises `CommentMissingError` for a denial without a comment.
        """
        if decision is Decision.DENIED and not comment:
            raise CommentMissingError("A denial needs a few words of why.")
        status, what = ANSWERS[self._open_question(), decision]
        who = self.approver.employee_id if self.approver else ""
        event = Event(at=at, what=what, who=who, via=Via.LINK, comment=comment)
        return self._changed(**self._outcome(status, event))

    def expire(self, *, at: datetime) -> LeaveRequest:
        """Record that nobody answered the open question in time."""
        status, what = SILENCE[self._open_question()]
        event = Event(at=at, what=what, who="", via=Via.WORKFLOW)
        return self._changed(**self._outcome(status, event))

    def change(self, plan: Plan, *, who: str, at: datetime) -> LeaveRequest:
        """Ask for something else; the approver gets a new link, and the old one explains.

        Raises `NotPossibleError` when it is decided, `ChangedTooOftenError` after many changes.
        """
        if self.status is not Status.PENDING:
            raise NotPossibleError(
                f"This request is {self.status} and can not be changed any more."
            )
        if self.revision > MAXIMUM_CHANGES:
            raise ChangedTooOftenError(MAXIMUM_CHANGES)
        event = Event(at=at, what=What.CHANGED, who=who, via=Via.API, comment=str(plan.period))
        return self._changed(
            **self._without_link(at, "the request was changed"),
            plan=plan,
            revision=self.revision + 1,
            history=(*self.history, event),
        )

    def withdraw(self, *, who: str, at: datetime) -> LeaveRequest:
        """Take an undecided request back."""
        if self.status is not Status.PENDING:
            raise NotPossibleError(f"This request is {self.status} already.")
        event = Event(at=at, what=What.WITHDRAWN, who=who, via=Via.API)
        return self._changed(**self._outcome(Status.WITHDRAWN, event))

    def ask_to_cancel(self, *, who: str, at: datetime) -> LeaveRequest:
        """Ask the approver to agree that approved leave is cancelled."""
        if self.status is not Status.APPROVED or self.question is not None:
            raise NotPossibleError("Only approved leave can be cancelled, and only once at a time.")
        event = Event(at=at, what=What.CANCELLATION_ASKED, who=who, via=Via.API)
        return self._changed(
            **self._without_link(at, "the leave was approved, and is to be cancelled now"),
            question=Question.CANCELLATION,
            inquiry=self.inquiry + 1,
            task_token=None,
            history=(*self.history, event),
        )

    def reroute(self, *, who: str, why: str, at: datetime) -> LeaveRequest:
        """Close the approver's link because somebody else decides now; `ask` opens another one."""
        if self.link_secret is None:
            return self
        event = Event(at=at, what=What.REROUTED, who=who, via=Via.DIRECTORY, comment=why)
        return self._changed(
            **self._without_link(at, why),
            history=(*self.history, event),
        )

    def cancel_without_asking(self, *, who: str, at: datetime) -> LeaveRequest:
        """Cancel approved leave that needed nobody's approval; who cancels it knows already."""
        if self.status is not Status.APPROVED or self.question is not None:
            raise NotPossibleError("Only approved leave can be cancelled.")
        event = Event(at=at, what=What.CANCELLED, who=who, via=Via.API)
        told = {"outcome_mailed": True}
        return self._changed(**(self._outcome(Status.CANCELLED, event) | told))

    def mark_lead_mailed(self) -> LeaveRequest:
        """Remember that the approver has the mail for the present link."""
        return self._changed(lead_mailed=True)

    def mark_outcome_mailed(self) -> LeaveRequest:
        """Remember that the last outcome has been told."""
        return self._changed(outcome_mailed=True)

    def _open_question(self) -> Question:
        if self.question is None:
            raise NotPossibleError(f"This request is {self.status} and waits for no answer.")
        return self.question

    def _outcome(self, status: Status, event: Event) -> dict[str, Any]:
        return {
            "status": status,
            "question": None,
            "outcome_mailed": False,
            "history": (*self.history, event),
        }

    def _without_link(self, at: datetime, why: str) -> dict[str, Any]:
        retired = self.retired_links
        if self.link_secret is not None:
            old = RetiredLink(secret=self.link_secret, at=at, why=why)
            retired = (*retired, old)
        return {"link_secret": None, "lead_mailed": False, "retired_links": retired}

    def _changed(self, **changes: Any) -> LeaveRequest:
        return replace(self, version=self.version + 1, **changes)
