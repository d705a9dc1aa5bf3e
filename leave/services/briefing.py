"""What an approver needs to know to decide, gathered from directory and ledgers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.briefs import Brief, YearBalance
from leave.domain.counting import count_days
from leave.domain.errors import RuleError
from leave.domain.statuses import Question
from leave.services.absences import approved_absences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leave.domain.absences import Absence
    from leave.domain.counting import Day
    from leave.domain.employees import Employee
    from leave.domain.requests import LeaveRequest
    from leave.services.approvers import Approvers, Ledgers
    from leave.services.planning import Planner


@dataclass(kw_only=True, slots=True, eq=False)
class Briefing:
    """Gathers it; bounded by one team and the years of the leave."""

    planner: Planner
    approvers: Approvers

    def __call__(self, request: LeaveRequest, employee: Employee, ledgers: Ledgers) -> Brief:
        """Return the brief about the open question of a request."""
        rules, type_id = self.planner.rules, request.plan.leave_type
        leave_type = rules.leave_type(type_id) if rules.visible_to_lead(type_id) else None
        return Brief(
            type_name=leave_type.name if leave_type else "",
            second_approval=self.approvers.needs_second(employee, request),
            days=self._days(request, employee),
            balances=tuple(self._balances(request, employee, ledgers)),
            colleagues=self._colleagues(request, employee),
        )

    def _days(self, request: LeaveRequest, employee: Employee) -> Sequence[Day]:
        """Return the days one by one, if they can still be counted as they once were."""
        calendar = employee.holidays
        try:
            holidays = self.planner.holidays.table(calendar)
            days = count_days(request.plan.period, employee.working_time, holidays)
        except RuleError:
            return ()
        return days if sum(day.cost for day in days) == request.plan.working_days else ()

    def _balances(
        self, request: LeaveRequest, employee: Employee, ledgers: Ledgers
    ) -> Iterator[YearBalance]:
        rules, type_id = self.planner.rules, request.plan.leave_type
        leave_type = rules.leave_type(type_id)
        if leave_type is None or not leave_type.is_limited or not rules.visible_to_lead(type_id):
            return
        booked = self.planner.accounts(employee, ledgers, years=request.plan.counts)
        free = booked.release(request.request_id)
        before, after = free, booked
        if request.question is Question.CANCELLATION:
            before, after = booked, free
        for year in sorted(request.plan.counts):
            had, has = (
                accounts.balance(year, leave_type, today=self.planner.clock.today())
                for accounts in (before, after)
            )
            if had.available is None or has.available is None:
                continue
            carried = (had.carried_left, has.carried_left)
            yield YearBalance(
                year=year,
                before=had.available,
                after=has.available,
                carried=carried if any(carried) else None,
                carried_until=had.carried_until,
            )

    def _colleagues(self, request: LeaveRequest, employee: Employee) -> Sequence[Absence]:
        if employee.lead_id is None:
            return ()
        team = self.planner.directory.team(employee.lead_id)
        circle = {e.employee_id: e for e in team if e.employee_id != employee.employee_id}
        period = request.plan.period
        return approved_absences(self.planner.requests, circle, period.start, period.end)
