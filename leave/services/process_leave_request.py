"""The workflow asks the approver."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError, MailError, MailOutcomeUnknownError, MailRefusedError
from leave.domain.history import EventType, Person
from leave.domain.sweep import asked_on
from leave.domain.views import PendingItem
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.domain.employee import Employee
    from leave.domain.request import LeaveRequest
    from leave.domain.values import Secret
    from leave.domain.views import Mail
    from leave.services.approvers import Approvers
    from leave.services.decision_summaries import DecisionSummaries
    from leave.services.leave_policy import SingleApproval
    from leave.services.notifications import Administrators, Notifications
    from leave.services.ports import (
        Clock,
        Emails,
        Mailer,
        Workflow,
    )
    from leave.services.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True, eq=False)
class ProcessLeaveRequest:
    """The use case. Running it twice with the same token sends one mail."""

    clock: Clock
    begin: Callable[[], UnitOfWork]
    workflow: Workflow
    emails: Emails
    mailer: Mailer
    approvers: Approvers
    summaries: DecisionSummaries
    administrators: Administrators
    notifications: Notifications
    single_approval: SingleApproval

    def __call__(self, request_id: str, task_token: Secret, *, inquiry: int = 1) -> None:
        """Keep the token, choose whom to ask and mail the request; answer at once if decided.

        A mail that cannot be sent is reported to the workflow, which asks again later. An
        approver whose address is refused for good is passed over, and administrators are told.
        """
        try:
            self._ask(request_id, task_token, inquiry)
        except MailError as error:
            failed = {"leaveRequestId": request_id, "error": type(error).__name__}
            _log.warning("mail not sent", extra=failed)
            self.workflow.fail(task_token, error=type(error).__name__, cause=str(error))

    @retry_on_conflict
    def _ask(self, uow: UnitOfWork, request_id: str, task_token: Secret, inquiry: int) -> None:
        request = uow.request(request_id)
        if request.question is None or request.inquiry != inquiry:
            self._answer(request, task_token)
            return
        self.summaries.planner.prefetch(
            uow, request, *(person.employee_id for person in request.to_notify)
        )
        employee = uow.employee(request.employee.employee_id)
        if approved := self.single_approval.settle(uow, request):
            self._answer(approved, task_token)
            return
        asked, lead = self._asked(uow, request, employee, task_token)
        if _is_mail_due(asked):
            try:
                self._send(uow, asked, self._mail(uow, asked, employee, lead))
            except MailRefusedError as error:
                self._pass_over(uow, asked, lead, error)
                self._ask(request_id, task_token, inquiry)
                return
            except MailOutcomeUnknownError:
                raise
            except MailError:
                # A try before this one may have died with its mail out.
                is_first = request.mail_unsent or request.link_secret != asked.link_secret
                if is_first and not (asked.lead_mailed or asked.delivery_uncertain):
                    uow.replace(asked, asked.mark_unsent())
                    uow.commit()
                raise
            asked = self._mark_mailed(uow, asked, task_token)
        if asked is not None and asked.to_notify:
            self.notifications.note(uow, self.notifications.notify(uow, asked))

    def _asked(
        self, uow: UnitOfWork, request: LeaveRequest, employee: Employee, task_token: Secret
    ) -> tuple[LeaveRequest, Employee]:
        """Return the request with a link for the right approver, written, and who that is."""
        self.approvers.prefetch(uow, employee, request)
        choice = self.approvers.choose(uow, employee, request)
        lead, absent, delegator = choice.approver, choice.stands_in_for, choice.delegated_by
        present = request.approver and request.approver.employee_id
        asked_already = (request.task_token, present) == (task_token, lead.employee_id)
        is_tried = asked_already and not request.mail_unsent
        if is_tried and request.link() and request.is_addressed_to(lead.email):
            return request, lead
        asked = request.ask(
            Person.of(lead),
            task_token=task_token,
            at=self.clock.now(),
            stands_in_for=Person.of(absent) if absent else None,
            delegated_by=Person.of(delegator) if delegator else None,
            email=lead.email,
        )
        uow.replace(request, asked)
        uow.commit()
        return asked, lead

    def _mail(
        self, uow: UnitOfWork, asked: LeaveRequest, employee: Employee, lead: Employee
    ) -> Mail:
        """Write the request, or to an approver who has it, the reminder that the employee wants."""
        summary = self.summaries(uow, asked, employee)
        if not asked.lead_mailed:
            return self.emails.approval_request(
                asked, employee=employee, lead=lead, decision_summary=summary
            )
        since = asked_on(asked, partial(self.clock.day_of, lead))
        days = self.approvers.waited(lead, since, self.clock.today_of(lead))
        waiting = PendingItem(request=asked, since=since, days=days, decision_summary=summary)
        return self.emails.reminder(lead, [waiting], more=0)

    def _send(self, uow: UnitOfWork, asked: LeaveRequest, mail: Mail) -> None:
        if asked.delivery_uncertain:
            self.mailer.check()
        try:
            self.mailer.send(mail)
        except MailOutcomeUnknownError:
            # One more is better than none, and two may be out already after the second.
            if not asked.delivery_uncertain:
                uow.replace(asked, asked.mark_delivery_uncertain())
                uow.commit()
                raise

    def _pass_over(
        self, uow: UnitOfWork, asked: LeaveRequest, lead: Employee, error: MailRefusedError
    ) -> None:
        """Let another approver be asked; one who is asked in spite of that is tried again later."""
        if asked.is_passed_over(lead.employee_id, lead.email):
            raise error
        self.administrators.alert(uow, asked, Person.of(lead))
        passed = asked.pass_over(EventType.UNREACHABLE, why=str(error), at=self.clock.now())
        uow.replace(asked, passed)
        uow.commit()

    def _mark_mailed(
        self, uow: UnitOfWork, asked: LeaveRequest, task_token: Secret
    ) -> LeaveRequest | None:
        """Mark the mail as sent and return what is asked now, or None when that is over.

        A conflict means that the request was decided, changed or mailed while ours was on its way:
        whoever decided may have missed the token, and whoever changed it asks again.
        """
        is_reminder = asked.lead_mailed
        marked = (
            asked.mark_reminded() if is_reminder else asked.mark_lead_mailed(at=self.clock.now())
        )
        try:
            uow.replace(asked, marked)
            uow.commit()
        except ConflictError:
            uow = self.begin()
            now = uow.request(asked.request_id)
            if now.question is None or now.inquiry != asked.inquiry:
                self._answer(now, task_token)
            elif now.link_secret == asked.link_secret:
                is_marked = now.lead_mailed and not (is_reminder and now.reminder_due)
                return now if is_marked else self._mark_mailed(uow, now, task_token)
            return None
        return marked

    def _answer(self, request: LeaveRequest, task_token: Secret) -> None:
        wait = self.approvers.policy.seconds_to_undo(request, self.clock.now())
        self.workflow.answer(
            task_token, request_id=request.request_id, status=request.status, wait_seconds=wait
        )


def _is_mail_due(asked: LeaveRequest) -> bool:
    return not asked.lead_mailed or asked.reminder_due is not None
