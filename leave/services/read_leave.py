"""Reading requests, balances and who is away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import NoAccountsError, NotAllowedError
from leave.domain.values import Value
from leave.domain.views import Role, VisibleRequest, visible_request
from leave.services.authorization import NOT_IN_DIRECTORY, Authorization
from leave.services.decision_summaries import approved_absences
from leave.services.leave_policy import furthest_year, open_accounts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from leave.domain.accounts import Balance
    from leave.domain.employee import Employee
    from leave.domain.history import Status
    from leave.domain.ledger import Absence
    from leave.domain.policy import LeaveType, Rules
    from leave.domain.request import ApprovalPolicy, LeaveRequest
    from leave.domain.views import Reader
    from leave.services.authorization import Caller
    from leave.services.ports import Clock
    from leave.services.unit_of_work import UnitOfWork

PAGE_SIZE = 50
EVENTS_A_PAGE = 300
"""A comment takes up to 12 KB in JSON, and Lambda answers with 6 MB at most:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
_READS_A_PAGE = 4


class SeenPage(Value):
    """Some requests, newest first; `cursor` continues, None at the end."""

    requests: Sequence[VisibleRequest]
    cursor: str | None


@dataclass(kw_only=True, slots=True, eq=False)
class ReadLeave:
    """The use cases that only read."""

    clock: Clock
    authorization: Authorization
    begin: Callable[[], UnitOfWork]
    rules: Rules
    policy: ApprovalPolicy

    def request(self, caller: Caller, request_id: str) -> VisibleRequest:
        """Return one request.

        Raises `UnknownRequestError`, or `NotAllowedError` when it is not the caller's to see.
        """
        uow = self.begin()
        uow.prefetch(requests=[request_id], emails=[caller.email])
        request = uow.request(request_id)
        reader = self.authorization.require_request_view(uow, caller, request, self.policy)
        return self._visible(request, reader)

    def list(
        self,
        caller: Caller,
        *,
        employee_id: str | None,
        status: Status | None,
        year: int | None,
        cursor: str | None,
    ) -> SeenPage:
        """Return a page of an employee's requests; the filters are about what the caller may see.

        A page may hold fewer than `PAGE_SIZE` when a filter leaves out many, or when histories are
        long; the cursor goes on.
        """
        uow = self.begin()
        employee = self.authorization.require_view(uow, caller, employee_id)
        reader = self.authorization.reader(uow, caller, employee.employee_id)
        found: list[VisibleRequest] = []
        events = 0
        for _ in range(_READS_A_PAGE):
            page = uow.newest(employee.employee_id, before=cursor, limit=PAGE_SIZE - len(found))
            for request in page.requests:
                visible = self._visible(request, reader)
                if (status is None or visible.request.status is status) and (
                    year is None or year in request.plan.period.years()
                ):
                    found.append(visible)
                    events += len(request.history)
                if events >= EVENTS_A_PAGE:
                    return SeenPage(requests=found, cursor=request.request_id)
            cursor = page.cursor
            if cursor is None or len(found) == PAGE_SIZE:
                break
        return SeenPage(requests=found, cursor=cursor)

    def leave_types(self, caller: Caller) -> Sequence[LeaveType]:
        """Return the leave types that can be asked for.

        Raises `NotAllowedError` for a caller who is neither employee nor administrator, and for an
        employee who is not employed today.
        """
        if self.authorization.calling(self.begin(), caller) is None and not caller.in_admins:
            raise NotAllowedError(NOT_IN_DIRECTORY)
        return self.rules.leave_types

    def balances(
        self, caller: Caller, *, employee_id: str | None, year: int | None
    ) -> tuple[Employee, int, Sequence[Balance]]:
        """Return an employee, a year and the balance of each limited leave type in that year.

        Without a `year`, it is the present one where the employee works.

        Raises `NoAccountsError` for a year before the first one or beyond all leave there can be.
        """
        uow = self.begin()
        employee = self.authorization.require_balance_view(uow, caller, employee_id)
        role = self.authorization.reader(uow, caller, employee.employee_id).role
        sees_all = role is not Role.APPROVER or self.authorization.is_reader(uow, caller)
        today = self.clock.today_of(employee)
        year = year or today.year
        first, last = employee.accounts_since, furthest_year(today)
        if not first <= year <= last:
            raise NoAccountsError(year, first, last)
        accounts = open_accounts(uow, employee, self.rules, today, year=year)
        shown = [
            t
            for t in self.rules.leave_types
            if t.is_limited and (sees_all or self.rules.visible_to_lead(t.id))
        ]
        return employee, year, [accounts.statement(year, one, today=today) for one in shown]

    def team(
        self, caller: Caller, start: date, end: date, *, employee_id: str | None = None
    ) -> tuple[Employee, list[Absence]]:
        """Return an employee and who of their team is away; administrators may choose whose."""
        uow = self.begin()
        only = "see your own team calendar ({})"
        employee = self.authorization.require_manage(uow, caller, employee_id, only=only)
        return employee, self._absences(uow, employee, start, end)

    def _absences(
        self, uow: UnitOfWork, employee: Employee, start: date, end: date
    ) -> list[Absence]:
        """Return the approved absences of the employee, their colleagues and their own people."""
        circle = {employee.employee_id: employee}
        for lead_id in filter(None, (employee.lead_id, employee.employee_id)):
            circle |= {member.employee_id: member for member in uow.team(lead_id)}
        return approved_absences(uow, circle, start, end)

    def feed(self, feed: str, start: date, end: date) -> list[Absence] | None:
        """Return the absences for a calendar feed; None for one that opens nothing."""
        uow = self.begin()
        employee = uow.employee_by_feed(feed)
        if employee is None or not employee.is_employed_on(self.clock.today_of(employee)):
            return None
        return self._absences(uow, employee, start, end)

    def _visible(self, request: LeaveRequest, reader: Reader) -> VisibleRequest:
        return visible_request(
            request, reader, rules=self.rules, policy=self.policy, now=self.clock.now()
        )
