"""What a lead should know about the days somebody asks for, and what is refused for it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from leave.domain.errors import RuleError, quantity
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


class WarningKind(StrEnum):
    """Which rule the days are at odds with."""

    NOTICE = "notice"
    BLOCKED = "blocked"
    PRESENCE = "presence"


@value
class PolicyWarning:
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
