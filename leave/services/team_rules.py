"""The rules about a team: blocked periods, and how many have to be there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.policy_warnings import PolicyWarning, TeamRuleError, WarningKind
from leave.domain.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leave.domain.counting import Day
    from leave.domain.employees import Employee
    from leave.domain.periods import Period
    from leave.domain.rules import Presence, Rules
    from leave.services.unit_of_work import UnitOfWork


@dataclass(kw_only=True, slots=True, eq=False)
class TeamRules:
    """Checks leave against what a team needs."""

    uow: UnitOfWork
    rules: Rules

    def warnings(
        self, employee: Employee, period: Period, days: Sequence[Day]
    ) -> tuple[PolicyWarning, ...]:
        """Return what the lead has to know.

        Raises `TeamRuleError` where the stage refuses such leave instead of flagging it.
        """
        working = [day for day in days if day.cost]
        found = [*self._blocked(employee, period), *self._presence(employee, working)]
        if refused := [warning for severity, warning in found if severity is Severity.REFUSE]:
            raise TeamRuleError(refused)
        return tuple(warning for _, warning in found)

    def _blocked(
        self, employee: Employee, period: Period
    ) -> Iterator[tuple[Severity, PolicyWarning]]:
        for blocked in self.rules.blocked_periods:
            everybody = blocked.lead_id is None
            if (everybody or blocked.lead_id == employee.lead_id) and (
                blocked.start <= period.end and period.start <= blocked.end
            ):
                yield (
                    blocked.severity,
                    PolicyWarning(
                        kind=WarningKind.BLOCKED,
                        start=blocked.start,
                        end=blocked.end,
                        reason=blocked.reason,
                    ),
                )

    def _presence(
        self, employee: Employee, days: Sequence[Day]
    ) -> Iterator[tuple[Severity, PolicyWarning]]:
        presence: Presence | None = self.rules.presence
        if presence is None or employee.lead_id is None or not days:
            return
        team = [
            colleague
            for colleague in self.uow.team(employee.lead_id)
            if colleague.employee_id != employee.employee_id
        ]
        years = sorted({day.date.year for day in days})
        ledgers = self.uow.ledgers([c.employee_id for c in team], years)
        for day in days:
            present = sum(
                colleague.is_employed_on(day.date)
                and bool(colleague.working_time.on(day.date).on(day.date))
                and ledgers[colleague.employee_id, day.date.year].away_on(day.date) is None
                for colleague in team
            )
            if present < presence.minimum:
                yield (
                    presence.severity,
                    PolicyWarning(
                        kind=WarningKind.PRESENCE,
                        start=day.date,
                        end=day.date,
                        found=present,
                        needed=presence.minimum,
                    ),
                )
