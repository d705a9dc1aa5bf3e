"""The first of two approvals, where nobody can give the second one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import OverlapError, RuleError

if TYPE_CHECKING:
    from leave.domain.requests import LeaveRequest
    from leave.services.approvers import Approvers
    from leave.services.planning import Planner
    from leave.services.ports import Clock
    from leave.services.unit_of_work import UnitOfWork


@dataclass(kw_only=True, slots=True, eq=False)
class SingleApproval:
    """Lets one approval be enough, so that no approved leave ends with "nobody answered"."""

    clock: Clock
    planner: Planner
    approvers: Approvers

    def settle(self, uow: UnitOfWork, request: LeaveRequest) -> LeaveRequest | None:
        """Approve by the first approval, and return the request as it is then.

        Returns None where a second approver can answer, or account and calendar do not hold the
        leave any more. Raises `ConflictError` when the request is no longer what was read.
        """
        if request.first_approval is None:
            return None
        employee = uow.find_employee(request.employee.employee_id)
        if employee is None:
            return None
        self.approvers.prefetch(uow, employee, request)
        if not self.approvers.first_is_enough(uow, employee, request):
            return None
        approved = request.approve_by_first(at=self.clock.now())
        accounts = self.planner.accounts(uow, employee, years=request.plan.counts)
        try:
            self.planner.check_employed(employee, request.plan.period)
            booked = self.planner.rebooked(accounts, approved)
        except (RuleError, OverlapError):
            return None
        uow.replace(request, approved)
        uow.save_ledgers(booked.changed_since(accounts))
        uow.commit()
        return approved
