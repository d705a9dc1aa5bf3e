"""Requests for the browser tests, half a day each, so that nobody runs out of days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.end_to_end.people import fresh_day

if TYPE_CHECKING:
    from datetime import date

    from tests.end_to_end.people import Mail, Someone


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that waits, and the mail about it."""

    request_id: str
    execution: str
    day: date
    decision_summary: Mail

    @property
    def approve(self) -> str:
        """The link to approve."""
        return self.decision_summary.link("approved")

    @property
    def deny(self) -> str:
        """The link to deny."""
        return self.decision_summary.link("denied")


def ask(employee: Someone, lead: Someone, reason: str = "Moving house") -> Asked:
    """Let the employee ask for a morning, and wait until the lead was asked."""
    day = fresh_day()
    answer = employee.ask(date=day.isoformat(), halfDay="morning", reason=reason)
    assert answer.status == 202, answer.body
    said = answer.fields()
    brief = lead.wait_for_mail(said["requestId"])
    return Asked(
        request_id=said["requestId"], execution=said["ref"], day=day, decision_summary=brief
    )
