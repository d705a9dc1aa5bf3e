"""An employee's leave accounts over several years.

A ledger keeps the days that came over from the year before, and what they were worked out by:
whenever a year changes, the ledgers of the years after it are settled again in the same write. As
long as rules and contracts stay as they were, what is stored is what a calculation from the very
beginning would give, and no request reads the whole past.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

from leave.domain.calendar import Period
from leave.domain.employee import Employee, entitlement
from leave.domain.errors import AskedTooMuchError, InsufficientBalanceError, OverlapError
from leave.domain.ledger import Ledger
from leave.domain.policy import ANNUAL_LEAVE, Rules
from leave.domain.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Collection

    from leave.domain.ledger import Adjustment, Booking
    from leave.domain.policy import LeaveType

_NONE = Decimal(0)


class Balance(Value):
    """The account of one leave type in one year, in working days.

    `available` can be booked on any day of the year, `carried_left` on top of it for days up to
    `carried_until`; what is left after that day is `expired`. `taken` are the approved days that
    are over. `entitlement` and `available` are None when the type has no limit. `booked_later` of
    the available days are carried over and booked in the year `booked_in`; only a statement has
    them.
    """

    leave_type: str
    year: int
    entitlement: Decimal | None
    carried_in: Decimal
    carried_left: Decimal
    carried_until: date | None
    expired: Decimal = _NONE
    adjustments: Decimal
    approved: Decimal
    taken: Decimal = _NONE
    pending: Decimal
    available: Decimal | None
    booked_later: Decimal = _NONE
    booked_in: int | None = None

    @property
    def planned(self) -> Decimal:
        """Approved days that are not over."""
        return self.approved - self.taken


class Returned(Value):
    """Days of leave that was cancelled; `lapsed` of them expired on the day `until`.

    `not_carried` are those of a year that is over that were not carried over into this one.
    """

    days: Decimal
    lapsed: Decimal
    until: date | None
    not_carried: Decimal = _NONE

    @property
    def back(self) -> Decimal:
        """Days that can be taken again."""
        return self.days - self.lapsed - self.not_carried


class Accounts(Value):
    """Consecutive ledgers of one employee, by year; every `carried_in` is settled.

    `stored` are the ledgers as they were read.
    """

    employee: Employee
    rules: Rules
    ledgers: Mapping[int, Ledger]
    stored: Mapping[int, Ledger]

    @classmethod
    def opened(cls, employee: Employee, rules: Rules, ledgers: Mapping[int, Ledger]) -> Accounts:
        """Return the accounts of stored ledgers; the first is taken as settled."""
        return cls(employee=employee, rules=rules, ledgers=ledgers, stored=ledgers).settled()

    def changed_since(self, before: Accounts) -> tuple[Ledger, ...]:
        """Return the ledgers that must be written when these accounts replace `before`.

        Also those of later years of which nothing but the carry-over changed: whoever counted on it
        at the same time writes them as well, so one of the two reads everything again. A carry-over
        that was stored by other rules or contracts is put right on the way.
        """
        now, stored = self.ledgers, self.stored
        changed = {
            year
            for year, was in before.ledgers.items()
            if was != replace(now[year], carried_by=was.carried_by)
        }
        if changed:
            changed |= {y for y in now if stored[y].version and now[y] != stored[y]}
        return tuple(now[year] for year in sorted(changed))

    def balance(self, year: int, leave_type: LeaveType, *, today: date = date.min) -> Balance:
        """Return the account of a leave type in a year, as it is on this day.

        Days outside of every employment cost nothing, though they were booked.
        """
        ledger = self.ledgers[year]
        booked = ledger.booked(leave_type.id)
        is_annual = leave_type.id == ANNUAL_LEAVE
        carried = ledger.carried_in if is_annual else _NONE
        granted = self._granted(year, leave_type)
        adjustments = ledger.adjusted(leave_type.id)
        last = self.rules.carry_over.last_day(year)
        costs = [
            (b.status == "approved", day, cost)
            for b in booked
            for day, cost in b.count.costs
            if self.employee.is_employed_on(day)
        ]
        approved = [(day, cost) for is_approved, day, cost in costs if is_approved]
        days = sum((cost for _, _, cost in costs), _NONE)
        carry_over_eligible = sum((cost for _, day, cost in costs if day <= last), _NONE)
        # Days carried over pay for early days first; a debt carried over is paid by the new year.
        paid = min(carry_over_eligible, carried)
        unused = max(carried - paid, _NONE)
        expired = unused if is_annual and last < today else _NONE
        granted_days = sum((cost for _, cost in approved), _NONE)
        return Balance(
            leave_type=leave_type.id,
            year=year,
            entitlement=granted,
            carried_in=carried,
            carried_left=unused - expired,
            carried_until=last if is_annual else None,
            expired=expired,
            adjustments=adjustments,
            approved=granted_days,
            taken=sum((cost for day, cost in approved if day < today), _NONE),
            pending=days - granted_days,
            available=None if granted is None else granted + adjustments + paid - days,
        )

    def statement(self, year: int, leave_type: LeaveType, *, today: date) -> Balance:
        """Return a balance for people, with its days that later leave needs."""
        booked_later, booked_in = self.booked_later(year, leave_type)
        balance = self.balance(year, leave_type, today=today)
        return replace(balance, booked_later=booked_later, booked_in=booked_in)

    def has_bookings(self, bookings: Mapping[int, Booking]) -> bool:
        """Return whether this is just what the request has booked already."""
        return dict(bookings) == self._held(bookings)

    def has_same_days(self, bookings: Mapping[int, Booking], statuses: Collection[str]) -> bool:
        """Return whether the request has already booked these days, in one of these statuses."""

        def days(booking: Booking) -> Booking:
            return replace(booking, status="", becomes="", final_at=None)

        held = self._held(bookings)
        return all(b.status in statuses for b in held.values()) and (
            {year: days(b) for year, b in held.items()}
            == {year: days(b) for year, b in bookings.items()}
        )

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

    def returned(
        self, bookings: Mapping[int, Booking], leave_type: LeaveType, *, today: date
    ) -> Returned:
        """Return what these bookings gave back when they were released."""
        booked = self.replaced({y: self.ledgers[y].with_booking(b) for y, b in bookings.items()})
        days = lapsed = past = carried = _NONE
        until = None
        over = [year for year in bookings if year < today.year]
        for year in sorted({*bookings, today.year} if over else bookings):
            was = booked.balance(year, leave_type, today=today)
            now = self.balance(year, leave_type, today=today)
            freed = was.approved + was.pending - now.approved - now.pending
            days += freed
            if year < today.year:
                past += freed
                continue
            if year == today.year:
                carried = now.carried_in - was.carried_in
            if gone := now.expired - was.expired:
                lapsed, until = lapsed + gone, now.carried_until
        not_carried = past - carried if leave_type.is_limited else _NONE
        return Returned(days=days, lapsed=lapsed, until=until, not_carried=not_carried)

    def booked_later(self, year: int, leave_type: LeaveType) -> tuple[Decimal, int | None]:
        """Return how many days left of a year are carried over and booked later, and in which year.

        So many of them cannot be taken in the year itself.
        """
        most: tuple[Decimal, int | None] = (_NONE, None)
        later = {one: ledger for one, ledger in self.ledgers.items() if one > year}
        if leave_type.id != ANNUAL_LEAVE or not later:
            return most
        following = later[min(later)]
        bare = replace(following, carried_in=min(_NONE, following.carried_in))
        alone = Accounts.opened(self.employee, self.rules, {**later, bare.year: bare})
        for one in later:
            had, has = (
                accounts.balance(one, leave_type).available or _NONE for accounts in (self, alone)
            )
            most = max(most, (min(_NONE, had) - has, one), key=lambda found: found[0])
        return most

    def adjust(self, year: int, adjustment: Adjustment) -> Accounts:
        """Return the accounts with an adjustment in this year."""
        return self.replaced({year: self.ledgers[year].with_adjustment(adjustment)})

    def ask(self, year: int, day: date, *, always: bool = False) -> Accounts:
        """Return the accounts with one more step about leave that begins in this year on this day.

        Raises `AskedTooMuchError` after as many steps as the rules allow, of any year, unless this
        one can `always` be taken.
        """
        maximum = self.rules.requests_per_day
        if not always and sum(ledger.asked_in(day) for ledger in self.ledgers.values()) >= maximum:
            raise AskedTooMuchError(maximum)
        return self.replaced({year: self.ledgers[year].with_question(day)})

    def settled(self) -> Accounts:
        """Return the accounts with every carry-over worked out from the first year on."""
        years = sorted(self.ledgers)
        settled = self
        is_final = True
        for before, year in pairwise(years):
            # An answer that becomes final writes nothing: what it changes is not to be believed.
            is_final = is_final and not settled.ledgers[before].will_give_back
            ledger = replace(
                settled.ledgers[year],
                carried_in=settled.carried_out_of(before),
                carried_by=carry_over_basis(self.employee, self.rules, year) if is_final else "",
            )
            settled = replace(settled, ledgers={**settled.ledgers, year: ledger})
        return settled

    def replaced(self, ledgers: Mapping[int, Ledger]) -> Accounts:
        """Return the accounts with some ledgers replaced, and all settled."""
        return replace(self, ledgers={**self.ledgers, **ledgers}).settled()

    def carried_out_of(self, year: int) -> Decimal:
        """Return the days of annual leave that move into the next year, or the debt.

        Neither moves where the employment does not go on from the last day of the year to the next.
        """
        turn = Period(start=date(year, 12, 31), end=date(year + 1, 1, 1))
        if not self.employee.is_employed(turn):
            return _NONE
        annual = self.rules.leave_type(ANNUAL_LEAVE)
        available = self.balance(year, annual).available if annual else None
        return _NONE if available is None else min(available, self.rules.carry_over.maximum_days)

    def _held(self, bookings: Mapping[int, Booking]) -> Mapping[int, Booking]:
        request_ids = {booking.request_id for booking in bookings.values()}
        return {
            year: booking
            for year, ledger in self.ledgers.items()
            for booking in ledger.bookings
            if booking.request_id in request_ids
        }

    def _granted(self, year: int, leave_type: LeaveType) -> Decimal | None:
        employee = self.employee
        if leave_type.id != ANNUAL_LEAVE:
            return leave_type.days_per_year
        return entitlement(employee.annual_leave_days, year, employee.joined_employments)


def carry_over_basis(employee: Employee, rules: Rules, year: int) -> str:
    """Return a digest of the rules and contracts that the carry-over into a year depends on.

    What begins later is left out, so that a new contract does not change the past.
    """
    new_year = date(year, 1, 1)
    days = employee.annual_leave_days
    parts = (
        rules.leave_type(ANNUAL_LEAVE) is not None,
        rules.carry_over.maximum_days.normalize(),
        rules.carry_over.last_day(year),
        days.first.normalize(),
        *((since, d.normalize()) for since, d in days.changes if since < new_year),
        *(
            (one.start, one.end if one.end and one.end < new_year else None)
            for one in employee.joined_employments
            if one.start is None or one.start <= new_year
        ),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _check(
    before: Accounts, after: Accounts, bookings: Mapping[int, Booking], leave_type: LeaveType
) -> None:
    for year in sorted(after.ledgers):
        left = after.balance(year, leave_type).available
        had = before.balance(year, leave_type)
        # A year that was in debt before, and is no worse off now, is not this request's doing.
        if left is None or had.available is None or left >= min(_NONE, had.available):
            continue
        if year in bookings:
            _refuse(after, bookings[year], year, leave_type)
        # What another year lacks are days that came over from the last one of the request.
        asked_in = max(booked for booked in bookings if booked < year)
        _refuse(
            after,
            bookings[asked_in],
            asked_in,
            leave_type,
            missing=min(_NONE, had.available) - left,
            booked_in=year,
        )


def _refuse(  # noqa: PLR0913 - what was asked for in which year, and why it is too much
    after: Accounts,
    booking: Booking,
    year: int,
    leave_type: LeaveType,
    *,
    missing: Decimal = _NONE,
    booked_in: int | None = None,
) -> NoReturn:
    """Raise how much was asked for of a year, and how much of it is left.

    `missing` are days that the year would have, and that are `booked_in` a later one.
    """
    ledger = after.ledgers[year].without(booking.request_id)
    had = after.replaced({year: ledger}).balance(year, leave_type)
    last = after.rules.carry_over.last_day(year)
    employed = after.employee.is_employed_on
    costs = booking.count.costs
    carry_over_eligible = sum((cost for day, cost in costs if day <= last and employed(day)), _NONE)
    available = (had.available or _NONE) + min(carry_over_eligible, had.carried_left)
    if booked_in is None:
        raise InsufficientBalanceError(year, asked=booking.days, available=available)
    left = booking.days - missing
    raise InsufficientBalanceError(
        year, asked=booking.days, available=left, booked_later=available - left, booked_in=booked_in
    )
