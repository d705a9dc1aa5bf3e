"""One reminder a day for each approver, however many requests wait for them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leave.domain.mail_errors import (
    MailError,
    MailOutcomeUnknownError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.domain.views import PendingItem
    from leave.services.decision_summaries import DecisionSummaries
    from leave.services.ports import Clock, Emails, Mailer
    from leave.services.sweep_ports import Sweeps
    from leave.services.unit_of_work import UnitOfWork

LISTED = 50
"""How many requests one reminder lists at most; the others are counted."""

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True)
class Reminder:
    """What waits for one approver, gathered request by request.

    `waiting` has waited long enough to be listed; `more` waits as well, and is counted.
    """

    lead_id: str
    waiting: list[PendingItem] = field(default_factory=list["PendingItem"])
    more: int = 0

    def add(self, waiting: PendingItem) -> None:
        """Remember a request that waits."""
        if len(self.waiting) < LISTED:
            self.waiting.append(waiting)
        else:
            self.more += 1


@dataclass(kw_only=True, slots=True, eq=False)
class Reminders:
    """Sends them."""

    clock: Clock
    begin: Callable[[], UnitOfWork]
    cache: UnitOfWork
    summaries: DecisionSummaries
    emails: Emails
    mailer: Mailer
    sweeps: Sweeps

    def send(self, reminder: Reminder) -> bool:
        """Send a reminder that has something to say, once a day; return whether it was sent.

        One that can not be sent is left to the next sweep: the mail it reminds of is there. Who is
        not employed today is sent none, even where nobody else could decide.
        """
        lead = self.cache.find_employee(reminder.lead_id)
        if lead is None or not reminder.waiting:
            return False
        if not lead.is_employed_on(self.clock.today_of(lead)):
            return False
        today = self.clock.today()
        if self.sweeps.reminded(lead.employee_id) == today:
            return False
        briefs = self.summaries.several(
            self.begin(), [waiting.request for waiting in reminder.waiting]
        )
        oldest_first = [
            replace(waiting, decision_summary=briefs.get(waiting.request.request_id))
            for waiting in sorted(reminder.waiting, key=lambda w: (w.since, w.request.request_id))
        ]
        mail = self.emails.reminder(lead, oldest_first, more=reminder.more)
        try:
            self.mailer.send(mail)
        except MailOutcomeUnknownError:
            _log.warning("reminder may have been sent", extra={"leadId": lead.employee_id})
        except MailError:
            _log.exception("reminder not sent", extra={"leadId": lead.employee_id})
            return False
        self.sweeps.mark_reminded(lead.employee_id, today)
        return True
