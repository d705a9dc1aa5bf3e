"""Adjustments of an account, and the mail about them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.calendar import Period
from leave.domain.errors import (
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    NegativeBalanceError,
    NoAccountsError,
    NotEmployedError,
    UnknownLeaveTypeError,
    UnlimitedLeaveTypeError,
)
from leave.domain.ledger import Adjustment
from leave.domain.values import replace
from leave.domain.views import AdjustedAccount
from leave.services.leave_policy import furthest_year, open_accounts
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from leave.domain.accounts import Accounts, Balance
    from leave.domain.employee import Employee
    from leave.domain.ledger import Ledger
    from leave.domain.policy import LeaveType, Rules
    from leave.services.ports import Clock, Emails, Mailer
    from leave.services.unit_of_work import UnitOfWork


_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True, eq=False)
class AdjustmentNotices:
    """Sends one mail for all adjustments of one employee that no mail was about."""

    clock: Clock
    begin: Callable[[], UnitOfWork]
    cache: UnitOfWork
    rules: Rules
    emails: Emails
    mailer: Mailer

    def send(self, employee_id: str, years: Collection[int]) -> bool:
        """Send the mail about these years, and return False when no mail leaves at present.

        A mail that may be out is sent once more by a later sweep. An address that refuses mail is
        tried by each sweep until it is corrected; who has left gets no mail.
        """
        uow = self.begin()
        stored = uow.ledgers([employee_id], sorted(years))
        ledgers = {year: ledger for (_, year), ledger in stored.items() if ledger.unmailed}
        if not ledgers:
            return True
        employee = self.cache.find_employee(employee_id)
        if employee is None or employee.has_left(self.clock.today_of(employee)):
            self._mark(employee_id, ledgers, mailed=True)
            return True
        try:
            if any(ledger.uncertain > ledger.mailed for ledger in ledgers.values()):
                self.mailer.check()
            accounts = list(self._adjusted(uow, employee, ledgers))
            self.mailer.send(self.emails.adjustment_notice(employee, accounts))
        except MailRefusedError:
            _log.exception("adjustment not mailed", extra={"employeeId": employee_id})
            return True
        except MailOutcomeUnknownError:
            # One more is better than none, and two may be out already after the second.
            both = all(one.uncertain == len(one.adjustments) for one in ledgers.values())
            self._mark(employee_id, ledgers, mailed=both)
        except MailError:
            _log.exception("adjustments left to the next sweep")
            return False
        else:
            self._mark(employee_id, ledgers, mailed=True)
        return True

    def _adjusted(
        self, uow: UnitOfWork, employee: Employee, ledgers: Mapping[int, Ledger]
    ) -> Iterator[AdjustedAccount]:
        today = self.clock.today_of(employee)
        accounts = open_accounts(
            uow, employee, self.rules, today, year=min(ledgers), until=max(ledgers)
        )
        for year, ledger in sorted(ledgers.items()):
            for type_id in dict.fromkeys(a.leave_type for a in ledger.unmailed):
                leave_type = self.rules.leave_type(type_id)
                yield AdjustedAccount(
                    year=year,
                    leave_type=type_id,
                    adjustments=[a for a in ledger.unmailed if a.leave_type == type_id],
                    balance=accounts.statement(year, leave_type, today=today)
                    if leave_type is not None and year in accounts.ledgers
                    else None,
                )

    @retry_on_conflict
    def _mark(
        self, uow: UnitOfWork, employee_id: str, ledgers: Mapping[int, Ledger], *, mailed: bool
    ) -> None:
        """Record what a mail has said or may have said; later adjustments wait for the next one."""
        uow.save_ledgers(
            replace(
                ledger,
                uncertain=len(ledgers[year].adjustments),
                mailed=len(ledgers[year].adjustments) if mailed else ledger.mailed,
            )
            for (_, year), ledger in uow.ledgers([employee_id], ledgers).items()
        )


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
            return before.statement(year, limited, today=today)
        after = before.adjust(year, adjustment)
        if not (may_go_negative or limited.may_go_negative):
            _check(before, after, limited)
        uow.save_ledgers(after.changed_since(before))
        return after.statement(year, limited, today=today)

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
