"""The workflow asks the approver."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError
from leave.domain.history import Channel, EventType, Person
from leave.domain.mail_errors import (
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
)
from leave.services.loading import load, load_employee
from leave.services.retry import retry_on_conflict

if TYPE_CHECKING:
    from leave.domain.employees import Employee
    from leave.domain.requests import LeaveRequest
    from leave.domain.secrets import Secret
    from leave.services.administrators import Administrators
    from leave.services.approvers import Approvers, Ledgers
    from leave.services.decision_summaries import DecisionSummaries
    from leave.services.notifications import Notifications
    from leave.services.ports import (
        Clock,
        Emails,
        Mailer,
        Requests,
        Workflow,
    )
    from leave.services.remembering import Remembering
    from leave.services.single_approval import SingleApproval

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True, eq=False)
class ProcessLeaveRequest:
    """The use case. Running it twice with the same token sends one mail."""

    clock: Clock
    requests: Requests
    workflow: Workflow
    emails: Emails
    mailer: Mailer
    approvers: Approvers
    summaries: DecisionSummaries
    administrators: Administrators
    notifications: Notifications
    single_approval: SingleApproval

    def __call__(self, request_id: str, task_token: Secret, *, inquiry: int = 1) -> None:
        """Keep the token, choose whom to ask and mail the brief; answer at once if decided.

        A mail that can not be sent is reported to the workflow, which asks again later. An
        approver whose address is refused for good is passed over, and administrators are told.
        """
        try:
            retry_on_conflict(lambda: self._ask(request_id, task_token, inquiry))
        except MailError as error:
            failed = {"leaveRequestId": request_id, "error": type(error).__name__}
            _log.warning("mail not sent", extra=failed)
            self.workflow.fail(task_token, error=type(error).__name__, cause=str(error))

    def _ask(self, request_id: str, task_token: Secret, inquiry: int) -> None:
        request = load(self.requests, request_id)
        if request.question is None or request.inquiry != inquiry:
            self._answer(request, task_token)
            return
        untold = (former.employee_id for former in request.to_notify)
        memory = self.summaries.planner.remember(request, *untold)
        employee = load_employee(memory, request.employee.employee_id)
        if approved := self.single_approval.settle(request, memory, channel=Channel.SYSTEM):
            self._answer(approved, task_token)
            return
        asked, lead = self._asked(request, employee, task_token, memory)
        if not asked.lead_mailed:
            try:
                self._send_brief(asked, employee, lead, memory)
            except MailRefusedError as error:
                self._pass_over(asked, lead, error)
                self._ask(request_id, task_token, inquiry)
                return
            except MailOutcomeUnknownError:
                raise
            except MailError:
                # A try before this one may have died with its mail out.
                is_first = request.mail_unsent or request.link_secret != asked.link_secret
                if is_first and not asked.delivery_uncertain:
                    self.requests.replace(asked, asked.mark_unsent())
                raise
            asked = self._remember_mail(asked, task_token)
        if asked is not None and asked.to_notify:
            self.notifications.note(self.notifications.notify(asked, memory), memory)

    def _asked(
        self,
        request: LeaveRequest,
        employee: Employee,
        task_token: Secret,
        memory: Remembering,
    ) -> tuple[LeaveRequest, Employee]:
        approvers = self.approvers.knowing(memory, employee, request)
        choice = approvers.choose(employee, request)
        lead, absent = choice.approver, choice.stands_in_for
        present = request.approver and request.approver.employee_id
        asked_already = (request.task_token, present) == (task_token, lead.employee_id)
        is_tried = asked_already and not request.mail_unsent
        if is_tried and request.link() and request.is_addressed_to(lead.email):
            return request, lead
        asked = request.ask(
            _person(lead),
            task_token=task_token,
            at=self.clock.now(),
            stands_in_for=_person(absent) if absent else None,
            email=lead.email,
        )
        self.requests.replace(request, asked)
        return asked, lead

    def _send_brief(
        self, asked: LeaveRequest, employee: Employee, lead: Employee, ledgers: Ledgers
    ) -> None:
        decision_summary = self.summaries(asked, employee, ledgers)
        mail = self.emails.approval_request(
            asked, employee=employee, lead=lead, decision_summary=decision_summary
        )
        if asked.delivery_uncertain:
            self.mailer.check()
        try:
            self.mailer.send(mail)
        except MailOutcomeUnknownError:
            # One more is better than none, and two may be out already after the second.
            if not asked.delivery_uncertain:
                self.requests.replace(asked, asked.mark_delivery_uncertain())
                raise

    def _pass_over(self, asked: LeaveRequest, lead: Employee, error: MailRefusedError) -> None:
        """Let somebody else be asked, once; who is asked in spite of that is tried again later."""
        if asked.is_passed_over(lead.employee_id, lead.email):
            raise error
        self.administrators.alert(asked, _person(lead))
        passed = asked.pass_over(EventType.UNREACHABLE, why=str(error), at=self.clock.now())
        self.requests.replace(asked, passed)

    def _remember_mail(self, asked: LeaveRequest, task_token: Secret) -> LeaveRequest | None:
        """Mark the mail as sent and return what is asked now, or None when that is over.

        A conflict means that the request was decided, changed or mailed while ours was on its way:
        whoever decided may have missed the token, and whoever changed it asks anew.
        """
        try:
            marked = asked.mark_lead_mailed(at=self.clock.now())
            self.requests.replace(asked, marked)
        except ConflictError:
            now = load(self.requests, asked.request_id)
            if now.question is None or now.inquiry != asked.inquiry:
                self._answer(now, task_token)
            elif now.link_secret == asked.link_secret:
                return now if now.lead_mailed else self._remember_mail(now, task_token)
            return None
        return marked

    def _answer(self, request: LeaveRequest, task_token: Secret) -> None:
        wait = self.approvers.policy.seconds_to_undo(request, self.clock.now())
        self.workflow.answer(
            task_token, request_id=request.request_id, status=request.status, wait_seconds=wait
        )


def _person(employee: Employee) -> Person:
    return Person(employee_id=employee.employee_id, name=employee.name, language=employee.language)
