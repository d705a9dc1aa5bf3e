"""The workflow asks the lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.employees import Employee, approver_id
from leave.domain.errors import ConflictError, UnavailableError, UnknownEmployeeError
from leave.domain.mail_errors import MailError
from leave.domain.requests import Person
from leave.services.loading import load

if TYPE_CHECKING:
    from leave.domain.requests import LeaveRequest
    from leave.domain.secrets import Secret
    from leave.services.ports import Directory, Letters, Mailer, Requests, Workflow

_ATTEMPTS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessLeaveRequest:
    """The use case. Running it twice with the same token sends one mail."""

    directory: Directory
    requests: Requests
    workflow: Workflow
    letters: Letters
    mailer: Mailer
    fallback_approver: str | None = None

    def __call__(self, request_id: str, task_token: Secret) -> None:
        """Keep the token, choose whom to ask and mail the brief; answer at once if decided.

        A mail that can not be sent is reported to the workflow, which asks again later.
        """
        for _ in range(_ATTEMPTS):
            try:
                self._ask(request_id, task_token)
            except ConflictError:
                continue
            except MailError as error:
                self.workflow.fail(task_token, error=type(error).__name__, cause=str(error))
            return
        raise UnavailableError(f"Request {request_id} keeps changing.")

    def _ask(self, request_id: str, task_token: Secret) -> None:
        request = load(self.requests, request_id)
        if not request.is_pending:
            self.workflow.answer(task_token, request_id=request_id, status=request.status)
            return
        employee = self._employee(request.employee.employee_id)
        lead = self._employee(approver_id(employee, fallback=self.fallback_approver))
        asked = request
        if request.task_token != task_token:
            approver = Person(employee_id=lead.employee_id, name=lead.name)
            asked = request.ask(approver, task_token=task_token)
            self.requests.replace(request, asked)
        if asked.lead_mailed:
            return
        self.mailer.send(self.letters.ask_lead(asked, employee=employee, lead=lead))
        self._remember_mail(asked, task_token)

    def _remember_mail(self, asked: LeaveRequest, task_token: Secret) -> None:
        request = asked
        for _ in range(_ATTEMPTS):
            if not request.is_pending:
                # Decided while the mail was on its way: that click may have missed our token.
                self.workflow.answer(
                    task_token, request_id=request.request_id, status=request.status
                )
                return
            try:
                self.requests.replace(request, request.mark_lead_mailed())
            except ConflictError:
                request = load(self.requests, asked.request_id)
            else:
                return

    def _employee(self, employee_id: str) -> Employee:
        if (employee := self.directory.by_id(employee_id)) is None:
            raise UnknownEmployeeError(employee_id)
        return employee
