"""The time, from the operating system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leave.domain.employees import Employee


def present_moment() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SystemClock:
    """Implements `Clock`."""

    time_zone: tzinfo

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        return present_moment()

    def today(self) -> date:
        """Return the present day in the company's time zone."""
        return self.day(self.now())

    def today_of(self, _: Employee) -> date:
        """Return the company's day, as all employees work in its time zone."""
        return self.today()

    def day(self, moment: datetime) -> date:
        """Return the day of a moment in the company's time zone."""
        return moment.astimezone(self.time_zone).date()
