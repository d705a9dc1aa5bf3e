"""Bookings, adjustments and ledgers of one year, and absences that follow."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from leave.domain.calendar import HalfDay, Period
from leave.domain.counting import YearCount
from leave.domain.employee import Employee
from leave.domain.values import Value, replace

_NONE = Decimal(0)


class Booking(Value):
    """A pending or approved request, with what each of its days costs in this year.

    An answer that can still be taken back changes no status: it `becomes` what was answered at
    `final_at`, and nobody must write it then.
    """

    request_id: str
    leave_type: str
    period: Period
    count: YearCount
    status: str
    becomes: str = ""
    final_at: datetime | None = None

    def at(self, now: datetime) -> Booking | None:
        """Return the booking as it stands at a moment; None when nothing is booked any more."""
        if self.final_at is None or now < self.final_at:
            return self
        if self.becomes != "approved":
            return None
        return replace(self, status=self.becomes, becomes="", final_at=None)

    @property
    def days(self) -> Decimal:
        """Working days in all."""
        return self.count.days


class Adjustment(Value, omit_defaults=True):
    """Working days given (or taken, when negative) by an administrator, with the reason.

    `actor` is an employee id, or the mail address of an administrator who is no employee; `email`
    and `subject` are those of the ID token that the adjustment came with.
    """

    adjustment_id: str = ""
    at: datetime
    actor: str
    email: str = ""
    subject: str = ""
    leave_type: str
    days: Decimal
    reason: str


class AdjustmentInput(Value):
    """Days to give, or to take when negative, and why."""

    year: int
    leave_type: str
    days: Decimal
    reason: str
    may_go_negative: bool = False


class Ledger(Value, omit_defaults=True):
    """One employee's bookings of one calendar year; `version` counts the writes.

    `carried_in` are the days of annual leave that came over from the year before, less than zero
    when it ended in debt. They are true only for the rules and the contracts that `carried_by`
    stands for. A year holds few bookings, so no check ever reads a whole history.
    `asked` counts the steps of the employee about leave of this year on the day `asked_on`, the
    last one with any: asking, changing, cancelling, withdrawing.
    The employee has had a mail about the first `mailed` of the adjustments, and may have had one
    about the first `uncertain`.
    """

    employee_id: str
    year: int
    version: int = 0
    carried_in: Decimal = _NONE
    carried_by: str = ""
    bookings: tuple[Booking, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    mailed: int = 0
    uncertain: int = 0
    asked_on: date | None = None
    asked: int = 0

    def at(self, now: datetime) -> Ledger:
        """Return the ledger as it stands at a moment, when some answers have become final."""
        if all(b.final_at is None for b in self.bookings):
            return self
        standing = (b.at(now) for b in self.bookings)
        return replace(self, bookings=tuple(b for b in standing if b is not None))

    @property
    def unmailed(self) -> tuple[Adjustment, ...]:
        """Return the adjustments that no mail is known to have told."""
        return self.adjustments[self.mailed :]

    @property
    def will_give_back(self) -> bool:
        """Return whether a booking ends by itself, once its answer is final."""
        return any(b.final_at is not None and b.becomes != "approved" for b in self.bookings)

    def booked(self, leave_type: str) -> tuple[Booking, ...]:
        """Return the bookings of one leave type."""
        return tuple(b for b in self.bookings if b.leave_type == leave_type)

    def adjusted(self, leave_type: str) -> Decimal:
        """Return the sum of the adjustments of one leave type."""
        return sum((a.days for a in self.adjustments if a.leave_type == leave_type), _NONE)

    def overlapping(self, period: Period, *, but: str = "") -> Booking | None:
        """Return a booking of another request than `but` that claims some of the same days."""
        clashes = (b for b in self.bookings if b.request_id != but and b.period.overlaps(period))
        return next(clashes, None)

    def away_on(self, day: date) -> Booking | None:
        """Return an approved booking that claims some of this day."""
        return next(
            (
                b
                for b in self.bookings
                if b.status == "approved" and b.period.start <= day <= b.period.end
            ),
            None,
        )

    def is_away_all(self, day: date) -> bool:
        """Return whether approved bookings claim the whole of this day, also by its two halves."""
        claimed = (b.period.halves_on(day) for b in self.bookings if b.status == "approved")
        return frozenset().union(*claimed) == frozenset(HalfDay)

    def without(self, request_id: str) -> Ledger:
        """Return the ledger without this request's booking."""
        kept = tuple(b for b in self.bookings if b.request_id != request_id)
        return replace(self, bookings=kept)

    def with_booking(self, booking: Booking) -> Ledger:
        """Return the ledger with this booking in the place of the request's earlier one."""
        bookings = (*self.without(booking.request_id).bookings, booking)
        return replace(self, bookings=tuple(sorted(bookings, key=lambda b: b.request_id)))

    def with_adjustment(self, adjustment: Adjustment) -> Ledger:
        """Return the ledger with one more adjustment."""
        return replace(self, adjustments=(*self.adjustments, adjustment))

    def asked_in(self, day: date) -> int:
        """Return how many steps about leave of this year were taken on this day, the last one."""
        return self.asked if self.asked_on == day else 0

    def with_question(self, day: date) -> Ledger:
        """Return the ledger with one more step about leave of this year."""
        return replace(self, asked_on=day, asked=self.asked_in(day) + 1)


class Absence(Value):
    """Somebody is away, and nothing more."""

    employee: Employee
    booking: Booking
