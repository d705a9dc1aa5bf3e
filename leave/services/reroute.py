"""Requests that wait for an answer from somebody whose answer it is no longer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leave.domain.approval import ApprovalPolicy
from leave.domain.errors import NoApproverError
from leave.domain.history import Via
from leave.domain.values import value
from leave.services.approvers import Approvers
from leave.services.attempts import until_written
from leave.services.change_leave_request import CHANGED
from leave.services.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leave.domain.employees import Employee
    from leave.domain.ledgers import Booking
    from leave.domain.requests import LeaveRequest
    from leave.domain.rules import Rules
    from leave.services.approvers import Employees
    from leave.services.ports import Clock, Requests, Workflow


@value
class Misdirected:
    """A request that waits for `request.approver`, while the answer is `approver`'s to give.

    `approver` is None when nobody else could answer; such a request is left where it is.
    """

    request: LeaveRequest
    employee: Employee
    approver: Employee | None


@dataclass(kw_only=True, slots=True, eq=False)
class Reroute:
    """The use case. Running it twice asks the right approver once.

    `employees` is the directory as it is now, or as it is about to be. Looking is bounded by the
    ledgers from last year to the planning horizon, however long the history is.
    """

    clock: Clock
    employees: Employees
    requests: Requests
    workflow: Workflow
    rules: Rules
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)

    def find(self, employees: Mapping[str, Employee]) -> Iterator[Misdirected]:
        """Yield the requests of these employees that wait for the wrong approver."""
        today = self.clock.today()
        years = range(today.year - 1, self.rules.horizon(today).year + 1)
        ledgers = self.requests.ledgers(list(employees), list(years))
        open_ids = {
            (employee_id, booking.request_id): None
            for (employee_id, _), ledger in ledgers.items()
            for booking in ledger.bookings
            if self._may_be_open(booking)
        }
        for employee_id, request_id in open_ids:
            request = self.requests.get(request_id)
            if request is not None and _is_asked(request):
                employee = employees[employee_id]
                approver = self._approver(employee, request)
                if approver is None or not _is_asked_of(request, approver):
                    yield Misdirected(request=request, employee=employee, approver=approver)

    def __call__(self, found: Misdirected, *, who: str, via: Via = Via.DIRECTORY) -> bool:
        """Close the old approver's link and let the workflow ask the right one.

        Returns False when the answer came first, or nobody else could give it. `who` is recorded.
        Raises `UnavailableError` when the workflow could not be told; doing it again is safe.
        """
        approver = found.approver
        if approver is None:
            return False
        present = found.request.approver and found.request.approver.employee_id
        why = f"{approver.name} is asked instead"
        if present == approver.employee_id:
            why = f"{approver.name} is asked at another mail address"

        def attempt() -> LeaveRequest | None:
            request = load(self.requests, found.request.request_id)
            if not _is_asked(request) or _is_asked_of(request, approver):
                return None
            closed = request.reroute(who=who, why=why, at=self.clock.now(), via=via)
            if closed is not request:
                self.requests.replace(request, closed)
            return closed

        request = until_written(attempt)
        if request is None:
            return False
        if request.task_token is not None:
            self.workflow.fail(request.task_token, error=CHANGED, cause=why)
        return True

    def _may_be_open(self, booking: Booking) -> bool:
        """Tell whether an approver may have something to answer.

        Pending leave has, and approved leave that is not over may wait to be cancelled.
        """
        return booking.status == "pending" or booking.period.end >= self.clock.today()

    def _approver(self, employee: Employee, request: LeaveRequest) -> Employee | None:
        approvers = Approvers(
            clock=self.clock,
            employees=self.employees,
            ledgers=self.requests,
            policy=self.policy,
        )
        try:
            return approvers.choose(employee, request).approver
        except NoApproverError:
            return None


def _is_asked(request: LeaveRequest) -> bool:
    """Tell whether an answer is waited for; who has not been asked yet will be chosen rightly."""
    return (
        request.question is not None
        and request.approver is not None
        and (request.link_secret is not None or request.task_token is not None)
    )


def _is_asked_of(request: LeaveRequest, approver: Employee) -> bool:
    """Tell whether this approver is asked, at the mail address that the directory has."""
    present = request.approver and request.approver.employee_id
    return present == approver.employee_id and request.is_addressed_to(approver.email)
