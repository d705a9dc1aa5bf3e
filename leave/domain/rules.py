"""A stage's leave rules, as configured; pure values, checked when they are made."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from leave.domain.values import value

ANNUAL_LEAVE = "annual"
FURTHEST_DAYS = 730
"""The greatest `horizon_days` that can be configured, so no leave ever lies further ahead."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Severity(StrEnum):
    """What happens when a rule that can be flagged is broken."""

    REFUSE = "refuse"
    FLAG = "flag"


class Audience(StrEnum):
    """Who, besides the employee and the administrators, may see which type of leave it is."""

    LEAD = "lead"
    NOBODY = "nobody"


@value
class LeaveType:
    """One kind of leave. `id` is one word, because that is how bookings are stored.

    `days_per_year` are working days; None means the employee's own annual leave days for `annual`,
    and no limit for every other type. `minimum_notice_days` and `maximum_days` are calendar days
    before the first day, and working days of one request; `notice_severity` tells what becomes of
    leave that is asked for later. `team_rules` tells whether blocked periods and minimum presence
    apply; None means to every type that needs approval.
    """

    id: str
    name: str
    days_per_year: Decimal | None = None
    needs_approval: bool = True
    may_go_negative: bool = False
    minimum_notice_days: int = 0
    notice_severity: Severity = Severity.REFUSE
    maximum_days: Decimal | None = None
    visible_to: Audience = Audience.LEAD
    team_rules: bool | None = None

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(
                f"a leave type's id has 1 to 64 letters, digits, '-' and '_', unlike {self.id!r}"
            )

    @property
    def obeys_team_rules(self) -> bool:
        """Return whether blocked periods and minimum presence apply to this type."""
        return self.needs_approval if self.team_rules is None else self.team_rules

    @property
    def is_limited(self) -> bool:
        """Tell whether a balance is kept."""
        return self.id == ANNUAL_LEAVE or self.days_per_year is not None


@value
class CarryOver:
    """How much annual leave moves into the next year, and until when it can be taken there.

    `expires_month` and `expires_day` name the last day. Usual in Germany: 31 March, after
    § 7 (3) of the Federal Holidays Act (BUrlG).
    """

    maximum_days: Decimal = Decimal(0)
    expires_month: int = 3
    expires_day: int = 31

    def __post_init__(self) -> None:
        date(2025, self.expires_month, self.expires_day)  # raises ValueError in every year or none

    def last_day(self, year: int) -> date:
        """Return the last day of `year` on which days carried into it can be taken."""
        return date(year, self.expires_month, self.expires_day)


@value
class BlockedPeriod:
    """Days on which leave is unwelcome; `lead_id` limits it to one lead's team."""

    start: date
    end: date
    reason: str
    severity: Severity = Severity.REFUSE
    lead_id: str | None = None


@value
class Presence:
    """How many of a lead's team, the asking employee not counted, have to be there each day."""

    minimum: int
    severity: Severity = Severity.FLAG


@value
class Rules:
    """All rules of a stage.

    `horizon_days` is how far ahead, in calendar days, leave may end. `requests_per_day` is how
    many steps that send mail an employee may take in a day.
    """

    leave_types: tuple[LeaveType, ...] = (LeaveType(id=ANNUAL_LEAVE, name="Annual leave"),)
    carry_over: CarryOver = field(default_factory=CarryOver)
    blocked_periods: tuple[BlockedPeriod, ...] = ()
    presence: Presence | None = None
    horizon_days: int = 550
    requests_per_day: int = 50

    def leave_type(self, type_id: str) -> LeaveType | None:
        """Return the type with this id."""
        return next((t for t in self.leave_types if t.id == type_id), None)

    def visible_to_lead(self, type_id: str) -> bool:
        """Tell whether leads may see that leave is of this type, and why it is asked for."""
        leave_type = self.leave_type(type_id)
        return leave_type is not None and leave_type.visible_to is Audience.LEAD

    def horizon(self, today: date) -> date:
        """Return the last day for which leave can be asked for."""
        return today + timedelta(days=self.horizon_days)
