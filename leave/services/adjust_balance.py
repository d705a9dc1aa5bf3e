"""An administrator gives or takes days of leave, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.errors import (
    NegativeBalanceError,
    NoAccountsError,
    NotEmployedError,
    UnknownLeaveTypeError,
    UnlimitedLeaveTypeError,
)
from leave.domain.ledgers import Adjustment
from leave.domain.periods import Period
from leave.services.opening import furthest_year, open_accounts
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.domain.accounts import Accounts, Balance
    from leave.domain.employees import Employee
    from leave.domain.rules import LeaveType, Rules
    from leave.services.ports import Clock
    from leave.services.unit_of_work import UnitOfWork


@dataclass(kw_only=True, slots=True, eq=False)
class AdjustBalance:
    """The use case."""

    clock: Clock
    begin: Callable[[], UnitOfWork]
    rules: Rules

    def __call__(  # noqa: PLR0913 - an adjustment has that many parts
        self,
        employee_id: str,
        *,
        year: int,
        leave_type: str,
        days: Decimal,
        reason: str,
        actor: str,
        may_go_negative: bool = False,
    ) -> Balance:
        """Write the adjustment and return the balance that comes of it.

        Raises `UnknownEmployeeError`, `UnknownLeaveTypeError`, `UnlimitedLeaveTypeError` for a
        type without a balance, `NoAccountsError`, `NotEmployedError` for a year without a day of
        employment, and `NegativeBalanceError` when less than nothing would be left, in this year or
        a later one, and that was not asked for.
        """
        limited = self._limited(leave_type)
        # Made once, so that an attempt whose answer was lost is recognised by the next one.
        adjustment = Adjustment(
            at=self.clock.now(), actor=actor, leave_type=leave_type, days=days, reason=reason
        )
        return self._adjust(employee_id, year, limited, adjustment, may_go_negative=may_go_negative)

    @retry_on_conflict
    def _adjust(  # noqa: PLR0913 - whose account, and what about it
        self,
        uow: UnitOfWork,
        employee_id: str,
        year: int,
        limited: LeaveType,
        adjustment: Adjustment,
        *,
        may_go_negative: bool,
    ) -> Balance:
        employee = uow.employee(employee_id)
        today = self.clock.today_of(employee)
        before = self._accounts(uow, employee, year, today)
        if adjustment in before.ledgers[year].adjustments:
            return before.balance(year, limited, today=today)
        after = before.adjust(year, adjustment)
        if not (may_go_negative or limited.may_go_negative):
            _check(before, after, limited)
        uow.save_ledgers(after.changed_since(before))
        return after.balance(year, limited, today=today)

    def _limited(self, type_id: str) -> LeaveType:
        leave_type = self.rules.leave_type(type_id)
        if leave_type is None:
            raise UnknownLeaveTypeError(type_id, [t.id for t in self.rules.leave_types])
        if not leave_type.is_limited:
            raise UnlimitedLeaveTypeError(leave_type.name)
        return leave_type

    def _accounts(self, uow: UnitOfWork, employee: Employee, year: int, today: date) -> Accounts:
        first, last = employee.accounts_since, furthest_year(today)
        if not first <= year <= last:
            raise NoAccountsError(year, first, last)
        if not employee.is_employed_in(year):
            whole = Period(start=date(year, 1, 1), end=date(year, 12, 31))
            raise NotEmployedError(whole, employee.employments)
        return open_accounts(uow, employee, self.rules, today, year=year)


def _check(before: Accounts, after: Accounts, leave_type: LeaveType) -> None:
    for year in sorted(after.ledgers):
        had = before.balance(year, leave_type).available
        left = after.balance(year, leave_type).available
        # A year that was in debt before, and is no worse off now, is not this adjustment's doing.
        if left is not None and left < min(had or Decimal(0), Decimal(0)):
            raise NegativeBalanceError(year, left)
