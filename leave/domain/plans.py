"""What is asked for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.policy_warnings import WarningKind
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leave.domain.counting import YearCount
    from leave.domain.periods import Period
    from leave.domain.policy_warnings import PolicyWarning
    from leave.domain.rules import Rules


@value
class Plan:
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
        told = tuple(concern for concern in self.warnings if concern.kind is not WarningKind.NOTICE)
        return replace(self, leave_type="", reason="", warnings=told)
