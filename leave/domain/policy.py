"""Leave types, carry-over, blocked periods, presence, and warnings about them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from leave.domain.calendar import Period
from leave.domain.counting import YearCount
from leave.domain.errors import RuleError, quantity
from leave.domain.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Iterable


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


class LeaveType(Value):
    """One kind of leave. `id` is one word, because that is how bookings are stored.

    `days_per_year` are working days; None means the employee's own annual leave days for `annual`,
    and no limit for every other type. `minimum_notice_days` and `maximum_days` are calendar days
    before the first day, and working days of one request; `notice_severity` tells what becomes of
    leave that is asked for later. An employee may ask for leave that began up to
    `reportable_days_back` calendar days ago. `team_rules` tells whether blocked periods and minimum
    presence apply; None means to every type that needs approval.
    """

    id: str
    name: str
    days_per_year: Decimal | None = None
    needs_approval: bool = True
    may_go_negative: bool = False
    minimum_notice_days: int = 0
    reportable_days_back: int = 0
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
        """Return whether a balance is kept."""
        return self.id == ANNUAL_LEAVE or self.days_per_year is not None


class CarryOver(Value):
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


class BlockedPeriod(Value):
    """Days on which leave is unwelcome; `lead_id` limits it to one lead's team."""

    start: date
    end: date
    reason: str
    severity: Severity = Severity.REFUSE
    lead_id: str | None = None


class Presence(Value):
    """How many of a lead's team, the asking employee not counted, must be there each day."""

    minimum: int
    severity: Severity = Severity.FLAG


class Rules(Value):
    """All rules of a stage.

    `horizon_days` is how far ahead, in calendar days, leave may end. `requests_per_day` is how
    many steps that send mail an employee may take in a day.
    """

    leave_types: tuple[LeaveType, ...] = (LeaveType(id=ANNUAL_LEAVE, name="Annual leave"),)
    carry_over: CarryOver = CarryOver()
    blocked_periods: tuple[BlockedPeriod, ...] = ()
    presence: Presence | None = None
    horizon_days: int = 550
    requests_per_day: int = 50

    def leave_type(self, type_id: str) -> LeaveType | None:
        """Return the type with this id."""
        return next((t for t in self.leave_types if t.id == type_id), None)

    def visible_to_lead(self, type_id: str) -> bool:
        """Return whether leads may see that leave is of this type, and why it is asked for."""
        leave_type = self.leave_type(type_id)
        return leave_type is not None and leave_type.visible_to is Audience.LEAD

    def horizon(self, today: date) -> date:
        """Return the last day for which leave can be asked for."""
        return today + timedelta(days=self.horizon_days)


class WarningKind(StrEnum):
    """Which rule the days are at odds with."""

    NOTICE = "notice"
    BLOCKED = "blocked"
    PRESENCE = "presence"


class PolicyWarning(Value):
    """One rule that flags the days instead of refusing them.

    `start` and `end` are the days it is about. `found` and `needed` are calendar days of notice,
    or colleagues who would be there. `reason` is why a period is blocked.
    """

    kind: WarningKind
    start: date
    end: date
    found: int = 0
    needed: int = 0
    reason: str = ""

    def __str__(self) -> str:
        match self.kind:
            case WarningKind.NOTICE:
                found, needed = (quantity(days, "day") for days in (self.found, self.needed))
                verb = "is" if self.needed == 1 else "are"
                return f"Requested {found} ahead; {needed} {verb} expected."
            case WarningKind.BLOCKED:
                if self.start == self.end:
                    return f"{self.start} is blocked: {self.reason}."
                return f"{self.start} to {self.end} are blocked: {self.reason}."
            case WarningKind.PRESENCE:
                there = f"only {self.found}" if self.found else "none"
                verb = "is" if self.needed == 1 else "are"
                needed = f"{self.needed} {verb} needed"
                return f"On {self.start} {there} of the team would be there; {needed}."


class TeamRuleError(RuleError):
    """A blocked period, or too few colleagues left; `violations` are all that stands against it."""

    def __init__(self, violations: Iterable[PolicyWarning]) -> None:
        self.violations = tuple(violations)
        super().__init__(" ".join(map(str, self.violations)))


class Plan(Value):
    """What is asked for, with the days it was counted to cost in each calendar year."""

    leave_type: str
    period: Period
    counts: Mapping[int, YearCount]
    reason: str = ""
    warnings: tuple[PolicyWarning, ...] = ()

    @property
    def working_days(self) -> Decimal:
        """Working days over all calendar years."""
        return sum((count.days for count in self.counts.values()), Decimal(0))

    def shown_to_lead(self, rules: Rules) -> Plan:
        """Return the plan without type and reason where those are not the lead's to know.

        Nor is how long before its first day such leave is expected to be asked for.
        """
        if rules.visible_to_lead(self.leave_type):
            return self
        warnings = tuple(one for one in self.warnings if one.kind is not WarningKind.NOTICE)
        return replace(self, leave_type="", reason="", warnings=warnings)
