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
    from datetime import date

    from leave.domain.views import Waiting
    from leave.services.approvers import Employees
    from leave.services.briefing import Briefing
    from leave.services.ports import Letters, Mailer
    from leave.services.round_ports import Rounds

LISTED = 50
"""How many requests one reminder lists at most; the others are counted."""

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True)
class Reminder:
    """What waits for one approver, gathered request by request.

    `waiting` has waited long enough to be listed; `more` waits as well, and is counted.
    """

    lead_id: str
    waiting: list[Waiting] = field(default_factory=list["Waiting"])
    more: int = 0

    def add(self, waiting: Waiting) -> None:
        """Remember a request that waits."""
        if len(self.waiting) < LISTED:
            self.waiting.append(waiting)
        else:
            self.more += 1


@dataclass(kw_only=True, slots=True, eq=False)
class Reminders:
    """Sends them."""

    employees: Employees
    briefing: Briefing
    letters: Letters
    mailer: Mailer
    rounds: Rounds

    def send(self, reminder: Reminder, today: date) -> bool:
        """Send a reminder that has something to say, once a day; return whether it was sent.

        One that can not be sent is left to the next round: the mail it reminds of is there. Who is
        not employed today is sent none, even where nobody else could decide.
        """
        lead = self.employees.by_id(reminder.lead_id)
        if lead is None or not lead.is_employed_on(today) or not reminder.waiting:
            return False
        if self.rounds.reminded(lead.employee_id) == today:
            return False
        briefs = self.briefing.several([waiting.request for waiting in reminder.waiting])
        oldest_first = [
            replace(waiting, brief=briefs.get(waiting.request.request_id))
            for waiting in sorted(reminder.waiting, key=lambda w: (w.since, w.request.request_id))
        ]
        mail = self.letters.remind_lead(lead, oldest_first, more=reminder.more)
        try:
            self.mailer.send(mail)
        except MailOutcomeUnknownError:
            _log.warning("reminder may have been sent", extra={"leadId": lead.employee_id})
        except MailError:
            _log.exception("reminder not sent", extra={"leadId": lead.employee_id})
            return False
        self.rounds.mark_reminded(lead.employee_id, today)
        return True
