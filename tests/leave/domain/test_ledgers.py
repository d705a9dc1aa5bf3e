from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.errors import InsufficientBalanceError, OverlapError
from leave.domain.ledgers import Booking, Ledger
from tests.leave.builders import a_booking, a_period
from tests.leave.strategies import periods

if TYPE_CHECKING:
    from leave.domain.periods import Period

ENTITLEMENT = Decimal(25)


def an_empty_ledger() -> Ledger:
    return Ledger(employee_id="E002", year=2027)


def test_a_new_ledger_has_nothing_booked() -> None:
    assert an_empty_ledger().booked == 0
    assert an_empty_ledger().overlapping(a_period()) is None


def test_booking_returns_a_new_ledger_one_version_on() -> None:
    empty = an_empty_ledger()
    booked = empty.book(a_booking(days="2.5"), entitlement=ENTITLEMENT)
    assert (booked.version, booked.booked) == (1, Decimal("2.5"))
    assert (empty.version, empty.bookings) == (0, ())


def test_the_last_half_day_can_be_booked_and_no_more() -> None:
    ledger = an_empty_ledger().book(a_booking("r1", days="24.5"), entitlement=ENTITLEMENT)
    later = a_period("2027-06-01", half="morning")
    full = ledger.book(a_booking("r2", later, "0.5"), entitlement=ENTITLEMENT)
    with pytest.raises(
        InsufficientBalanceError, match=r"0\.5 .*2027 .*and 0\.0 are left"
    ) as caught:
        full.book(a_booking("r3", a_period("2027-06-02"), "0.5"), entitlement=ENTITLEMENT)
    assert (caught.value.year, caught.value.asked) == (2027, Decimal("0.5"))
    assert caught.value.available == 0


def test_pending_requests_count_as_taken() -> None:
    ledger = an_empty_ledger().book(a_booking(days="20", status="pending"), entitlement=ENTITLEMENT)
    with pytest.raises(InsufficientBalanceError, match="still undecided counted as taken"):
        ledger.book(a_booking("r2", a_period("2027-06-01"), "6"), entitlement=ENTITLEMENT)


def test_an_overlap_names_the_request_in_the_way() -> None:
    ledger = an_empty_ledger().book(
        a_booking("r1", a_period("2027-05-03", "2027-05-07"), "5", "approved"),
        entitlement=ENTITLEMENT,
    )
    with pytest.raises(OverlapError, match=r"2027-05-03 to 2027-05-07 \(approved, r1\)") as caught:
        ledger.book(a_booking("r2", a_period("2027-05-07")), entitlement=ENTITLEMENT)
    assert caught.value.request_id == "r1"


def test_an_overlap_on_one_day_is_told_as_one_day() -> None:
    ledger = an_empty_ledger().book(a_booking(), entitlement=ENTITLEMENT)
    with pytest.raises(OverlapError, match=r"for 2027-05-03 \(pending, r1\)"):
        ledger.book(a_booking("r2"), entitlement=ENTITLEMENT)


def test_an_overlap_is_told_before_a_missing_balance() -> None:
    """Who asks for the same days again wants to hear of the first request, not of numbers."""
    ledger = an_empty_ledger().book(a_booking(days="25"), entitlement=ENTITLEMENT)
    with pytest.raises(OverlapError):
        ledger.book(a_booking("r2", days="25"), entitlement=ENTITLEMENT)


def test_complementary_halves_of_a_day_are_both_booked() -> None:
    morning = a_booking("r1", a_period(half="morning"), "0.5")
    afternoon = a_booking("r2", a_period(half="afternoon"), "0.5")
    ledger = an_empty_ledger()
    for booking in (morning, afternoon):
        ledger = ledger.book(booking, entitlement=ENTITLEMENT)
    assert ledger.booked == 1


@given(
    st.lists(st.tuples(periods(longest=3), st.integers(0, 10)), max_size=12),
    st.integers(0, 50),
)
def test_whatever_is_asked_for_a_ledger_never_overbooks_or_books_a_day_twice(
    wishes: list[tuple[Period, int]], halves: int
) -> None:
    entitlement = Decimal(halves) / 2
    ledger = an_empty_ledger()
    accepted: list[Booking] = []
    for number, (period, days) in enumerate(wishes):
        booking = a_booking(f"r{number}", period, str(Decimal(days) / 2))
        try:
            ledger = ledger.book(booking, entitlement=entitlement)
        except (OverlapError, InsufficientBalanceError):
            continue
        accepted.append(booking)
    assert ledger.bookings == tuple(accepted)
    assert ledger.version == len(accepted)
    assert ledger.booked == sum((b.days for b in accepted), Decimal(0)) <= entitlement
    assert not any(
        one.period.overlaps(other.period)
        for place, one in enumerate(accepted)
        for other in accepted[:place]
    )
