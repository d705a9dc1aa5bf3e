"""Mails to all who have to hear of a step besides the one whom it is about."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.mail_errors import MailOutcomeUnknownError, MailRefusedError
from leave.domain.statuses import Status

if TYPE_CHECKING:
    from leave.domain.employees import Employee
    from leave.domain.history import Person
    from leave.domain.mails import Mail
    from leave.domain.requests import LeaveRequest
    from leave.services.administrators import Administrators
    from leave.services.approvers import Employees
    from leave.services.ports import Clock, Letters, Mailer, Requests

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True, eq=False)
class FormerApprovers:
    """Mails to `formers`: previous approvers, an employee for whom somebody acted, a noted lead.

    Each is told once, or twice.
    """

    clock: Clock
    requests: Requests
    letters: Letters
    mailer: Mailer
    administrators: Administrators

    def tell(self, request: LeaveRequest, employees: Employees) -> LeaveRequest:
        """Tell all who do not know yet, and return the request as it is then.

        Raises a `MailError` when that can not be said now but may be later, and `ConflictError`
        when the request is no longer what was read.
        """
        employee = employees.by_id(request.employee.employee_id) if request.formers else None
        for former in request.formers:
            shown = request.known_as(employee.name) if employee else request
            told = request.mark_former_told(former.employee_id)
            reader = employees.by_id(former.employee_id)
            if reader is not None and reader.is_employed_on(self.clock.today()):
                try:
                    self._send(request, former, self._mail(shown, reader))
                except MailRefusedError as error:
                    self.administrators.tell(request, former)
                    told = request.mark_former_undelivered(
                        former.employee_id, why=str(error), at=self.clock.now()
                    )
            self.requests.replace(request, told)
            request = told
        return request

    def _mail(self, request: LeaveRequest, reader: Employee) -> Mail:
        if reader.employee_id == request.employee.employee_id:
            return self.letters.tell_owner(request, employee=reader)
        if request.noted and reader.employee_id == request.noted.employee_id:
            return self.letters.note_lead(request, lead=reader)
        if request.status is Status.WITHDRAWN:
            return self.letters.tell_lead(request, lead=reader)
        return self.letters.release_lead(request, lead=reader)

    def _send(self, request: LeaveRequest, former: Person, mail: Mail) -> None:
        """Send the mail; raises `MailRefusedError` only where it was the only news."""
        unaware = {person.employee_id for person in (request.employee, request.noted) if person}
        is_only_news = former.employee_id in unaware
        if is_only_news and request.mail_doubted:
            self.mailer.check()
        try:
            self.mailer.send(mail)
        except (MailRefusedError, MailOutcomeUnknownError) as error:
            if not is_only_news:
                # A courtesy: the closed link says the same.
                unsent = {"leaveRequestId": request.request_id}
                _log.warning("former approver not told", extra=unsent)
            elif isinstance(error, MailRefusedError):
                raise
            elif not request.mail_doubted:
                # One more is better than none, and two may be out already after the second.
                self.requests.replace(request, request.mark_doubted())
                raise
