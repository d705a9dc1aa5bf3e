"""The workflow asks the lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError, UnknownEmployeeError
from leave.domain.history import Person
from leave.domain.mail_errors import MailError
from leave.services.approvers import find_approver
from leave.services.attempts import until_written
from leave.services.loading import load

if TYPE_CHECKING:
    from leave.domain.employees import Employee
    from leave.domain.requests import LeaveRequest
    from leave.domain.secrets import Secret
    from leave.services.ports import Clock, Directory, Letters, Mailer, Requests, Workflow


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessLeaveRequest:
    """The use case. Running it twice with the same token sends one mail."""

    clock: Clock
    directory: Directory
    requests: Requests
    workflow: Workflow
    letters: Letters
    mailer: Mailer
    fallback_approver: str | None = None

    def __call__(self, request_id: str, task_token: Secret, *, inquiry: int = 1) -> None:
        """Keep the token, choose whom to ask and mail the brief; answer at once if decided.

        A mail that can not be sent is reported to the workflow, which asks again later.
        """
        try:
            until_written(lambda: self._ask(request_id, task_token, inquiry))
        except MailError as error:
            self.workflow.fail(task_token, error=type(error).__name__, cause=str(error))

    def _ask(self, request_id: str, task_token: Secret, inquiry: int) -> None:
        request = load(self.requests, request_id)
        if request.question is None or request.inquiry != inquiry:
            self.workflow.answer(task_token, request_id=request_id, status=request.status)
            return
        employee = self._employee(request.employee.employee_id)
        lead = find_approver(
            self.directory,
            employee,
            fallback=self.fallback_approver,
            today=self.clock.today(),
        )
        approver = Person(employee_id=lead.employee_id, name=lead.name)
        asked = request
        if (request.task_token, request.approver) != (task_token, approver) or not request.link():
            asked = request.ask(approver, task_token=task_token, at=self.clock.now())
            self.requests.replace(request, asked)
        if not asked.lead_mailed:
            self.mailer.send(self.letters.ask_lead(asked, employee=employee, lead=lead))
            self._remember_mail(asked, task_token)

    def _remember_mail(self, asked: LeaveRequest, task_token: Secret) -> None:
        """Mark the mail as sent.

        A conflict means that the request was decided, changed or mailed while ours was on its way:
        whoever decided may have missed the token, and whoever changed it asks anew.
        """
        try:
            self.requests.replace(asked, asked.mark_lead_mailed())
        except ConflictError:
            now = load(self.requests, asked.request_id)
            if now.question is None or now.inquiry != asked.inquiry:
                self.workflow.answer(task_token, request_id=asked.request_id, status=now.status)
            elif now.link_secret == asked.link_secret and not now.lead_mailed:
                self._remember_mail(now, task_token)

    def _employee(self, employee_id: str) -> Employee:
        if (employee := self.directory.by_id(employee_id)) is None:
            raise UnknownEmployeeError(employee_id)
        return employee
