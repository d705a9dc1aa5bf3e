"""What is known about a leave request, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from leave.domain.history import Channel, EventType, last_outcome
from leave.domain.invitations import Revocation, RevocationReason
from leave.domain.ledgers import Booking
from leave.domain.links import Link, is_of_address
from leave.domain.statuses import ON_UNDO, Question, Status
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leave.domain.history import Event, Person
    from leave.domain.invitations import Invitation, RevokedLink
    from leave.domain.plans import Plan
    from leave.domain.secrets import Secret

_PASSED_OVER = frozenset({RevocationReason.ESCALATED, RevocationReason.UNREACHABLE})
MAXIMUM_UNDONE = 5
"""How often answers to one request can be taken back; the next one stands."""


@value
class RequestRecord:
    """The state of one request for leave. The record is the truth; the workflow only waits.

    `version` counts the writes and guards each of them, `revision` the changes of the plan,
    `inquiry` the questions put to an approver, each with a workflow of its own, and `restarts`
    how often that workflow had to be started anew, last at `restarted_at`. `question` is what an
    approver is being asked now, None when nothing is open.

    `invitations` are those of all approvers in order; the last one is the present one, and all
    before it are revoked. `first_approval` gave the first of two approvals.
    `passed_over` are the employee ids of approvers who did not answer or could not be reached.
    `to_notify` are the people who still have to get a mail: previous approvers, that another person
    decides now; the employee, about what another person did for them; and `noted`, as long as no
    note was sent. `noted` is the lead who gets a note of leave that needed no approval, and of its
    end.

    `outcome_mailed` tells whether its readers have the mail about the last outcome;
    `delivery_uncertain` that the mail which is due now may have been sent already;
    `entry_uncertain` that the mail about an outcome may have been sent before it was taken back, so
    that the employee's calendar may be wrong.
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
    restarts: int = 0
    restarted_at: datetime | None = None
    invitations: tuple[Invitation, ...] = ()
    first_approval: Person | None = None
    passed_over: tuple[str, ...] = ()
    to_notify: tuple[Person, ...] = ()
    noted: Person | None = None
    task_token: Secret | None = None
    outcome_mailed: bool = False
    delivery_uncertain: bool = False
    entry_uncertain: bool = False

    @property
    def approver(self) -> Person | None:
        """The approver who is asked, or was asked last."""
        return self._invitation and self._invitation.approver

    @property
    def asked_at(self) -> datetime | None:
        """Since when that approver is asked."""
        return self._invitation and self._invitation.asked_at

    @property
    def stands_in_for(self) -> Person | None:
        """The lead on leave in whose place that approver is asked."""
        return self._invitation and self._invitation.stands_in_for

    @property
    def link_secret(self) -> Secret | None:
        """The secret of the link that decides."""
        return self._open_invitation and self._open_invitation.secret

    @property
    def lead_mailed(self) -> bool:
        """Tell whether the approver has the mail for the link that decides."""
        return self._open_invitation is not None and self._open_invitation.mailed

    @property
    def mail_unsent(self) -> bool:
        """Tell whether each try to mail the approver that link is known to have failed."""
        return self._open_invitation is not None and self._open_invitation.unsent

    @property
    def revoked_links(self) -> tuple[RevokedLink, ...]:
        """The links that no longer decide, oldest first."""
        links = (invitation.revoked_link for invitation in self.invitations)
        return tuple(link for link in links if link is not None)

    @property
    def outcome(self) -> Event | None:
        """The last event that somebody has to be told, if there was one."""
        return last_outcome(self.history)

    @property
    def is_open(self) -> bool:
        """Tell whether anything is left to be done: an answer to wait for, an outcome to tell."""
        told = self.outcome is None or self.outcome_mailed
        return self.question is not None or not told or self.note_due is not None

    def is_noted(self, employee_id: str) -> bool:
        """Tell whether this is the lead who gets notes of the leave."""
        return self.noted is not None and self.noted.employee_id == employee_id

    @property
    def note_due(self) -> Person | None:
        """The lead who is still to get a note: of the leave, or that it is cancelled.

        It leaves after the mail about the outcome, so nobody has it before `outcome_mailed`.
        """
        is_untold = any(self.is_noted(former.employee_id) for former in self.to_notify)
        return self.noted if is_untold or self.status is Status.CANCELLED else None

    @property
    def may_be_mailed(self) -> bool:
        """Tell whether the approver has the mail for the present link, or may have it.

        The link is written before the mail leaves, and `lead_mailed` after it: in between, or after
        a death, nobody knows. Only a try that was reported to have failed is known.
        """
        return self._open_invitation is not None and not self._open_invitation.unsent

    @property
    def may_be_known(self) -> bool:
        """Tell whether the approver who is asked now may know of the request, by whatever link."""
        if self._open_invitation is None:
            return False
        owner = self._open_invitation.approver
        return self.may_be_mailed or self._revision_known_to(owner.employee_id) > 0

    def is_addressed_to(self, email: str) -> bool:
        """Tell whether the present link was made for this mail address, if that is known."""
        return self._invitation is None or self._invitation.is_addressed_to(email)

    @property
    def refused(self) -> Mapping[str, str]:
        """Digests of the addresses that refused a mail, by who was passed over for that."""
        last = {link.owner: link for link in self.revoked_links if link.why in _PASSED_OVER}
        return {
            actor: last[actor].address
            for actor in self.passed_over
            if actor in last and last[actor].why is RevocationReason.UNREACHABLE
        }

    def is_passed_over(self, employee_id: str, email: str) -> bool:
        """Tell whether an approver did not answer, or can not be reached at this address."""
        refused = self.refused.get(employee_id, "")
        return employee_id in self.passed_over and is_of_address(refused, email)

    @property
    def undone(self) -> int:
        """How many answers were taken back."""
        return sum(event.type is EventType.UNDONE for event in self.history)

    @property
    def execution_name(self) -> str:
        """The name of the workflow execution that waits for the present question."""
        name = self.request_id if self.inquiry == 1 else f"{self.request_id}-{self.inquiry}"
        return f"{name}.{self.restarts}" if self.restarts else name

    def undo_until(self, window: timedelta) -> datetime | None:
        """Return until when the approver's answer can be taken back; None when it can not."""
        outcome = self.outcome
        if outcome is None or outcome.channel is not Channel.LINK:
            return None
        settled = self.question is not None or self.outcome_mailed or not window
        settled = settled or self.undone >= MAXIMUM_UNDONE
        return None if settled else outcome.at + window

    def open_answer(self, window: timedelta, now: datetime) -> Event | None:
        """Return the answer that can still be taken back."""
        until = self.undo_until(window)
        return self.outcome if until is not None and now < until else None

    def before_answer(self) -> Self:
        """Return the request as it was before the last answer, which is still open."""
        outcome = self.outcome
        if outcome is None or outcome.type not in ON_UNDO:
            return self
        question, status = ON_UNDO[outcome.type]
        history = tuple(event for event in self.history if event is not outcome)
        return replace(self, status=status, question=question, history=history)

    def bookings(self, undo: timedelta = timedelta(0)) -> Mapping[int, Booking]:
        """Return what this request takes from each year: nothing unless pending or approved.

        With an answer that can be taken back within `undo`, it takes what it took before.
        """
        final_at = self.undo_until(undo)
        standing = self if final_at is None else self.before_answer()
        if standing.status not in {Status.PENDING, Status.APPROVED}:
            return {}
        becomes = "" if standing.status is self.status else self.status.value
        return {
            year: Booking(
                request_id=self.request_id,
                leave_type=self.plan.leave_type,
                period=self.plan.period,
                count=count,
                status=standing.status.value,
                becomes=becomes,
                final_at=final_at if becomes else None,
            )
            for year, count in self.plan.counts.items()
        }

    def known_as(self, name: str) -> Self:
        """Return the request as people read it: with its employee's present name."""
        return replace(self, employee=replace(self.employee, name=name))

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

    def revoked(self, link: Link) -> RevokedLink | None:
        """Return what this link was, if it once opened this request."""
        if link.request_id != self.request_id:
            return None
        text = link.secret.reveal()
        return next((old for old in self.revoked_links if old.secret.matches(text)), None)

    def _changed(self, **changes: Any) -> Self:
        return replace(self, version=self.version + 1, **changes)

    def _outcome(self, status: Status, event: Event) -> dict[str, Any]:
        return {
            "status": status,
            "question": None,
            "outcome_mailed": False,
            "delivery_uncertain": False,
            # The mail about the outcome tells the employee everything.
            "to_notify": without(self.employee.employee_id, self.to_notify),
            "history": (*self.history, event),
        }

    @property
    def _invitation(self) -> Invitation | None:
        return self.invitations[-1] if self.invitations else None

    @property
    def _open_invitation(self) -> Invitation | None:
        return self._invitation if self._invitation and not self._invitation.revoked else None

    def _with_invitation(self, **changes: Any) -> tuple[Invitation, ...]:
        """Return the invitations with another present one, if there is one."""
        if self._invitation is None:
            return ()
        return (*self.invitations[:-1], replace(self._invitation, **changes))

    def _without_link(self, at: datetime, why: RevocationReason, **changes: Any) -> dict[str, Any]:
        """Return the record's changes when the link closes, with those of the invitation."""
        if self._open_invitation is not None:
            owner = self._open_invitation.approver.employee_id
            known = self.revision if self.may_be_mailed else self._revision_known_to(owner)
            changes["revoked"] = Revocation(at=at, why=why, revision=known)
        return {"invitations": self._with_invitation(**changes), "delivery_uncertain": False}

    def _revision_known_to(self, employee_id: str) -> int:
        """Return the last plan that this approver may have been mailed by an earlier link, or 0."""
        own = (link.revision for link in self.revoked_links if link.owner == employee_id)
        return max(own, default=0)

    def _asking_anew(self) -> dict[str, Any]:
        """What is forgotten about an earlier answer when something else is asked."""
        return {"first_approval": None, "passed_over": (), "to_notify": ()}

    def _owner_if_unaware(self, actor: str) -> tuple[Person, ...]:
        """Return the employee where somebody else acted for them, who has to be told then."""
        return () if actor == self.employee.employee_id else (self.employee,)


def without(employee_id: str, people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Return all people but one."""
    return tuple(person for person in people if person.employee_id != employee_id)
