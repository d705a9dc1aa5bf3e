"""Telling a stage's administrators of mails that can not be delivered."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.mail_errors import MailOutcomeUnknownError, MailRefusedError

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

        Raises a `MailError` when that can not be said now but may be later.
        """
        _log.error("mail refused for good", extra={"leaveRequestId": request.request_id})
        for address in sorted(self.addresses):
            mail = self.letters.tell_administrator(request, address=address, reader=reader)
            try:
                self.mailer.send(mail)
            except (MailRefusedError, MailOutcomeUnknownError):
                _log.exception(
                    "administrator not told", extra={"leaveRequestId": request.request_id}
                )
