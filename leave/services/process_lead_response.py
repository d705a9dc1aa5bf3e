"""The workflow tells the employee."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError, UnavailableError, UnknownEmployeeError
from leave.services.loading import load

if TYPE_CHECKING:
    from leave.domain.requests import LeaveRequest
    from leave.services.ports import Clock, Directory, Letters, Mailer, Requests

_ATTEMPTS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessLeadResponse:
    """The use case. Running it twice sends one mail."""

    clock: Clock
    directory: Directory
    requests: Requests
    letters: Letters
    mailer: Mailer

    def __call__(self, request_id: str, *, expire: bool = False) -> str:
        """Mail the outcome to the employee and return it.

        With `expire`, a request that nobody decided expires first. Raises a `MailError` when the
        mail did not leave, and `UnavailableError` when there is no outcome to tell yet.
        """
        request = self._settled(request_id, expire=expire)
        if not request.employee_mailed:
            employee = self.directory.by_id(request.employee.employee_id)
            if employee is None:
                raise UnknownEmployeeError(request.employee.employee_id)
            self.mailer.send(self.letters.tell_employee(request, employee=employee))
            self._remember_mail(request)
        return request.status

    def _remember_mail(self, told: LeaveRequest) -> None:
        request = told
        for _ in range(_ATTEMPTS):
            try:
                self.requests.replace(request, request.mark_employee_mailed())
            except ConflictError:
                request = load(self.requests, told.request_id)
            else:
                return

    def _settled(self, request_id: str, *, expire: bool) -> LeaveRequest:
        for _ in range(_ATTEMPTS):
            request = load(self.requests, request_id)
            if not request.is_pending:
                return request
            if not expire:
                raise UnavailableError(f"Request {request_id} is not decided yet.")
            expired = request.expire(at=self.clock.now())
            try:
                self.requests.replace(request, expired)
            except ConflictError:
                continue
            return expired
        raise UnavailableError(f"Request {request_id} keeps changing.")
