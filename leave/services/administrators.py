"""Telling a stage's administrators of mails that can not be delivered."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.mail_errors import MailError, MailOutcomeUnknownError, MailRefusedError

if TYPE_CHECKING:
    from collections.abc import Collection

    from leave.domain.history import Person
    from leave.domain.requests import LeaveRequest
    from leave.services.ports import Letters, Mailer

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True, eq=False)
class Administrators:
    """Who is told by mail, at `addresses`; an alarm tells in any case."""

    addresses: Collection[str]
    letters: Letters
    mailer: Mailer

    def tell(self, request: LeaveRequest, reader: Person) -> None:
        """Say that `reader` can not be reached about this request.

        Raises a `MailError` when that can not be said to anybody now but may be later. Once one of
        them was told, nobody is waited for, or the others would be told again each time.
        """
        told = False
        _log.error("mail refused for good", extra={"leaveRequestId": request.request_id})
        for address in sorted(self.addresses):
            mail = self.letters.tell_administrator(request, address=address, reader=reader)
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
