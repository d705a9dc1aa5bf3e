"""The people in the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.values import value

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from leave.domain.dated import Dated
    from leave.domain.periods import Period
    from leave.domain.secrets import Secret
    from leave.domain.working_time import WorkingWeek


@value
class Employee:
    """One row of the directory.

    `annual_leave_days` are working days a calendar year. `end_date` is the last day of employment.
    `holidays` names a calendar such as `DE-BE`, empty for none. `language` is a BCP 47 tag such
    as `en`. `accounts_since` is the first calendar year with leave accounts. `feed` opens the
    employee's calendar feed. `substitute_id` names who decides while this employee is on leave.
    """

    employee_id: str
    name: str
    email: str
    lead_id: str | None
    annual_leave_days: Dated[Decimal]
    working_time: Dated[WorkingWeek]
    accounts_since: int
    start_date: date | None = None
    end_date: date | None = None
    holidays: str = ""
    language: str = "en"
    feed: Secret | None = None
    substitute_id: str | None = None

    def is_employed(self, period: Period) -> bool:
        """Tell whether the whole period lies within the employment."""
        started = self.start_date is None or self.start_date <= period.start
        return started and (self.end_date is None or period.end <= self.end_date)

    def has_left(self, today: date) -> bool:
        """Tell whether the employment ended before today."""
        return self.end_date is not None and self.end_date < today
