"""An employee's leave accounts over several years: one ledger a year, linked by carry-over.

A ledger keeps the days that came over from the year before. Whenever a year changes, the ledgers
of the years after it are settled again in the same write, so that what is stored is always what a
calculation from the very beginning would give, and no request ever reads the whole past.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from leave.domain.entitlements import entitlement
from leave.domain.errors import InsufficientBalanceError, OverlapError
from leave.domain.limit_errors import AskedTooMuchError
from leave.domain.rules import ANNUAL_LEAVE
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from leave.domain.employees import Employee
    from leave.domain.ledgers import Adjustment, Booking, Ledger
    from leave.domain.rules import LeaveType, Rules

_NONE = Decimal(0)


@value
class Balance:
    """The account of one leave type in one year, in working days.

    `available` can be booked on any day of the year, `carried_left` on top of it for days up to
    `carried_until`. `entitlement` and `available` are None when the type has no limit.
    """

    leave_type: str
    year: int
    entitlement: Decimal | None
    carried_in: Decimal
    carried_left: Decimal
    carried_until: date | None
    adjustments: Decimal
    approved: Decimal
    pending: Decimal
    available: Decimal | None


@value
class Accounts:
    """Consecutive ledgers of one employee, by year; every `carried_in` is settled."""

    employee: Employee
    rules: Rules
    ledgers: Mapping[int, Ledger]

    @classmethod
    def opened(cls, employee: Employee, rules: Rules, ledgers: Mapping[int, Ledger]) -> Accounts:
        """Return the accounts of stored ledgers; the first is taken as settled."""
        return cls(employee=employee, rules=rules, ledgers=ledgers).settled()

    def changed_since(self, before: Accounts) -> tuple[Ledger, ...]:
        """Return the ledgers that have to be written when these accounts replace `before`.

        Also those of later years of which nothing but the carry-over changed: whoever counted on it
        at the same time writes them as well, so one of the two reads everything again.
        """
        return tuple(
            ledger for year, ledger in self.ledgers.items() if ledger != before.ledgers[year]
        )

    def balance(self, year: int, leave_type: LeaveType) -> Balance:
        """Return the account of a leave type in a year."""
        ledger = self.ledgers[year]
        booked = ledger.booked(leave_type.id)
        is_annual = leave_type.id == ANNUAL_LEAVE
        carried = ledger.carried_in if is_annual else _NONE
        granted = self._granted(year, leave_type)
        adjustments = ledger.adjusted(leave_type.id)
        days = sum((b.days for b in booked), _NONE)
        early = sum((b.early for b in booked), _NONE)
        # Days carried over pay for early days first; a debt carried over is paid by the new year.
        paid = min(early, carried)
        return Balance(
            leave_type=leave_type.id,
            year=year,
            entitlement=granted,
            carried_in=carried,
            carried_left=max(carried - paid, _NONE),
            carried_until=self.rules.carry_over.last_day(year) if is_annual else None,
            adjustments=adjustments,
            approved=sum((b.days for b in booked if b.status == "approved"), _NONE),
            pending=sum((b.days for b in booked if b.status == "pending"), _NONE),
            available=None if granted is None else granted + adjustments + paid - days,
        )

    def hold(self, bookings: Mapping[int, Booking]) -> bool:
        """Tell whether this is just what the request has booked already."""
        request_ids = {booking.request_id for booking in bookings.values()}
        return dict(bookings) == {
            year: booking
            for year, ledger in self.ledgers.items()
            for booking in ledger.bookings
            if booking.request_id in request_ids
        }

    def book(self, bookings: Mapping[int, Booking], leave_type: LeaveType) -> Accounts:
        """Return the accounts with a request's bookings, in the place of its earlier ones.

        Raises `OverlapError` when days are claimed twice, and `InsufficientBalanceError` when the
        balance of a year would fall below zero and the type does not allow it.
        """
        request_id = next(iter(bookings.values())).request_id
        base = self.release(request_id)
        period = next(iter(bookings.values())).period
        # Every year, because leave that begins or ends with free days is booked in one year only.
        for ledger in base.ledgers.values():
            if clash := ledger.overlapping(period):
                raise OverlapError(clash.request_id, clash.period, clash.status)
        booked = base.replaced(
            {year: base.ledgers[year].with_booking(b) for year, b in bookings.items()}
        )
        if not leave_type.may_go_negative:
            _check(base, booked, bookings, leave_type)
        return booked

    def release(self, request_id: str) -> Accounts:
        """Return the accounts without any booking of this request."""
        return self.replaced({y: ledger.without(request_id) for y, ledger in self.ledgers.items()})

    def adjust(self, year: int, adjustment: Adjustment) -> Accounts:
        """Return the accounts with an adjustment in this year."""
        return self.replaced({year: self.ledgers[year].with_adjustment(adjustment)})

    def ask(self, year: int, day: date) -> Accounts:
        """Return the accounts with leave that begins in this year asked for once more on this day.

        Raises `AskedTooMuchError` when it was asked for as often as the rules allow, of any year.
        """
        maximum = self.rules.requests_per_day
        if sum(ledger.asked_in(day) for ledger in self.ledgers.values()) >= maximum:
            raise AskedTooMuchError(maximum)
        return self.replaced({year: self.ledgers[year].with_question(day)})

    def settled(self) -> Accounts:
        """Return the accounts with every carry-over worked out from the first year on."""
        years = sorted(self.ledgers)
        settled = self
        for before, year in pairwise(years):
            ledger = replace(settled.ledgers[year], carried_in=settled.carried_out_of(before))
            settled = replace(settled, ledgers={**settled.ledgers, year: ledger})
        return settled

    def replaced(self, ledgers: Mapping[int, Ledger]) -> Accounts:
        """Return the accounts with some ledgers replaced, and all settled."""
        return replace(self, ledgers={**self.ledgers, **ledgers}).settled()

    def carried_out_of(self, year: int) -> Decimal:
        """Return the days of annual leave that move into the next year, or the debt."""
        annual = self.rules.leave_type(ANNUAL_LEAVE)
        available = self.balance(year, annual).available if annual else None
        return _NONE if available is None else min(available, self.rules.carry_over.maximum_days)

    def _granted(self, year: int, leave_type: LeaveType) -> Decimal | None:
        employee = self.employee
        if leave_type.id != ANNUAL_LEAVE:
            return leave_type.days_per_year
        return entitlement(employee.annual_leave_days, year, employee.start_date, employee.end_date)


def _check(
    before: Accounts, after: Accounts, bookings: Mapping[int, Booking], leave_type: LeaveType
) -> None:
    for year in sorted(after.ledgers):
        left = after.balance(year, leave_type).available
        had = before.balance(year, leave_type)
        # A year that was in debt before, and is no worse off now, is not this request's doing.
        if left is None or had.available is None or left >= min(_NONE, had.available):
            continue
        booking = bookings.get(year)
        asked = booking.days if booking else had.available - left
        carried = min(booking.early, had.carried_left) if booking else _NONE
        raise InsufficientBalanceError(year, asked=asked, available=had.available + carried)
