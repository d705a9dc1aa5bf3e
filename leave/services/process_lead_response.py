"""Mails of the workflow about the outcome of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import (
    ConflictError,
    MailOutcomeUnknownError,
    MailRefusedError,
    NotDecidedError,
    UndoOpenError,
)
from leave.domain.history import ENTERED, Channel, EventType, Status
from leave.domain.values import replace
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.domain.accounts import Returned
    from leave.domain.employee import Employee
    from leave.domain.history import Person
    from leave.domain.request import LeaveRequest
    from leave.domain.views import Mail
    from leave.services.leave_policy import Planner, SingleApproval
    from leave.services.notifications import Administrators, Notifications
    from leave.services.ports import Clock, Emails, Mailer
    from leave.services.unit_of_work import UnitOfWork


@dataclass(kw_only=True, slots=True, eq=False)
class ProcessLeadResponse:
    """The use case. Running it twice sends one mail."""

    clock: Clock
    begin: Callable[[], UnitOfWork]
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
        request, uow = self._settle(request_id, inquiry, expire=expire, execution=execution)
        notified = request
        if request.outcome is not None and not request.outcome_mailed:
            people = filter(None, (request.employee, _reader(request), request.note_due))
            uow.prefetch(employees=(one.employee_id for one in (*people, *request.to_notify)))
            notified = self._mail_outcome(uow, self.notifications.notify(uow, request))
        # An execution that asks sends the note besides.
        if notified.question is None and notified.inquiry == inquiry:
            self.notifications.note(uow, notified)
        return request.status

    def expire(
        self, uow: UnitOfWork, request: LeaveRequest, *, channel: Channel, timed_out: bool = False
    ) -> LeaveRequest:
        """Let the open question expire, and return the request as it is then; mails nobody.

        Leave that was approved once is approved instead where nobody can give a second approval.
        Raises `NotDecidedError` when the time is over but the approver has no mail, and
        `ConflictError` when the request is no longer what was read.
        """
        if request.question is None:
            return request
        self.planner.prefetch(uow, request)
        if approved := self.single_approval.settle(uow, request):
            return approved
        # The daily sweep knows better whom it waits for, and for how long.
        if timed_out and not request.lead_mailed:
            raise NotDecidedError(f"No approver has a mail about request {request.request_id}.")
        expired = request.expire(at=self.clock.now(), channel=channel)
        employee = uow.find_employee(expired.employee.employee_id)
        if employee is None:
            ledgers = self.planner.released(uow, expired)
        else:
            accounts = self.planner.accounts(uow, employee, years=expired.plan.counts)
            ledgers = self.planner.rebooked(accounts, expired).changed_since(accounts)
        uow.replace(request, expired)
        uow.save_ledgers(ledgers)
        uow.commit()
        return expired

    @retry_on_conflict
    def _settle(
        self, uow: UnitOfWork, request_id: str, inquiry: int, *, expire: bool, execution: str | None
    ) -> tuple[LeaveRequest, UnitOfWork]:
        """Return the request once nothing is asked that this execution waits for."""
        request = uow.request(request_id)
        if self.planner.policy.seconds_to_undo(request, self.clock.now()):
            raise UndoOpenError(f"The answer to request {request_id} can still be taken back.")
        # A later question than ours has a workflow of its own, which will expire it.
        if request.inquiry == inquiry and request.question is not None:
            if not expire:
                raise NotDecidedError(f"Request {request_id} is not decided.")
            # A successor waits with a time-out of its own: the lead may be asked again.
            if execution in {None, request.execution_name}:
                request = self.expire(uow, request, channel=Channel.SYSTEM, timed_out=True)
        if _is_cancelled(request):
            self.planner.prefetch(uow, request)
        return request, uow

    def _mail_outcome(self, uow: UnitOfWork, request: LeaveRequest) -> LeaveRequest:
        """Mail the outcome, and return the request as it is then."""
        try:
            if (mail := self._mail(uow, request)) is not None:
                if request.delivery_uncertain:
                    self.mailer.check()
                self.mailer.send(mail)
        except MailRefusedError as error:
            self.administrators.alert(uow, request, _reader(request))
            return self._mark_mailed(uow, request, undelivered=str(error))
        except MailOutcomeUnknownError:
            # One more is better than none, and two may be out already after the second.
            if not request.delivery_uncertain:
                self._mark_uncertain(request)
                raise
        return self._mark_mailed(uow, request)

    def _mail(self, uow: UnitOfWork, request: LeaveRequest) -> Mail | None:
        """Return the mail, or None when nobody has to hear of it.

        Raises `MailRefusedError` for a reader who is not in the directory any more.
        """
        reader_id = _reader(request).employee_id
        withdrawn = _is_withdrawn(request)
        if withdrawn and not request.may_be_known:
            return None
        if (reader := uow.find_employee(reader_id)) is None:
            raise MailRefusedError(f"{reader_id} is not in the directory any more")
        today = self.clock.today_of(reader)
        if reader.has_left(today) or (withdrawn and not reader.is_employed_on(today)):
            return None
        if withdrawn:
            employee = uow.find_employee(request.employee.employee_id)
            shown = request.known_as(employee.name) if employee else request
            return self.emails.withdrawal_notice(shown, lead=reader)
        returned = self._returned(uow, request, reader)
        return self.emails.outcome_notice(request, employee=reader, returned=returned)

    def _returned(
        self, uow: UnitOfWork, request: LeaveRequest, employee: Employee
    ) -> Returned | None:
        leave_type = self.planner.rules.leave_type(request.plan.leave_type)
        if leave_type is None or not leave_type.is_limited or not _is_cancelled(request):
            return None
        accounts = self.planner.accounts(uow, employee, years=request.plan.counts)
        return accounts.returned(
            replace(request, status=Status.APPROVED).bookings(),
            leave_type,
            today=self.clock.today_of(employee),
        )

    def _mark_mailed(
        self, uow: UnitOfWork, mailed: LeaveRequest, *, undelivered: str = ""
    ) -> LeaveRequest:
        """Mark the outcome as mailed, unless it is another one by now; return what is there then.

        What was mailed is what was read a moment ago, so it is read again only after a conflict.
        """
        marked = self._marked(mailed, undelivered)
        try:
            uow.replace(mailed, marked)
            uow.commit()
        except ConflictError:
            return self._mark_mailed_again(mailed, undelivered)
        return marked

    @retry_on_conflict
    def _mark_mailed_again(
        self, uow: UnitOfWork, mailed: LeaveRequest, undelivered: str
    ) -> LeaveRequest:
        now = uow.request(mailed.request_id)
        if now.outcome == mailed.outcome and not now.outcome_mailed:
            marked = self._marked(now, undelivered)
            uow.replace(now, marked)
            return marked
        if not undelivered:
            now = _mark_entry_uncertain(uow, now, mailed)
            uow.commit()
        self._check_that_it_stands(now, mailed)
        return now

    def _marked(self, request: LeaveRequest, undelivered: str) -> LeaveRequest:
        if undelivered:
            return request.mark_undelivered(why=undelivered, at=self.clock.now())
        return request.mark_outcome_mailed()

    def _check_that_it_stands(self, now: LeaveRequest, mailed: LeaveRequest) -> None:
        """Let the workflow go on with what was taken back while the mail about it went out."""
        if now.inquiry != mailed.inquiry:
            return
        if now.question is not None:
            raise NotDecidedError(f"The answer to request {now.request_id} was taken back.")
        if now.outcome != mailed.outcome and not now.outcome_mailed:
            raise UndoOpenError(f"Request {now.request_id} was decided again.")

    @retry_on_conflict
    def _mark_uncertain(self, uow: UnitOfWork, mailed: LeaveRequest) -> None:
        now = uow.request(mailed.request_id)
        if now.outcome == mailed.outcome and not now.delivery_uncertain:
            uow.replace(now, now.mark_delivery_uncertain())
        else:
            _mark_entry_uncertain(uow, now, mailed)


def _mark_entry_uncertain(uow: UnitOfWork, now: LeaveRequest, mailed: LeaveRequest) -> LeaveRequest:
    """Let the next mail put the calendar right, when what this one said was taken back."""
    outcome = mailed.outcome
    if outcome is None or outcome.type not in ENTERED or outcome == now.outcome:
        return now
    uncertain = now.mark_entry_uncertain()
    uow.replace(now, uncertain)
    return uncertain


def _is_cancelled(request: LeaveRequest) -> bool:
    return request.outcome is not None and request.outcome.type is EventType.CANCELLED


def _is_withdrawn(request: LeaveRequest) -> bool:
    return request.outcome is not None and request.outcome.type is EventType.WITHDRAWN


def _reader(request: LeaveRequest) -> Person:
    """Return who is told: the employee, but of a withdrawal the approver."""
    return (_is_withdrawn(request) and request.approver) or request.employee
