"""The bookings and adjustments of one employee in one year."""

from datetime import timedelta
from decimal import Decimal

import pytest

from leave.domain.ledger import Ledger
from tests.leave.builders import (
    NOW,
    R1,
    R2,
    R3,
    a_booking,
    a_day,
    a_ledger,
    a_period,
    an_adjustment,
)

A_WEEK = a_period("2027-05-03", "2027-05-07")


def test_a_new_ledger_has_nothing_booked() -> None:
    ledger = a_ledger()
    assert ledger == Ledger(employee_id="E002", year=2027)
    assert (ledger.version, ledger.carried_in) == (0, 0)
    assert ledger.overlapping(a_period()) is None


def test_each_request_is_booked_once_in_a_new_ledger_in_their_order() -> None:
    empty = ledger = a_ledger(version=4)
    for request_id in (R2, R1, R3):
        ledger = ledger.with_booking(a_booking(request_id))
    approved = a_booking(R1, days="2", status="approved")
    ledger = ledger.with_booking(approved)
    assert ledger.bookings == (approved, a_booking(R2), a_booking(R3))
    assert ledger.version == 4, "the store counts the writes"
    assert empty.bookings == ()
    assert ledger.without(R1).bookings == (a_booking(R2), a_booking(R3))
    assert ledger.without("unknown") == ledger


def test_leave_types_are_kept_apart() -> None:
    sick = a_booking(R2, leave_type="sick")
    ledger = a_ledger(2027, a_booking(R1), sick)
    for days, leave_type in (("2", "annual"), ("-0.5", "annual"), ("3", "special")):
        ledger = ledger.with_adjustment(an_adjustment(days, leave_type=leave_type))
    assert (ledger.booked("sick"), ledger.booked("special")) == ((sick,), ())
    adjusted = [ledger.adjusted(one) for one in ("annual", "special", "sick")]
    assert adjusted == [Decimal("1.5"), 3, 0]
    assert len(ledger.adjustments) == 3


def test_an_overlap_is_found_whatever_the_leave_type_and_not_with_oneself() -> None:
    booking = a_booking(R1, A_WEEK, "5", leave_type="sick")
    ledger = a_ledger(2027, booking)
    assert ledger.overlapping(a_period("2027-05-07", "2027-05-10")) == booking
    assert ledger.overlapping(a_period("2027-05-08", "2027-05-10")) is None
    assert ledger.overlapping(A_WEEK, but=R1) is None


@pytest.mark.parametrize("status", ["approved", "pending"])
def test_who_has_approved_leave_is_away(status: str) -> None:
    ledger = a_ledger(2027, a_booking(R1, A_WEEK, "5", status=status))
    days = [a_day(f"2027-05-0{day}") for day in (2, 3, 7, 8)]
    inside = status == "approved"
    assert [bool(ledger.away_on(day)) for day in days] == [False, inside, inside, False]


@pytest.mark.parametrize(
    ("status", "becomes", "then"),
    [
        ("pending", "approved", ["approved"]),
        ("pending", "denied", []),
        ("approved", "cancelled", []),
    ],
)
def test_an_answer_counts_from_the_moment_in_which_it_is_final(
    status: str, becomes: str, then: list[str]
) -> None:
    ledger = a_ledger(2027, a_booking(status=status, becomes=becomes, final_at=NOW))
    assert ledger.at(NOW - timedelta(microseconds=1)) == ledger
    final = ledger.at(NOW)
    assert [booking.status for booking in final.bookings] == then
    assert final.at(NOW) == final
