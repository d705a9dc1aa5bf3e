"""Mails to previous approvers and to administrators, counted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import (
    MailCredentialsError,
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailThrottledError,
)
from leave.domain.history import Status
from leave.services.ports import Metric

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from leave.domain.employee import Employee
    from leave.domain.history import Person
    from leave.domain.request import LeaveRequest
    from leave.domain.views import Mail
    from leave.services.ports import Clock, Emails, Mailer, Metrics
    from leave.services.unit_of_work import UnitOfWork


_log = logging.getLogger(__name__)
_FAILURES: Mapping[type[MailError], Metric] = {
    MailCredentialsError: Metric.CREDENTIALS_REJECTED,
    MailOutcomeUnknownError: Metric.DELIVERY_UNCERTAIN,
    MailRefusedError: Metric.MAILS_UNDELIVERABLE,
    MailThrottledError: Metric.MAILS_THROTTLED,
}


@dataclass(kw_only=True, slots=True, eq=False)
class CountedMailer:
    """Fills in for `Mailer`, and reports what came of each mail."""

    mailer: Mailer
    metrics: Metrics

    def send(self, mail: Mail) -> None:
        """Send one mail, or raise a `MailError` that says what may be done about it."""
        try:
            self.mailer.send(mail)
        except MailError as error:
            self.metrics.put(_FAILURES.get(type(error), Metric.MAILS_UNAVAILABLE))
            raise
        self.metrics.put(Metric.MAILS_SENT)

    def check(self) -> None:
        """Find out that mail is taken; counts nothing but credentials that are rejected."""
        try:
            self.mailer.check()
        except MailCredentialsError:
            self.metrics.put(Metric.CREDENTIALS_REJECTED)
            raise


@dataclass(kw_only=True, slots=True, eq=False)
class Administrators:
    """Mails to administrators, at `addresses`; an alarm is raised in any case."""

    clock: Clock
    addresses: Collection[str]
    emails: Emails
    mailer: Mailer

    def alert(self, uow: UnitOfWork, request: LeaveRequest, reader: Person) -> None:
        """Mail that `reader` cannot be reached about this request.

        Raises a `MailError` when no administrator can be mailed now but may be later. Once one of
        them has the mail, no other is waited for, or the first would get it again each time.
        """
        mailed = False
        _log.error("mail refused for good", extra={"leaveRequestId": request.request_id})
        addresses = self._employed(uow)
        if self.addresses and not addresses:
            _log.error(
                "administrator not mailed: none is employed today",
                extra={"leaveRequestId": request.request_id},
            )
        for address in addresses:
            mail = self.emails.admin_alert(request, address=address, reader=reader)
            try:
                self.mailer.send(mail)
                mailed = True
            except MailError as error:
                for_good = isinstance(error, (MailRefusedError, MailOutcomeUnknownError))
                if not (mailed or for_good):
                    raise
                _log.exception(
                    "administrator not mailed", extra={"leaveRequestId": request.request_id}
                )

    def _employed(self, uow: UnitOfWork) -> Sequence[str]:
        """Return the addresses but those that the directory has for a person not employed today.

        An address that the directory does not have may be a shared mailbox, and stays.
        """
        uow.prefetch(emails=self.addresses)
        known = {address: uow.employee_by_email(address) for address in sorted(self.addresses)}
        return [
            address
            for address, owner in known.items()
            if owner is None or owner.is_employed_on(self.clock.today_of(owner))
        ]


@dataclass(kw_only=True, slots=True, eq=False)
class Notifications:
    """Mails to `to_notify`: previous approvers, and an employee for whom somebody acted.

    A noted lead gets the note after all of them. Each is told once, or twice.
    """

    clock: Clock
    emails: Emails
    mailer: Mailer
    administrators: Administrators

    def notify(self, uow: UnitOfWork, request: LeaveRequest) -> LeaveRequest:
        """Tell all but the noted lead who do not know yet, and return the request as it is then.

        Raises a `MailError` when that cannot be said now but may be later, and `ConflictError`
        when the request is no longer what was read.
        """
        for person in request.to_notify:
            if not request.is_noted(person.employee_id):
                request = self._notified(uow, request, person)
        return request

    def note(self, uow: UnitOfWork, request: LeaveRequest) -> LeaveRequest:
        """Send the note that is due, if one is, and return the request as it is then.

        Raises what `notify` raises.
        """
        due = request.note_due
        return request if due is None else self._notified(uow, request, due)

    def _notified(self, uow: UnitOfWork, request: LeaveRequest, person: Person) -> LeaveRequest:
        employee = uow.find_employee(request.employee.employee_id)
        shown = request.known_as(employee.name) if employee else request
        notified = request.mark_notified(person.employee_id)
        reader = uow.find_employee(person.employee_id)
        if reader is not None and self._may_be_notified(request, reader):
            try:
                self._send(uow, request, person, self._mail(shown, reader))
            except MailRefusedError as error:
                self.administrators.alert(uow, request, person)
                notified = request.mark_notice_undeliverable(
                    person.employee_id, why=str(error), at=self.clock.now()
                )
        uow.replace(request, notified)
        uow.commit()
        return notified

    def _may_be_notified(self, request: LeaveRequest, reader: Employee) -> bool:
        """Return whether the mail may leave: also about own leave before the first day of work.

        About leave of others only while employed.
        """
        today = self.clock.today_of(reader)
        if reader.employee_id == request.employee.employee_id:
            return not reader.has_left(today)
        return reader.is_employed_on(today)

    def _mail(self, request: LeaveRequest, reader: Employee) -> Mail:
        if reader.employee_id == request.employee.employee_id:
            return self.emails.proxy_notice(request, employee=reader)
        if request.is_noted(reader.employee_id):
            return self.emails.absence_notice(request, lead=reader)
        if request.status is Status.WITHDRAWN:
            return self.emails.withdrawal_notice(request, lead=reader)
        return self.emails.reassignment_notice(request, lead=reader)

    def _send(self, uow: UnitOfWork, request: LeaveRequest, person: Person, mail: Mail) -> None:
        """Send the mail; raises `MailRefusedError` only where it was the only news."""
        is_owner = person.employee_id == request.employee.employee_id
        is_only_news = is_owner or request.is_noted(person.employee_id)
        if is_only_news and request.delivery_uncertain:
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
            elif not request.delivery_uncertain:
                # One more is better than none, and two may be out already after the second.
                uow.replace(request, request.mark_delivery_uncertain())
                uow.commit()
                raise
