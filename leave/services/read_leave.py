"""Reading requests, balances and who is away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leave.domain.errors import NoAccountsError
from leave.domain.values import value
from leave.domain.views import Seen
from leave.services.absences import approved_absences
from leave.services.loading import load
from leave.services.opening import open_accounts
from leave.services.remembering import Remembering

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from leave.domain.absences import Absence
    from leave.domain.accounts import Balance
    from leave.domain.employees import Employee
    from leave.domain.requests import LeaveRequest
    from leave.domain.rules import Rules
    from leave.domain.statuses import Status
    from leave.services.gatekeeper import Caller
    from leave.services.people import People
    from leave.services.ports import Clock, Directory, Requests
    from leave.services.record_ports import Records

PAGE_SIZE = 50
EVENTS_A_PAGE = 300
"""A comment takes up to 12 KB in JSON, and Lambda answers with 6 MB at most:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
_READS_A_PAGE = 4


@value
class SeenPage:
    """Some requests, newest first; `cursor` continues, None at the end."""

    requests: Sequence[Seen]
    cursor: str | None


@dataclass(kw_only=True, slots=True, eq=False)
class ReadLeave:
    """The use cases that only read."""

    clock: Clock
    people: People
    directory: Directory
    requests: Requests
    records: Records
    rules: Rules

    def request(self, caller: Caller, request_id: str) -> Seen:
        """Return one request.

        Raises `UnknownRequestError`, or `NotAllowedError` when it is not the caller's to see.
        """
        memory = Remembering(records=self.records)
        memory.expect(requests=[request_id], emails=[caller.email])
        request = load(memory, request_id)
        people = replace(self.people, directory=memory)
        employee = people.seen(caller, request.employee.employee_id)
        return self._seen(caller, employee, request)

    def list(
        self,
        caller: Caller,
        *,
        employee_id: str | None,
        status: Status | None,
        year: int | None,
        cursor: str | None,
    ) -> SeenPage:
        """Return a page of an employee's requests.

        A page may hold fewer than `PAGE_SIZE` when a filter leaves out many, or when histories are
        long; the cursor goes on.
        """
        employee = self.people.seen(caller, employee_id)
        found: list[Seen] = []
        events = 0
        for _ in range(_READS_A_PAGE):
            page = self.requests.newest(
                employee.employee_id, before=cursor, limit=PAGE_SIZE - len(found)
            )
            for request in page.requests:
                if (status is None or request.status is status) and (
                    year is None or year in request.plan.period.years()
                ):
                    found.append(self._seen(caller, employee, request))
                    events += len(request.history)
                if events >= EVENTS_A_PAGE:
                    return SeenPage(requests=found, cursor=request.request_id)
            cursor = page.cursor
            if cursor is None or len(found) == PAGE_SIZE:
                break
        return SeenPage(requests=found, cursor=cursor)

    def balances(
        self, caller: Caller, *, employee_id: str | None, year: int
    ) -> tuple[Employee, Sequence[Balance]]:
        """Return the balance of each limited leave type in a year.

        Raises `NoAccountsError` for a year before the first one or beyond the planning horizon.
        """
        employee = self.people.seen(caller, employee_id)
        today = self.clock.today()
        first, last = employee.accounts_since, self.rules.horizon(today).year
        if not first <= year <= last:
            raise NoAccountsError(year, first, last)
        accounts = open_accounts(self.requests, employee, self.rules, today, year=year)
        shown = [
            t
            for t in self.rules.leave_types
            if t.is_limited and (_sees_all(caller, employee) or self.rules.visible_to_lead(t.id))
        ]
        return employee, [accounts.balance(year, leave_type) for leave_type in shown]

    def team(self, caller: Caller, start: date, end: date) -> tuple[Employee, list[Absence]]:
        """Return the caller and who of their team is away in these days."""
        employee = self.people.seen(caller, None)
        return employee, self.absences(employee, start, end)

    def absences(self, employee: Employee, start: date, end: date) -> list[Absence]:
        """Return the approved absences of the employee, their colleagues and their own people."""
        circle = {employee.employee_id: employee}
        for lead_id in filter(None, (employee.lead_id, employee.employee_id)):
            circle |= {member.employee_id: member for member in self.directory.team(lead_id)}
        return approved_absences(self.requests, circle, start, end)

    def feed(self, feed: str, start: date, end: date) -> list[Absence] | None:
        """Return the absences for a calendar feed; None for one that opens nothing."""
        employee = self.directory.by_feed(feed)
        if employee is None or employee.has_left(self.clock.today()):
            return None
        return self.absences(employee, start, end)

    def _seen(self, caller: Caller, employee: Employee, request: LeaveRequest) -> Seen:
        hidden = not self.rules.visible_to_lead(request.plan.leave_type)
        return Seen(request=request, discreet=hidden and not _sees_all(caller, employee))


def _sees_all(caller: Caller, employee: Employee) -> bool:
    return caller.is_admin or employee.email.lower() == caller.email
