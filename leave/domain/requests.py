"""Everything that can happen to a leave request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leave.domain.errors import (
    CommentMissingError,
    NotPossibleError,
)
from leave.domain.history import Channel, Event, EventType, Person
from leave.domain.invitations import Invitation, RevocationReason
from leave.domain.limit_errors import AskedTooOftenError, ChangedTooOftenError
from leave.domain.links import address_digest, new_link_secret
from leave.domain.request_record import MAXIMUM_UNDONE, RequestRecord, without
from leave.domain.statuses import ON_DECISION, ON_TIMEOUT, ON_UNDO, Decision, Question, Status
from leave.domain.values import value

if TYPE_CHECKING:
    from datetime import datetime

    from leave.domain.plans import Plan
    from leave.domain.secrets import Secret

MAXIMUM_CHANGES = 20
"""How often one request can be changed before a new one has to be made."""
MAXIMUM_CANCELLATIONS = 10
"""How often it can be asked whether approved leave may be cancelled.

All three bounds together keep a record within the 400 KB of an item, whatever people write:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""


@value
class LeaveRequest(RequestRecord):
    """One request for leave; whatever happens to it returns the next version of it."""

    def ask(
        self,
        approver: Person,
        *,
        task_token: Secret,
        at: datetime,
        stands_in_for: Person | None = None,
        email: str = "",
    ) -> LeaveRequest:
        """Wait for this approver's answer.

        Another approver, or another `email` of the same one, gets another link and another mail.
        """
        same = self.approver is not None and self.approver.employee_id == approver.employee_id
        same = same and self.is_addressed_to(email)
        if same and self.link_secret is not None:
            tried = self.asked_at if self.lead_mailed else at
            asked = self._with_invitation(asked_at=tried, unsent=False)
            return self._changed(task_token=task_token, invitations=asked)
        invitation = Invitation(
            approver=approver,
            secret=new_link_secret(),
            asked_at=at,
            stands_in_for=stands_in_for,
            address=address_digest(email) if email else "",
        )
        closed = self._without_link(at, RevocationReason.REROUTED)
        former = (old.without_names() for old in closed["invitations"])
        # Who is asked about the leave needs no note of it.
        noted = None if self.is_noted(approver.employee_id) else self.noted
        return self._changed(
            **(closed | {"invitations": (*former, invitation)}),
            # Not who is asked again after all.
            to_notify=without(approver.employee_id, self._people_to_notify()),
            noted=noted,
            task_token=task_token,
        )

    def approve_without_asking(self, *, at: datetime, lead: Person | None = None) -> LeaveRequest:
        """Approve a new request of a type that needs no approval; still the first version.

        The `lead` gets a note of it.
        """
        event = Event(at=at, type=EventType.APPROVED, actor="", channel=Channel.SYSTEM)
        changes = self._outcome(Status.APPROVED, event)
        if lead is not None:
            others = without(lead.employee_id, changes["to_notify"])
            changes |= {"to_notify": (*others, lead), "noted": lead}
        return replace(self, **changes)

    def decide(self, decision: Decision, *, comment: str, at: datetime) -> LeaveRequest:
        """Record the approver's answer to the open question.

        Raises `CommentMissingError` for a denial without a comment.
        """
        if decision is Decision.DENIED and not comment:
            raise CommentMissingError("Please give a reason for the denial.")
        status, what = ON_DECISION[self._open_question(), decision]
        return self._changed(**self._outcome(status, self._answered(what, comment, at)))

    def approve_first(self, *, comment: str, at: datetime) -> LeaveRequest:
        """Record the first of two approvals; the link closes, and somebody else is to be asked."""
        self._open_question()
        event = self._answered(EventType.FIRST_APPROVAL, comment, at)
        return self._changed(
            **self._without_link(at, RevocationReason.SECOND_STAGE, stands_in_for=None),
            first_approval=self.approver,
            passed_over=(),
            history=(*self.history, event),
        )

    def approve_by_first(self, *, at: datetime) -> LeaveRequest:
        """Approve by the first of two approvals, because nobody can give the second one."""
        self._open_question()
        event = Event(at=at, type=EventType.APPROVED, actor="", channel=Channel.SYSTEM)
        return self._changed(**self._outcome(Status.APPROVED, event))

    def undo(self, *, at: datetime) -> LeaveRequest:
        """Take the approver's last answer back; the same link asks the same question again."""
        return self._reopened(self._answered(EventType.UNDONE, "", at))

    def overtake(self, *, actor: str, at: datetime, name: str = "") -> LeaveRequest:
        """Take back an answer that the employee does not know, because they want something else."""
        return self._reopened(
            Event(at=at, type=EventType.UNDONE, actor=actor, channel=Channel.API, name=name)
        )

    def expire(self, *, at: datetime, channel: Channel = Channel.SYSTEM) -> LeaveRequest:
        """Record that nobody answered the open question in time."""
        status, what = ON_TIMEOUT[self._open_question()]
        return self._changed(
            **self._outcome(status, Event(at=at, type=what, actor="", channel=channel))
        )

    def change(self, plan: Plan, *, actor: str, at: datetime, name: str = "") -> LeaveRequest:
        """Ask for something else; the approver gets a new link, and the old one explains.

        Raises `NotPossibleError` when it is decided, `ChangedTooOftenError` after many changes.
        """
        if self.status is not Status.PENDING:
            cure = "Make a new request instead."
            if self.status is Status.APPROVED:
                cure = "Cancel it with DELETE, and make a new request for the days you want."
            raise NotPossibleError(
                f"This request is {self.status} and cannot be changed any more. {cure}"
            )
        if self.revision > MAXIMUM_CHANGES:
            raise ChangedTooOftenError(MAXIMUM_CHANGES)
        period, owner = str(plan.period), self.employee.employee_id
        event = Event(
            at=at,
            type=EventType.CHANGED,
            actor=actor,
            channel=Channel.API,
            comment=period,
            name=name,
        )
        return self._changed(
            **self._without_link(at, RevocationReason.CHANGED),
            **(
                self._asking_anew()
                | {
                    "to_notify": (
                        *without(owner, self._with_first(self._people_to_notify())),
                        *self._owner_if_unaware(actor),
                    )
                }
            ),
            plan=plan,
            revision=self.revision + 1,
            history=(*self.history, event),
        )

    def withdraw(self, *, actor: str, at: datetime, name: str = "") -> LeaveRequest:
        """Take a pending request back."""
        if self.status is not Status.PENDING:
            raise NotPossibleError(f"This request is {self.status} already.")
        event = Event(at=at, type=EventType.WITHDRAWN, actor=actor, channel=Channel.API, name=name)
        changes = self._outcome(Status.WITHDRAWN, event)
        told = self._with_first(changes["to_notify"])
        changes["to_notify"] = (*told, *self._owner_if_unaware(actor))
        return self._changed(**changes)

    def ask_to_cancel(self, *, actor: str, at: datetime, name: str = "") -> LeaveRequest:
        """Ask the approver to agree that approved leave is cancelled."""
        if self.status is not Status.APPROVED or self.question is not None:
            raise NotPossibleError(
                "Only approved leave can be cancelled, and only while its cancellation is not"
                " already requested."
            )
        if self.inquiry > MAXIMUM_CANCELLATIONS:
            raise AskedTooOftenError(MAXIMUM_CANCELLATIONS)
        event = Event(
            at=at, type=EventType.CANCELLATION_ASKED, actor=actor, channel=Channel.API, name=name
        )
        unnoted = tuple(former for former in self.to_notify if self.is_noted(former.employee_id))
        return self._changed(
            **self._without_link(at, RevocationReason.CANCELLATION, stands_in_for=None),
            **(self._asking_anew() | {"to_notify": (*unnoted, *self._owner_if_unaware(actor))}),
            question=Question.CANCELLATION,
            inquiry=self.inquiry + 1,
            restarts=0,
            restarted_at=None,
            task_token=None,
            history=(*self.history, event),
        )

    def reroute(
        self, *, actor: str, why: str, at: datetime, channel: Channel = Channel.IMPORT
    ) -> LeaveRequest:
        """Close the approver's link because somebody else decides now; `ask` opens another one."""
        return self._closed(
            Event(at=at, type=EventType.REROUTED, actor=actor, channel=channel, comment=why)
        )

    def pass_over(self, what: EventType, *, why: str, at: datetime) -> LeaveRequest:
        """Close the link of an approver who did not answer or cannot be reached, for good."""
        event = Event(at=at, type=what, actor="", channel=Channel.SYSTEM, comment=why)
        passed_over = {*self.passed_over, *(p.employee_id for p in (self.approver,) if p)}
        return self._closed(event, passed_over=tuple(sorted(passed_over)))

    def restart(self, *, at: datetime) -> LeaveRequest:
        """Wait in a new execution, because the one there was has ended, or gets nowhere."""
        return self._changed(restarts=self.restarts + 1, restarted_at=at, task_token=None)

    def cancel_without_asking(self, *, actor: str, at: datetime, name: str = "") -> LeaveRequest:
        """Cancel approved leave that needed nobody's approval.

        The employee gets the calendar entry taken back, and the lead who knows of it hears of it.
        """
        if self.status is not Status.APPROVED or self.question is not None:
            raise NotPossibleError("Only approved leave can be cancelled.")
        return self._cancelled(
            Event(at=at, type=EventType.CANCELLED, actor=actor, channel=Channel.API, name=name)
        )

    def cancel_outside_employment(self, *, actor: str, at: datetime) -> LeaveRequest:
        """Cancel approved leave because the employment does not reach it, whatever is asked."""
        if self.status is not Status.APPROVED:
            raise NotPossibleError(
                f"This request is {self.status}, and only approved leave can be cancelled."
            )
        return self._cancelled(
            Event(at=at, type=EventType.CANCELLED, actor=actor, channel=Channel.IMPORT)
        )

    def mark_lead_mailed(self, *, at: datetime | None = None) -> LeaveRequest:
        """Remember that the approver has the mail for the present link, since `at`.

        Whoever could not be mailed for days has had no time to answer yet.
        """
        mailed = self._with_invitation(mailed=True, asked_at=at or self.asked_at)
        return self._changed(invitations=mailed, delivery_uncertain=False)

    def mark_notified(self, employee_id: str) -> LeaveRequest:
        """Remember that one of those who had to hear of the last step knows of it."""
        return self._changed(**self._without_notified(employee_id), delivery_uncertain=False)

    def mark_notice_undeliverable(
        self, employee_id: str, *, why: str, at: datetime
    ) -> LeaveRequest:
        """Remember that one of them can not be told by mail, and that others know that."""
        event = Event(
            at=at, type=EventType.UNDELIVERED, actor="", channel=Channel.SYSTEM, comment=why
        )
        return self._changed(
            **self._without_notified(employee_id),
            delivery_uncertain=False,
            history=(*self.history, event),
        )

    def mark_outcome_mailed(self) -> LeaveRequest:
        """Remember that the last outcome has been told."""
        return self._changed(outcome_mailed=True, delivery_uncertain=False, entry_uncertain=False)

    def mark_undelivered(self, *, why: str, at: datetime) -> LeaveRequest:
        """Remember that the last outcome can not be told by mail, and that others know that."""
        event = Event(
            at=at, type=EventType.UNDELIVERED, actor="", channel=Channel.SYSTEM, comment=why
        )
        return self._changed(
            outcome_mailed=True, delivery_uncertain=False, history=(*self.history, event)
        )

    def mark_delivery_uncertain(self) -> LeaveRequest:
        """Remember that the mail which is due may be out already."""
        return self._changed(delivery_uncertain=True)

    def mark_entry_uncertain(self) -> LeaveRequest:
        """Remember that the mail about an outcome may have left that was taken back meanwhile."""
        return self._changed(entry_uncertain=True)

    def mark_unsent(self) -> LeaveRequest:
        """Remember that the approver certainly has no mail for the present link yet."""
        return self._changed(invitations=self._with_invitation(unsent=True))

    def _cancelled(self, event: Event) -> LeaveRequest:
        changes = self._outcome(Status.CANCELLED, event)
        # Who never heard of the leave does not hear that it is cancelled.
        lead = None if self._is_unheard_of else self.noted or self.approver
        if self.noted is not None:
            changes["to_notify"] = without(self.noted.employee_id, changes["to_notify"])
        return self._changed(**changes, noted=lead)

    @property
    def _is_unheard_of(self) -> bool:
        """Tell whether the noted lead certainly has no mail about the leave.

        While a later question is asked, the note may leave before an outcome.
        """
        lead = self.note_due
        if lead is None or self.outcome_mailed or self.inquiry > 1:
            return False
        return self._revision_known_to(lead.employee_id) == 0

    def _without_notified(self, employee_id: str) -> dict[str, Any]:
        """Return what changes when one of those who had to hear of the last step knows of it."""
        changes: dict[str, Any] = {"to_notify": without(employee_id, self.to_notify)}
        if self.status is Status.CANCELLED and self.is_noted(employee_id):
            changes["noted"] = None
        return changes

    def _reopened(self, event: Event) -> LeaveRequest:
        outcome = self.outcome
        if outcome is None or self.question is not None or outcome.type not in ON_UNDO:
            raise NotPossibleError("This request has no answer that can still be taken back.")
        if self.undone >= MAXIMUM_UNDONE:
            raise NotPossibleError(f"An answer can be taken back at most {MAXIMUM_UNDONE} times.")
        question, status = ON_UNDO[outcome.type]
        return self._changed(
            status=status,
            question=question,
            invitations=self._with_invitation(asked_at=event.at),
            # Whoever asks to cancel leave knows that it was approved.
            outcome_mailed=question is Question.CANCELLATION,
            delivery_uncertain=False,
            history=(*self.history, event),
        )

    def _open_question(self) -> Question:
        if self.question is None:
            raise NotPossibleError(f"This request is {self.status}; there is nothing to answer.")
        return self.question

    def _answered(self, what: EventType, comment: str, at: datetime) -> Event:
        actor, name = (self.approver.employee_id, self.approver.name) if self.approver else ("", "")
        return Event(
            at=at, type=what, actor=actor, channel=Channel.LINK, comment=comment, name=name
        )

    def _closed(self, event: Event, **changes: Any) -> LeaveRequest:
        if self.link_secret is None:
            return self
        # Whose address is refused has no mail.
        refused = event.type is EventType.UNREACHABLE
        return self._changed(
            **(self._without_link(event.at, RevocationReason(event.type)) | changes),
            to_notify=self.to_notify if refused else self._people_to_notify(),
            history=(*self.history, event),
        )

    def _people_to_notify(self) -> tuple[Person, ...]:
        """Return who is to be told: whoever may know of the request by now, too."""
        if self.approver is None or not self.may_be_known:
            return self.to_notify
        return (*without(self.approver.employee_id, self.to_notify), self.approver)

    def _with_first(self, people: tuple[Person, ...]) -> tuple[Person, ...]:
        """Return people, and who gave the first of two approvals."""
        first = self.first_approval
        return people if first is None else (*without(first.employee_id, people), first)
