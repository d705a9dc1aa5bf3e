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
    """Mails to `formers`: previous approvers, and an employee for whom somebody acted.

    A noted lead gets the note after all of them. Each is told once, or twice.
    """

    clock: Clock
    requests: Requests
    letters: Letters
    mailer: Mailer
    administrators: Administrators

    def tell(self, request: LeaveRequest, employees: Employees) -> LeaveRequest:
        """Tell all but the noted lead who do not know yet, and return the request as it is then.

        Raises a `MailError` when that can not be said now but may be later, and `ConflictError`
        when the request is no longer what was read.
        """
        for former in request.formers:
            if not request.is_noted(former.employee_id):
                request = self._told(request, former, employees)
        return request

    def note(self, request: LeaveRequest, employees: Employees) -> LeaveRequest:
        """Send the note that is due, if one is, and return the request as it is then.

        Raises as `tell` does.
        """
        due = request.note_due
        return request if due is None else self._told(request, due, employees)

    def _told(self, request: LeaveRequest, former: Person, employees: Employees) -> LeaveRequest:
        employee = employees.by_id(request.employee.employee_id)
        shown = request.known_as(employee.name) if employee else request
        told = request.mark_former_told(former.employee_id)
        reader = employees.by_id(former.employee_id)
        if reader is not None and self._may_be_told(request, reader):
            try:
                self._send(request, former, self._mail(shown, reader))
            except MailRefusedError as error:
                self.administrators.tell(request, former)
                told = request.mark_former_undelivered(
                    former.employee_id, why=str(error), at=self.clock.now()
                )
        self.requests.replace(request, told)
        return told

    def _may_be_told(self, request: LeaveRequest, reader: Employee) -> bool:
        """Tell whether the mail may leave: about one's own leave also before the first day of work.

        About leave of others only while employed.
        """
        today = self.clock.today()
        if reader.employee_id == request.employee.employee_id:
            return not reader.has_left(today)
        return reader.is_employed_on(today)

    def _mail(self, request: LeaveRequest, reader: Employee) -> Mail:
        if reader.employee_id == request.employee.employee_id:
            return self.letters.tell_owner(request, employee=reader)
        if request.is_noted(reader.employee_id):
            return self.letters.note_lead(request, lead=reader)
        if request.status is Status.WITHDRAWN:
            return self.letters.tell_lead(request, lead=reader)
        return self.letters.release_lead(request, lead=reader)

    def _send(self, request: LeaveRequest, former: Person, mail: Mail) -> None:
        """Send the mail; raises `MailRefusedError` only where it was the only news."""
        is_owner = former.employee_id == request.employee.employee_id
        is_only_news = is_owner or request.is_noted(former.employee_id)
        if is_only_news and request.mail_doubted:
            self.mailer.check()
        try:
            self.mailer.send(mail)
        except (MailRefusedError, MailOutcomeUnknownError) as error:
            if not is_only_news:
                # A courtesy: the closed link says the same.
                unsent = {"leaveRequestId": request.request_id}
                _log.warning("previous approver not mailed", extra=unsent)
            elif isinstance(error, MailRefusedError):
                raise
            elif not request.mail_doubted:
                # One more is better than none, and two may be out already after the second.
                self.requests.replace(request, request.mark_doubted())
                raise
