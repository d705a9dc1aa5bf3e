"""The workflow tells whoever has to know what became of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import UnavailableError, UnknownEmployeeError
from leave.domain.history import What
from leave.services.attempts import until_written
from leave.services.loading import load

if TYPE_CHECKING:
    from leave.domain.employees import Employee
    from leave.domain.mails import Mail
    from leave.domain.requests import LeaveRequest
    from leave.services.planning import Planner
    from leave.services.ports import Clock, Directory, Letters, Mailer, Requests


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessLeadResponse:
    """The use case. Running it twice sends one mail."""

    clock: Clock
    directory: Directory
    requests: Requests
    planner: Planner
    letters: Letters
    mailer: Mailer

    def __call__(self, request_id: str, *, inquiry: int = 1, expire: bool = False) -> str:
        """Mail the last outcome and return the request's status.

        With `expire`, a question that nobody answered expires first. Raises a `MailError` when the
        mail did not leave, and `UnavailableError` when there is no outcome to tell yet.
        """
        request = until_written(lambda: self._settled(request_id, inquiry, expire=expire))
        if request.outcome is not None and not request.outcome_mailed:
            if (mail := self._mail(request)) is not None:
                self.mailer.send(mail)
            until_written(lambda: self._remember_mail(request))
        return request.status

    def _settled(self, request_id: str, inquiry: int, *, expire: bool) -> LeaveRequest:
        request = load(self.requests, request_id)
        # A later question than ours has a workflow of its own, which will expire it.
        if request.question is None or request.inquiry != inquiry:
            return request
        if not expire:
            raise UnavailableError(f"Request {request_id} is not decided yet.")
        expired = request.expire(at=self.clock.now())
        employee = self._employee(expired.employee.employee_id)
        accounts = self.planner.accounts(employee, years=expired.plan.counts)
        booked = self.planner.rebooked(accounts, expired)
        self.requests.replace(request, expired, booked.changed_since(accounts))
        return expired

    def _mail(self, request: LeaveRequest) -> Mail | None:
        """Return the mail, or None when nobody has to hear of it."""
        employee = self._employee(request.employee.employee_id)
        if request.outcome is None or request.outcome.what is not What.WITHDRAWN:
            return self.letters.tell_employee(request, employee=employee)
        if request.approver is None or not request.lead_mailed:
            return None
        lead = self._employee(request.approver.employee_id)
        return self.letters.tell_lead(request, employee=employee, lead=lead)

    def _remember_mail(self, told: LeaveRequest) -> None:
        now = load(self.requests, told.request_id)
        if now.outcome == told.outcome and not now.outcome_mailed:
            self.requests.replace(now, now.mark_outcome_mailed())

    def _employee(self, employee_id: str) -> Employee:
        if (employee := self.directory.by_id(employee_id)) is None:
            raise UnknownEmployeeError(employee_id)
        return employee
