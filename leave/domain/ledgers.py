"""An employee's leave of one calendar year: what is booked, and what is left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.errors import InsufficientBalanceError, OverlapError

if TYPE_CHECKING:
    from leave.domain.periods import Period


@dataclass(frozen=True, kw_only=True, slots=True)
class Booking:
    """A pending or approved request, with the working days it takes from this year."""

    request_id: str
    period: Period
    days: Decimal
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """The bookings of one employee in one calendar year; `version` counts the changes.

    A year holds few bookings, so checking a new request never reads an employee's whole history.
    """

    employee_id: str
    year: int
    version: int = 0
    bookings: tuple[Booking, ...] = ()

    @property
    def booked(self) -> Decimal:
        """Working days taken by pending and approved requests together."""
        return sum((booking.days for booking in self.bookings), Decimal(0))

    def overlapping(self, period: Period) -> Booking | None:
        """Return a booking that claims some of the same days, if there is one."""
        return next((b for b in self.bookings if b.period.overlaps(period)), None)

    def book(self, booking: Booking, *, entitlement: Decimal) -> Ledger:
        """Return the ledger with one more booking.

        Raises `OverlapError` when days are claimed twice and `InsufficientBalanceError` when the
        year's entitlement does not hold the booking; pending requests count as taken.
        """
        if clash := self.overlapping(booking.period):
            raise OverlapError(clash.request_id, clash.period.start, clash.period.end, clash.status)
        available = entitlement - self.booked
        if booking.days > available:
            raise InsufficientBalanceError(self.year, asked=booking.days, available=available)
        return replace(self, version=self.version + 1, bookings=(*self.bookings, booking))
