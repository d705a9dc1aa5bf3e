"""Summaries for approvers, from directory and ledgers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.counting import count_days
from leave.domain.errors import RuleError
from leave.domain.history import Question
from leave.domain.ledger import Absence
from leave.domain.values import replace
from leave.domain.views import DecisionSummary, YearBalance
from leave.services.leave_policy import earlier_years

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from leave.domain.counting import Day
    from leave.domain.employee import Employee
    from leave.domain.ledger import Booking
    from leave.domain.request import LeaveRequest
    from leave.services.approvers import Approvers
    from leave.services.leave_policy import Planner
    from leave.services.unit_of_work import UnitOfWork


def approved_absences(
    uow: UnitOfWork, circle: Mapping[str, Employee], start: date, end: date
) -> list[Absence]:
    """Return the approved leave of these people, by id, that lies in these days; earliest first.

    Leave is cut at the end of an employment: who has left is not on leave.
    """
    years = range(start.year, end.year + 1)
    ledgers = uow.ledgers(list(circle), list(years))
    absences = {
        (booking.request_id, employee_id): Absence(employee=circle[employee_id], booking=booking)
        for (employee_id, _), ledger in ledgers.items()
        for booking in _while_employed(circle[employee_id], ledger.bookings)
        if booking.status == "approved"
        and booking.period.start <= end
        and start <= booking.period.end
    }
    return sorted(absences.values(), key=lambda a: (a.booking.period.start, a.employee.name))


def _while_employed(employee: Employee, bookings: Iterable[Booking]) -> Iterator[Booking]:
    """Yield the bookings, each from the first to the last of its days that are employed."""
    for booking in bookings:
        period = booking.period
        if employee.is_employed(period):
            yield booking
        elif days := [day for day in period.days() if employee.is_employed_on(day)]:
            yield replace(booking, period=period.between(days[0], days[-1]))


@dataclass(kw_only=True, slots=True, eq=False)
class DecisionSummaries:
    """Gathers it; bounded by the teams of the employees and the years of the leave."""

    planner: Planner
    approvers: Approvers

    def __call__(
        self,
        uow: UnitOfWork,
        request: LeaveRequest,
        employee: Employee,
        *,
        team: Sequence[Employee] | None = None,
    ) -> DecisionSummary:
        """Return the summary of an open question; reads a team that is not given."""
        if team is None and employee.lead_id:
            team = uow.team(employee.lead_id)
        rules, type_id = self.planner.rules, request.plan.leave_type
        leave_type = rules.leave_type(type_id) if rules.visible_to_lead(type_id) else None
        return DecisionSummary(
            employee_name=employee.name,
            type_name=leave_type.name if leave_type else "",
            second_approval=self.approvers.needs_second(uow, employee, request),
            days=self._days(request, employee),
            balances=tuple(self._balances(uow, request, employee)),
            colleagues=_colleagues(uow, request, employee, team or ()),
        )

    def several(
        self, uow: UnitOfWork, requests: Sequence[LeaveRequest]
    ) -> Mapping[str, DecisionSummary]:
        """Return a summary for each request whose employee is known, by request id.

        Reads all employees and accounts in one call, each team in one, and the rest in one more.
        """
        uow.prefetch(
            employees=[request.employee.employee_id for request in requests],
            ledgers=[key for request in requests for key in self._usual(request)],
        )
        known = [
            (request, employee)
            for request in requests
            if (employee := uow.find_employee(request.employee.employee_id))
        ]
        leads = dict.fromkeys(employee.lead_id for _, employee in known)
        teams = {lead: uow.team(lead) if lead else () for lead in leads}
        uow.prefetch(
            ledgers=[
                key
                for request, employee in known
                for key in (
                    *self._older(uow, request, employee),
                    *_theirs(request, teams[employee.lead_id]),
                )
            ]
        )
        return {
            request.request_id: self(uow, request, employee, team=teams[employee.lead_id])
            for request, employee in known
        }

    def _usual(self, request: LeaveRequest) -> Iterable[tuple[str, int]]:
        return self.planner.ledger_keys(request.employee.employee_id, request.plan.counts)

    def _older(
        self, uow: UnitOfWork, request: LeaveRequest, employee: Employee
    ) -> Iterator[tuple[str, int]]:
        """Yield the ledgers that the accounts need besides the usual ones."""
        who = employee.employee_id
        first = min(max(year, employee.accounts_since) for _, year in self._usual(request))
        ledger = uow.ledgers([who], [first])[who, first]
        for year in earlier_years(employee, self.planner.rules, ledger):
            yield who, year

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
        self, uow: UnitOfWork, request: LeaveRequest, employee: Employee
    ) -> Iterator[YearBalance]:
        rules, type_id = self.planner.rules, request.plan.leave_type
        leave_type = rules.leave_type(type_id)
        if leave_type is None or not leave_type.is_limited or not rules.visible_to_lead(type_id):
            return
        booked = self.planner.accounts(uow, employee, years=request.plan.counts)
        free = booked.release(request.request_id)
        today = self.planner.clock.today_of(employee)
        before, after = free, booked
        if request.question is Question.CANCELLATION:
            before, after = booked, free
        for year in sorted(request.plan.counts):
            had, has = (
                accounts.balance(year, leave_type, today=today) for accounts in (before, after)
            )
            if had.available is None or has.available is None:
                continue
            carried = (had.carried_left, has.carried_left)
            until = had.carried_until
            # Leave after the last day of the carried days has nothing to do with them.
            is_early = until is not None and request.plan.period.start <= until
            shown = is_early and any(carried)
            booked_later, booked_in = after.booked_later(year, leave_type)
            yield YearBalance(
                year=year,
                before=had.available,
                after=has.available,
                carried=carried if shown else None,
                carried_until=until,
                booked_later=booked_later,
                booked_in=booked_in,
            )


def _colleagues(
    uow: UnitOfWork, request: LeaveRequest, employee: Employee, team: Sequence[Employee]
) -> Sequence[Absence]:
    circle = {e.employee_id: e for e in team if e.employee_id != employee.employee_id}
    period = request.plan.period
    return approved_absences(uow, circle, period.start, period.end)


def _theirs(request: LeaveRequest, team: Sequence[Employee]) -> Iterator[tuple[str, int]]:
    """Yield the ledgers that tell which colleagues are away."""
    period = request.plan.period
    for colleague in team:
        for year in range(period.start.year, period.end.year + 1):
            yield colleague.employee_id, year
