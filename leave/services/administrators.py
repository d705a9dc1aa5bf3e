"""Telling a stage's administrators of mails that can not be delivered."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.mail_errors import MailError, MailOutcomeUnknownError, MailRefusedError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leave.domain.history import Person
    from leave.domain.requests import LeaveRequest
    from leave.services.ports import Clock, Emails, Mailer
    from leave.services.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True, eq=False)
class Administrators:
    """Who is told by mail, at `addresses`; an alarm tells in any case."""

    clock: Clock
    addresses: Collection[str]
    emails: Emails
    mailer: Mailer

    def alert(self, uow: UnitOfWork, request: LeaveRequest, reader: Person) -> None:
        """Say that `reader` can not be reached about this request.

        Raises a `MailError` when that can not be said to anybody now but may be later. Once one of
        them was told, nobody is waited for, or the others would be told again each time.
        """
        told = False
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
                told = True
            except MailError as error:
                for_good = isinstance(error, (MailRefusedError, MailOutcomeUnknownError))
                if not (told or for_good):
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
