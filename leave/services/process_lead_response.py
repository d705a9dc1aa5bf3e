"""The workflow tells whoever has to know what became of a request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError, NotDecidedError, UndoOpenError
from leave.domain.history import ENTERED, Channel, EventType
from leave.domain.mail_errors import (
    MailOutcomeUnknownError,
    MailRefusedError,
)
from leave.domain.statuses import Status
from leave.services.loading import load
from leave.services.remembering import Remembering
from leave.services.retry import retry_on_conflict

if TYPE_CHECKING:
    from leave.domain.accounts import Returned
    from leave.domain.employees import Employee
    from leave.domain.history import Person
    from leave.domain.mails import Mail
    from leave.domain.requests import LeaveRequest
    from leave.services.administrators import Administrators
    from leave.services.notifications import Notifications
    from leave.services.planning import Planner
    from leave.services.ports import Clock, Emails, Mailer, Requests
    from leave.services.single_approval import SingleApproval


@dataclass(kw_only=True, slots=True, eq=False)
class ProcessLeadResponse:
    """The use case. Running it twice sends one mail."""

    clock: Clock
    requests: Requests
    planner: Planner
    emails: Emails
    mailer: Mailer
    administrators: Administrators
    notifications: Notifications
    single_approval: SingleApproval

    def __call__(
        self,
        request_id: str,
        *,
        inquiry: int = 1,
        expire: bool = False,
        execution: str | None = None,
    ) -> str:
        """Mail the last outcome and return the request's status.

        With `expire`, a question that nobody answered expires first, unless another execution than
        `execution` waits for the answer; None is one that does not tell its name.

        Raises a `MailError` when the mail did not leave, `NotDecidedError` when there is no outcome
        to tell or the present approver has no mail about the question, and `UndoOpenError` while
        the outcome can still be taken back.
        """
        request, memory = retry_on_conflict(
            lambda: self._settled(request_id, inquiry, expire=expire, execution=execution)
        )
        told = request
        if request.outcome is not None and not request.outcome_mailed:
            people = filter(None, (request.employee, _reader(request), request.note_due))
            readers = (person.employee_id for person in (*people, *request.to_notify))
            memory.expect(employees=readers)
            told = self._tell(self.notifications.notify(request, memory), memory)
        # An execution that asks sends the note besides.
        if told.question is None and told.inquiry == inquiry:
            self.notifications.note(told, memory)
        return request.status

    def expire(self, request: LeaveRequest, *, channel: Channel) -> LeaveRequest:
        """Let the open question expire, and return the request as it is then; tells nobody.

        Leave that was approved once is approved instead where nobody can give a second approval.

        Raises `ConflictError` when the request is no longer what was read.
        """
        return request if request.question is None else self._expired(request, channel)[0]

    def _expired(
        self, request: LeaveRequest, channel: Channel, *, timed_out: bool = False
    ) -> tuple[LeaveRequest, Remembering]:
        memory = self.planner.remember(request)
        if approved := self.single_approval.settle(request, memory, channel=channel):
            return approved, memory
        # The daily sweep knows better whom it waits for, and for how long.
        if timed_out and not request.lead_mailed:
            raise NotDecidedError(f"No approver has a mail about request {request.request_id}.")
        expired = request.expire(at=self.clock.now(), channel=channel)
        employee = memory.by_id(expired.employee.employee_id)
        if employee is None:
            ledgers = self.planner.released(expired, memory)
        else:
            accounts = self.planner.accounts(employee, memory, years=expired.plan.counts)
            ledgers = self.planner.rebooked(accounts, expired).changed_since(accounts)
        self.requests.replace(request, expired, ledgers)
        return expired, memory

    def _settled(
        self, request_id: str, inquiry: int, *, expire: bool, execution: str | None
    ) -> tuple[LeaveRequest, Remembering]:
        request = load(self.requests, request_id)
        if self.planner.policy.seconds_to_undo(request, self.clock.now()):
            raise UndoOpenError(f"The answer to request {request_id} can still be taken back.")
        # A later question than ours has a workflow of its own, which will expire it.
        if request.inquiry != inquiry or request.question is None:
            return request, self._memory(request)
        if not expire:
            raise NotDecidedError(f"Request {request_id} is not decided.")
        # A successor waits, with a time-out of its own: the lead may have been asked anew since.
        if execution not in {None, request.execution_name}:
            return request, self._memory(request)
        return self._expired(request, Channel.SYSTEM, timed_out=True)

    def _tell(self, request: LeaveRequest, memory: Remembering) -> LeaveRequest:
        """Mail the outcome, and return the request as it is then."""
        try:
            if (mail := self._mail(request, memory)) is not None:
                if request.delivery_uncertain:
                    self.mailer.check()
                self.mailer.send(mail)
        except MailRefusedError as error:
            self.administrators.alert(request, _reader(request))
            return self._remember(request, undelivered=str(error))
        except MailOutcomeUnknownError:
            # One more is better than none, and two may be out already after the second.
            if not request.delivery_uncertain:
                retry_on_conflict(lambda: self._doubt(request))
                raise
        return self._remember(request)

    def _mail(self, request: LeaveRequest, memory: Remembering) -> Mail | None:
        """Return the mail, or None when nobody has to hear of it.

        Raises `MailRefusedError` for a reader who is not in the directory any more.
        """
        reader_id = _reader(request).employee_id
        withdrawn = _is_withdrawn(request)
        if withdrawn and not request.may_be_known:
            return None
        if (reader := memory.by_id(reader_id)) is None:
            raise MailRefusedError(f"{reader_id} is not in the directory any more")
        today = self.clock.today()
        if reader.has_left(today) or (withdrawn and not reader.is_employed_on(today)):
            return None
        if withdrawn:
            employee = memory.by_id(request.employee.employee_id)
            shown = request.known_as(employee.name) if employee else request
            return self.emails.withdrawal_notice(shown, lead=reader)
        returned = self._returned(request, reader, memory)
        return self.emails.outcome_notice(request, employee=reader, returned=returned)

    def _memory(self, request: LeaveRequest) -> Remembering:
        """Return a memory that knows, after a cancellation, the accounts that it changed."""
        if _is_cancelled(request):
            return self.planner.remember(request)
        return Remembering(records=self.planner.records)

    def _returned(
        self, request: LeaveRequest, employee: Employee, memory: Remembering
    ) -> Returned | None:
        leave_type = self.planner.rules.leave_type(request.plan.leave_type)
        if leave_type is None or not leave_type.is_limited or not _is_cancelled(request):
            return None
        accounts = self.planner.accounts(employee, memory, years=request.plan.counts)
        return accounts.returned(
            replace(request, status=Status.APPROVED).bookings(),
            leave_type,
            today=self.clock.today(),
        )

    def _remember(self, told: LeaveRequest, *, undelivered: str = "") -> LeaveRequest:
        """Mark the outcome as told, unless there is another one by now; return what is there then.

        What was told is what was read a moment ago, so it is read again only when that has changed.
        """

        def mark(request: LeaveRequest) -> LeaveRequest:
            if undelivered:
                marked = request.mark_undelivered(why=undelivered, at=self.clock.now())
            else:
                marked = request.mark_outcome_mailed()
            self.requests.replace(request, marked)
            return marked

        def mark_again() -> LeaveRequest:
            now = load(self.requests, told.request_id)
            if now.outcome == told.outcome and not now.outcome_mailed:
                return mark(now)
            if not undelivered:
                now = self._doubt_entry(now, told)
            self._check_that_it_stands(now, told)
            return now

        try:
            return mark(told)
        except ConflictError:
            return retry_on_conflict(mark_again)

    def _check_that_it_stands(self, now: LeaveRequest, told: LeaveRequest) -> None:
        """Let the workflow go on with what was taken back while the mail about it went out."""
        if now.inquiry != told.inquiry:
            return
        if now.question is not None:
            raise NotDecidedError(f"The answer to request {now.request_id} was taken back.")
        if now.outcome != told.outcome and not now.outcome_mailed:
            raise UndoOpenError(f"Request {now.request_id} was decided again.")

    def _doubt(self, told: LeaveRequest) -> None:
        now = load(self.requests, told.request_id)
        if now.outcome == told.outcome and not now.delivery_uncertain:
            self.requests.replace(now, now.mark_delivery_uncertain())
        self._doubt_entry(now, told)

    def _doubt_entry(self, now: LeaveRequest, told: LeaveRequest) -> LeaveRequest:
        """Let the next mail put the calendar right, when what this one told was taken back."""
        outcome = told.outcome
        if outcome is None or outcome.type not in ENTERED or outcome == now.outcome:
            return now
        uncertain = now.mark_entry_doubted()
        self.requests.replace(now, uncertain)
        return uncertain


def _is_cancelled(request: LeaveRequest) -> bool:
    return request.outcome is not None and request.outcome.type is EventType.CANCELLED


def _is_withdrawn(request: LeaveRequest) -> bool:
    return request.outcome is not None and request.outcome.type is EventType.WITHDRAWN


def _reader(request: LeaveRequest) -> Person:
    """Return who is told: the employee, but of a withdrawal the approver."""
    return (_is_withdrawn(request) and request.approver) or request.employee
