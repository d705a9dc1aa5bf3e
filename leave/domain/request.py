"""One leave request, and everything that can happen to it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, Self

from leave.domain.errors import (
    AskedTooOftenError,
    ChangedTooOftenError,
    CommentMissingError,
    NotPossibleError,
    RemindedTodayError,
)
from leave.domain.history import (
    ON_DECISION,
    ON_TIMEOUT,
    ON_UNDO,
    Channel,
    Decision,
    Event,
    EventType,
    Person,
    Question,
    Status,
    is_answer,
    last_outcome,
)
from leave.domain.invitations import (
    Invitation,
    Link,
    Revocation,
    RevocationReason,
    address_digest,
    is_of_address,
    new_link_secret,
)
from leave.domain.ledger import Booking
from leave.domain.policy import Plan
from leave.domain.values import Secret, Value, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leave.domain.invitations import RevokedLink


_IN_NO_PLACE: Mapping[str, None] = {"stands_in_for": None, "delegated_by": None}
_ASKED_ANEW = frozenset(
    {RevocationReason.CHANGED, RevocationReason.CANCELLATION, RevocationReason.SECOND_STAGE}
)
_PASSED_OVER = frozenset({RevocationReason.ESCALATED, RevocationReason.UNREACHABLE})
MAXIMUM_UNDONE = 5
"""How often answers to one request can be taken back; the next one stands."""
MAXIMUM_CHANGES = 20
"""How often one request can be changed before a new one must be made."""
MAXIMUM_CANCELLATIONS = 10
"""How often it can be asked whether approved leave may be cancelled.

All three bounds together keep a record within the 400 KB of an item, whatever people write:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""


class LeaveRequest(Value):
    """The state of one request for leave. The record is the truth; the workflow only waits.

    `version` counts the writes and guards each of them, `revision` the changes of the plan,
    `inquiry` the questions put to an approver, each with a workflow of its own, and `restarts`
    how often that workflow had to be started again, last at `restarted_at`. `question` is what an
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
    that the employee's calendar may be wrong. `reminded_on` is the employee's day on which they
    last had the approver reminded.
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
    reminded_on: date | None = None

    @property
    def asked_revision(self) -> int:
        """The number of what is asked: it grows with each change and each question to cancel.

        Whoever answers by the API names it, so that nobody agrees to what they were not shown.
        """
        return self.revision + self.inquiry - 1

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
    def delegated_by(self) -> Person | None:
        """The approver who has delegated the answer to the one who is asked."""
        return self._invitation and self._invitation.delegated_by

    @property
    def link_secret(self) -> Secret | None:
        """The secret of the link that decides."""
        return self._open_invitation and self._open_invitation.secret

    @property
    def lead_mailed(self) -> bool:
        """Return whether the approver has the mail for the link that decides."""
        return self._open_invitation is not None and self._open_invitation.mailed

    @property
    def mail_unsent(self) -> bool:
        """Return whether each try to mail the approver that link is known to have failed."""
        return self._open_invitation is not None and self._open_invitation.unsent

    @property
    def reminder_due(self) -> datetime | None:
        """Since when a reminder is due that the employee wants, or when it was tried last."""
        if self.question is None or self._open_invitation is None:
            return None
        return self._open_invitation.reminder_due

    def is_asked(self, employee_id: str) -> bool:
        """Return whether this approver's link is the present one."""
        present = self._open_invitation
        return present is not None and present.approver.employee_id == employee_id

    def has_delegated(self, employee_id: str) -> bool:
        """Return whether this approver has delegated the answer to what they were asked before."""
        delegator = self.delegated_by
        if delegator is None or delegator.employee_id != employee_id:
            return False
        for invitation in reversed(self.invitations):
            if invitation.revoked and invitation.revoked.why in _ASKED_ANEW:
                return False
            if invitation.approver.employee_id == employee_id:
                return True
        return False

    @property
    def revoked_links(self) -> tuple[RevokedLink, ...]:
        """The links that no longer decide, oldest first."""
        links = (invitation.revoked_link for invitation in self.invitations)
        return tuple(link for link in links if link is not None)

    @property
    def outcome(self) -> Event | None:
        """The last event that somebody must be told, if there was one."""
        return last_outcome(self.history)

    @property
    def is_open(self) -> bool:
        """Return whether anything is left to be done: an answer to wait for, an outcome to tell."""
        is_mailed = self.outcome is None or self.outcome_mailed
        return self.question is not None or not is_mailed or self.note_due is not None

    def is_noted(self, employee_id: str) -> bool:
        """Return whether this is the lead who gets notes of the leave."""
        return self.noted is not None and self.noted.employee_id == employee_id

    @property
    def note_due(self) -> Person | None:
        """The lead who is still to get a note: of the leave, or that it is cancelled.

        It leaves after the mail about the outcome, so nobody has it before `outcome_mailed`.
        """
        is_due = any(self.is_noted(person.employee_id) for person in self.to_notify)
        return self.noted if is_due or self.status is Status.CANCELLED else None

    @property
    def may_be_mailed(self) -> bool:
        """Return whether the approver has the mail for the present link, or may have it.

        The link is written before the mail leaves, and `lead_mailed` after it: in between, or after
        a death, nobody knows. Only a try that was reported to have failed is known.
        """
        return self._open_invitation is not None and not self._open_invitation.unsent

    @property
    def may_be_known(self) -> bool:
        """Return whether the present approver may know of the request, by whatever link."""
        if self._open_invitation is None:
            return False
        owner = self._open_invitation.approver
        return self.may_be_mailed or self._revision_known_to(owner.employee_id) > 0

    def is_addressed_to(self, email: str) -> bool:
        """Return whether the present link was made for this mail address, if that is known."""
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
        """Return whether an approver did not answer, or cannot be reached at this address."""
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
        """Return until when the approver's answer can be taken back; None when it cannot."""
        outcome = self.outcome
        if outcome is None or not is_answer(outcome, self.history):
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
        if outcome is None:
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
        """Return whether this link is the present one of this request."""
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
            "invitations": self._with_invitation(reminder_due=None),
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
        changes["reminder_due"] = None
        if self._open_invitation is not None:
            owner = self._open_invitation.approver.employee_id
            # Who has answered was shown what was asked, with or without a mail.
            is_known = self.may_be_mailed or why is RevocationReason.SECOND_STAGE
            known = self.revision if is_known else self._revision_known_to(owner)
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
        """Return the employee where another person acted for them, who must be told then."""
        return () if actor == self.employee.employee_id else (self.employee,)

    def ask(  # noqa: PLR0913 - who is asked, for whom, where and how
        self,
        approver: Person,
        *,
        task_token: Secret,
        at: datetime,
        stands_in_for: Person | None = None,
        delegated_by: Person | None = None,
        email: str = "",
    ) -> LeaveRequest:
        """Wait for this approver's answer.

        Another approver, or another `email` of the same one, gets another link and another mail.
        """
        same = self.approver is not None and self.approver.employee_id == approver.employee_id
        same = same and self.is_addressed_to(email)
        if same and self.link_secret is not None:
            tried = self.asked_at if self.lead_mailed else at
            due = at if self.reminder_due else None
            asked = self._with_invitation(asked_at=tried, unsent=False, reminder_due=due)
            return self._changed(task_token=task_token, invitations=asked)
        invitation = Invitation(
            approver=approver,
            secret=new_link_secret(),
            asked_at=at,
            stands_in_for=stands_in_for,
            delegated_by=delegated_by,
            address=address_digest(email) if email else "",
        )
        closed = self._without_link(at, RevocationReason.REROUTED)
        earlier, last = closed["invitations"][:-1], closed["invitations"][-1:]
        previous = (*(old.without_names() for old in earlier), *last)
        # Who is asked about the leave needs no note of it.
        noted = None if self.is_noted(approver.employee_id) else self.noted
        return self._changed(
            **(closed | {"invitations": (*previous, invitation)}),
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

    def decide(
        self, decision: Decision, *, comment: str, at: datetime, channel: Channel = Channel.LINK
    ) -> LeaveRequest:
        """Record the approver's answer to the open question.

        Raises `CommentMissingError` for a denial without a comment.
        """
        if decision is Decision.DENIED and not comment:
            raise CommentMissingError("Please give a reason for the denial.")
        status, what = ON_DECISION[self._open_question(), decision]
        return self._changed(**self._outcome(status, self._answered(what, comment, at, channel)))

    def approve_first(
        self, *, comment: str, at: datetime, channel: Channel = Channel.LINK
    ) -> LeaveRequest:
        """Record the first of two approvals; the link closes, and another person is to be asked."""
        self._open_question()
        event = self._answered(EventType.FIRST_APPROVAL, comment, at, channel)
        return self._changed(
            **self._without_link(at, RevocationReason.SECOND_STAGE, **_IN_NO_PLACE),
            first_approval=self.approver,
            passed_over=(),
            history=(*self.history, event),
        )

    def approve_by_first(self, *, at: datetime) -> LeaveRequest:
        """Approve by the first of two approvals, because nobody can give the second one."""
        self._open_question()
        event = Event(at=at, type=EventType.APPROVED, actor="", channel=Channel.SYSTEM)
        return self._changed(**self._outcome(Status.APPROVED, event))

    def undo(self, *, at: datetime, channel: Channel = Channel.LINK) -> LeaveRequest:
        """Take the approver's last answer back; the same link asks the same question again."""
        return self._reopened(self._answered(EventType.UNDONE, "", at, channel))

    def overtake(self, *, actor: str, at: datetime, name: str = "") -> LeaveRequest:
        """Take back an answer that the employee does not know, because they want something else."""
        return self._reopened(
            Event(at=at, type=EventType.UNDONE, actor=actor, channel=Channel.API, name=name)
        )

    def remind(self, *, on: date, at: datetime) -> LeaveRequest:
        """Ask for a mail that reminds the approver, once on a day `on` of the employee's.

        Nobody is mailed who has answered, even while the employee does not know that. Raises
        `RemindedTodayError`.
        """
        if self.reminded_on == on:
            raise RemindedTodayError
        due = at if self.question is not None else None
        return self._changed(reminded_on=on, invitations=self._with_invitation(reminder_due=due))

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
            hint = "Make a new request instead."
            if self.status is Status.APPROVED:
                hint = "Cancel it with DELETE, and make a new request for the days you want."
            raise NotPossibleError(
                f"This request is {self.status} and cannot be changed any more. {hint}"
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
        people = self._with_first(changes["to_notify"])
        changes["to_notify"] = (*people, *self._owner_if_unaware(actor))
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
        unnoted = tuple(one for one in self.to_notify if self.is_noted(one.employee_id))
        return self._changed(
            **self._without_link(at, RevocationReason.CANCELLATION, **_IN_NO_PLACE),
            **(self._asking_anew() | {"to_notify": (*unnoted, *self._owner_if_unaware(actor))}),
            question=Question.CANCELLATION,
            inquiry=self.inquiry + 1,
            restarts=0,
            restarted_at=None,
            task_token=None,
            history=(*self.history, event),
        )

    def reroute(  # noqa: PLR0913 - whose doing it is, in which way, and for whom
        self,
        *,
        actor: str,
        why: str,
        at: datetime,
        channel: Channel = Channel.IMPORT,
        name: str = "",
        delegator: str = "",
    ) -> LeaveRequest:
        """Close the approver's link because another person decides now; `ask` opens another one.

        The `delegator`, an employee id, knows that without a mail.
        """
        event = Event(
            at=at, type=EventType.REROUTED, actor=actor, channel=channel, comment=why, name=name
        )
        own = self.approver is not None and self.approver.employee_id == delegator
        if not own or self.link_secret is None:
            return self._closed(event)
        invitations = self._without_link(at, RevocationReason.REROUTED, delegated_by=self.approver)[
            "invitations"
        ]
        return self._closed(event, to_notify=self.to_notify, invitations=invitations)

    def reclaim(self, delegator: Person, *, at: datetime) -> LeaveRequest:
        """Return the request as who has delegated gives the answer; the delegate's link closes."""
        event = Event(
            at=at,
            type=EventType.REROUTED,
            actor=delegator.employee_id,
            channel=Channel.API,
            comment=f"{delegator.name} answers in spite of the delegation",
            name=delegator.name,
        )
        closed = self._closed(event)
        invitation = Invitation(approver=delegator, secret=new_link_secret(), asked_at=at)
        return replace(closed, invitations=(*closed.invitations, invitation))

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

    def mark_reminded(self) -> LeaveRequest:
        """Remember that the approver has the reminder which the employee wanted."""
        reminded = self._with_invitation(reminder_due=None)
        return self._changed(invitations=reminded, delivery_uncertain=False)

    def mark_notified(self, employee_id: str) -> LeaveRequest:
        """Remember that one of those who had to hear of the last step knows of it."""
        return self._changed(**self._without_notified(employee_id), delivery_uncertain=False)

    def mark_notice_undeliverable(
        self, employee_id: str, *, why: str, at: datetime
    ) -> LeaveRequest:
        """Remember that one of them cannot be told by mail, and that others know that."""
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
        """Remember that the last outcome cannot be told by mail, and that others know that."""
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
        """Return whether the noted lead certainly has no mail about the leave.

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

    def _answered(self, what: EventType, comment: str, at: datetime, channel: Channel) -> Event:
        actor, name = (self.approver.employee_id, self.approver.name) if self.approver else ("", "")
        return Event(at=at, type=what, actor=actor, channel=channel, comment=comment, name=name)

    def _closed(self, event: Event, **changes: Any) -> LeaveRequest:
        if self.link_secret is None:
            return self
        # Whose address is refused has no mail.
        refused = event.type is EventType.UNREACHABLE
        told = {"to_notify": self.to_notify if refused else self._people_to_notify()}
        closed = self._without_link(event.at, RevocationReason(event.type))
        return self._changed(**(closed | told | changes), history=(*self.history, event))

    def _people_to_notify(self) -> tuple[Person, ...]:
        """Return who is to be told: whoever may know of the request by now, too."""
        if self.approver is None or not self.may_be_known:
            return self.to_notify
        return (*without(self.approver.employee_id, self.to_notify), self.approver)

    def _with_first(self, people: tuple[Person, ...]) -> tuple[Person, ...]:
        """Return people, and who gave the first of two approvals."""
        first = self.first_approval
        return people if first is None else (*without(first.employee_id, people), first)


def without(employee_id: str, people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Return all people but one."""
    return tuple(person for person in people if person.employee_id != employee_id)


class ApprovalPolicy(Value):
    """Who is asked besides the leads, how often, and when an answer is final.

    `fallback_approver` is an employee id. An approver is reminded after `remind_after_days`, and
    another person is asked after `escalate_after_days`, in working days of that approver. An answer
    can be taken back within `undo`. Leave of more than `second_approval_over_days` working days
    needs two approvals; 0 means that one is always enough.
    """

    fallback_approver: str | None = None
    remind_after_days: int = 2
    escalate_after_days: int = 5
    undo: timedelta = timedelta(0)
    second_approval_over_days: int = 0

    def seconds_to_undo(self, request: LeaveRequest, now: datetime) -> int:
        """Return how long nobody may be told yet, because the answer can still be taken back."""
        until = request.undo_until(self.undo)
        return 0 if until is None else max(0, ceil((until - now).total_seconds()))

    def wants_second_approval(self, request: LeaveRequest) -> bool:
        """Return whether an approval of this request would be the first of two."""
        return (
            request.question is Question.LEAVE
            and request.first_approval is None
            and 0 < self.second_approval_over_days < request.plan.working_days
        )
