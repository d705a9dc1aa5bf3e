"""Adjustments of an account, and the mail about them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.accounts import Balance
from leave.domain.calendar import Period
from leave.domain.errors import (
    AdjustedTooOftenError,
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    NegativeBalanceError,
    NoAccountsError,
    NotEmployedError,
    UnknownLeaveTypeError,
    UnlimitedLeaveTypeError,
)
from leave.domain.ledger import Adjustment, AdjustmentInput
from leave.domain.policy import ANNUAL_LEAVE
from leave.domain.values import Value, replace
from leave.domain.views import AdjustedAccount
from leave.services.idempotency import KeyedCall
from leave.services.leave_policy import furthest_year, open_accounts, usual_years
from leave.services.ports import IdempotencyKey
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from leave.domain.accounts import Accounts
    from leave.domain.employee import Employee
    from leave.domain.history import Person
    from leave.domain.ledger import Ledger
    from leave.domain.policy import LeaveType, Rules
    from leave.services.authorization import Authorization, Caller
    from leave.services.ports import Clock, Emails, IdempotencyRecord, Mailer
    from leave.services.unit_of_work import UnitOfWork


_log = logging.getLogger(__name__)
MAXIMUM_ADJUSTMENTS = 50
"""How many one employee can have in one year.

Reasons of the full length then fill half of the 400 KB that a ledger can have:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""


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


class _Made(Value):
    adjustment_id: str
    at: datetime
    key: str | None


class Adjusted(Value):
    """What came of an adjustment: its id, and the balance right after it."""

    adjustment_id: str
    balance: Balance


@dataclass(kw_only=True, slots=True, eq=False)
class AdjustBalance:
    """The use case. `new_id` makes ids that sort by time."""

    clock: Clock
    authorization: Authorization
    begin: Callable[[], UnitOfWork]
    rules: Rules
    new_id: Callable[[], str]

    def require_admin(self, caller: Caller) -> None:
        """Raise `NotAllowedError` unless an administrator calls."""
        self.authorization.require_admin(self.begin(), caller)

    def require_reader(self, caller: Caller) -> None:
        """Raise `NotAllowedError` unless an administrator or a reader calls."""
        self.authorization.require_reader(self.begin(), caller)

    def list(
        self, caller: Caller, employee_id: str, year: int | None
    ) -> tuple[int, Sequence[Adjustment]]:
        """Return the adjustments of a year, this one for None, oldest first, with the year.

        Raises `NotAllowedError` or `UnknownEmployeeError`.
        """
        uow = self.begin()
        self.authorization.require_reader(uow, caller)
        employee = uow.employee(employee_id)
        year = year or self.clock.today_of(employee).year
        return year, uow.ledgers([employee_id], [year])[employee_id, year].adjustments

    def __call__(
        self,
        caller: Caller,
        employee_id: str,
        wanted: AdjustmentInput,
        *,
        idempotency_key: str | None = None,
    ) -> Adjusted:
        """Write the adjustment; the same again with the same key is written once.

        Raises `NotAllowedError`, `UnknownEmployeeError`, `IdempotencyMismatchError`,
        `UnknownLeaveTypeError`, `UnlimitedLeaveTypeError` for a type without a balance,
        `NoAccountsError`, `NotEmployedError` for a year without a day of employment,
        `AdjustedTooOftenError`, and `NegativeBalanceError` when less than nothing would be left, in
        this year or a later one, and that was not asked for.
        """
        # Made once, so that an attempt whose answer was lost is recognised by the next one.
        made = _Made(adjustment_id=self.new_id(), at=self.clock.now(), key=idempotency_key)
        return self._adjust(caller, employee_id, wanted, made)

    @retry_on_conflict
    def _adjust(
        self,
        uow: UnitOfWork,
        caller: Caller,
        employee_id: str,
        wanted: AdjustmentInput,
        made: _Made,
    ) -> Adjusted:
        adjustment_id, at = made.adjustment_id, made.at
        actor = self.authorization.require_admin(uow, caller)
        call = made.key and _keyed(actor, made.key, employee_id, wanted)
        years = usual_years(self.clock.today(), year=wanted.year)
        uow.prefetch(
            employees=[employee_id],
            ledgers=[(employee_id, year) for year in years],
            idempotency_records=[call.key] if call else (),
        )
        employee = uow.employee(employee_id)
        today = self.clock.today_of(employee)
        if call and (earlier := call.earlier(uow, at)):
            return self._known(wanted, earlier)
        limited = self._limited(wanted.leave_type)
        before = self._accounts(uow, employee, wanted.year, today)
        adjustments = before.ledgers[wanted.year].adjustments
        if any(adjustment_id == known.adjustment_id for known in adjustments):
            balance = before.statement(wanted.year, limited, today=today)
            return Adjusted(adjustment_id=adjustment_id, balance=balance)
        if len(adjustments) >= MAXIMUM_ADJUSTMENTS:
            raise AdjustedTooOftenError(wanted.year, MAXIMUM_ADJUSTMENTS)
        adjustment = Adjustment(
            adjustment_id=adjustment_id,
            at=at,
            actor=actor.employee_id,
            email=caller.email,
            subject=caller.subject,
            leave_type=wanted.leave_type,
            days=wanted.days,
            reason=wanted.reason,
        )
        after = before.adjust(wanted.year, adjustment)
        if not (wanted.may_go_negative or limited.may_go_negative):
            _check(before, after, limited)
        uow.save_ledgers(after.changed_since(before))
        balance = after.statement(wanted.year, limited, today=today)
        if call:
            uow.save_idempotency_record(
                call.record(
                    at=at,
                    status=201,
                    ids={"adjustmentId": adjustment_id},
                    numbers=_numbers(balance),
                )
            )
        return Adjusted(adjustment_id=adjustment_id, balance=balance)

    def _known(self, wanted: AdjustmentInput, earlier: IdempotencyRecord) -> Adjusted:
        """Return what was answered before."""
        numbers = dict(earlier.numbers)
        later = numbers.pop("booked_in", None)
        is_annual = wanted.leave_type == ANNUAL_LEAVE
        until = self.rules.carry_over.last_day(wanted.year) if is_annual else None
        balance = Balance(
            leave_type=wanted.leave_type,
            year=wanted.year,
            carried_until=until,
            booked_in=None if later is None else int(later),
            **numbers,
        )
        return Adjusted(adjustment_id=earlier.ids["adjustmentId"], balance=balance)

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


def _keyed(actor: Person, key: str, employee_id: str, wanted: AdjustmentInput) -> KeyedCall:
    """Return the call by whose account is adjusted, and how."""
    return KeyedCall.of(
        IdempotencyKey(
            caller=actor.employee_id, route="POST /employees/{employeeId}/adjustments", key=key
        ),
        *(employee_id, str(wanted.year), wanted.leave_type, f"{wanted.days.normalize():f}"),
        *(wanted.reason, str(wanted.may_go_negative)),
    )


def _numbers(balance: Balance) -> dict[str, Decimal]:
    """Return the numbers of a balance by their names; those that it has not are left out."""
    values = {name: getattr(balance, name) for name in balance.__struct_fields__ if name != "year"}
    return {
        name: Decimal(value) for name, value in values.items() if isinstance(value, int | Decimal)
    }


def _check(before: Accounts, after: Accounts, leave_type: LeaveType) -> None:
    for year in sorted(after.ledgers):
        had = before.balance(year, leave_type).available
        left = after.balance(year, leave_type).available
        # A year that was in debt before, and is no worse off now, is not this adjustment's doing.
        if left is not None and left < min(had or Decimal(0), Decimal(0)):
            raise NegativeBalanceError(year, left)
