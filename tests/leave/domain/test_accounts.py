"""Accounts over several years, in examples worked out by hand."""

from decimal import Decimal
from typing import Any

import pytest

from leave.domain.accounts import Accounts
from leave.domain.counting import YearCount
from leave.domain.employee import Employment
from leave.domain.errors import AskedTooMuchError, InsufficientBalanceError, OverlapError
from leave.domain.ledger import Booking, Ledger
from leave.domain.policy import CarryOver, LeaveType, Rules
from leave.domain.values import replace
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
    an_employee,
)

ANNUAL = LeaveType(id="annual", name="Annual leave")
SPECIAL = LeaveType(id="special", name="Special leave", days_per_year=Decimal(3))
SICK = LeaveType(id="sick", name="Sick leave", needs_approval=False)
EARLY, LATE = a_period("2027-02-01"), a_period("2027-06-01")
A_WEEK = a_period("2027-05-03", "2027-05-07")
OVER_NEW_YEAR = a_period("2027-12-27", "2028-01-07")


def opened(*ledgers: Ledger, cap: str = "5", may_go_negative: bool = False, **who: Any) -> Accounts:
    """Return the accounts of 2026 to 2028, up to `cap` days of which carry over until 31 March."""
    types = (replace(ANNUAL, may_go_negative=may_go_negative), SPECIAL, SICK)
    rules = Rules(leave_types=types, carry_over=CarryOver(maximum_days=Decimal(cap)))
    given = {ledger.year: ledger for ledger in ledgers}
    return Accounts.opened(
        an_employee(accounts_since=2026, **who),
        rules,
        {year: given.get(year, a_ledger(year)) for year in (2026, 2027, 2028)},
    )


def taken(days: str, early: str = "0", request_id: str = R1, **changes: Any) -> Booking:
    """Return a booking of so many days, one of which is a day of its own for each request."""
    day = f"{1 + int(request_id[-3:]):02}"
    return a_booking(request_id, a_period(f"2027-05-{day}"), days, early=early, **changes)


def book(accounts: Accounts, booking: Booking, leave_type: LeaveType = ANNUAL) -> Accounts:
    return accounts.book({booking.period.start.year: booking}, leave_type)


def refused(accounts: Accounts, booking: Booking) -> InsufficientBalanceError:
    with pytest.raises(InsufficientBalanceError) as caught:
        book(accounts, booking)
    return caught.value


def figures(accounts: Accounts, year: int) -> tuple[str, str, str]:
    """Return what came over, what of it is left, and what is left of the year."""
    balance = accounts.balance(year, ANNUAL)
    return f"{balance.carried_in:f}", f"{balance.carried_left:f}", f"{balance.available:f}"


# What comes over from year to year


@pytest.mark.parametrize(
    ("last_year", "cap", "this_year", "expected"),
    [
        # What is left of last year comes over, up to the cap.
        ((), "5", (), ("5", "5", "25")),
        ((), "30", (), ("25", "25", "25")),
        # What is undecided counts as taken in last year too.
        ((taken("20", status="approved"), taken("4", request_id=R2)), "5", (), ("1", "1", "25")),
        # Early days are paid for by what came over, as far as it goes; late days are not.
        ((), "5", (taken("8", "8"),), ("5", "0", "22")),
        ((), "5", (taken("8", "2"),), ("5", "3", "19")),
        ((), "5", (taken("25"),), ("5", "5", "0")),
        # A debt is paid by the new year, whatever the cap.
        ((taken("27"),), "0", (), ("-2", "0", "23")),
    ],
)
def test_what_comes_over_from_last_year(
    last_year: tuple[Booking, ...],
    cap: str,
    this_year: tuple[Booking, ...],
    expected: tuple[str, str, str],
) -> None:
    accounts = opened(a_ledger(2026, *last_year), a_ledger(2027, *this_year), cap=cap)
    assert figures(accounts, 2027) == expected


def test_a_balance_tells_all_its_parts() -> None:
    ledger = a_ledger(
        2027,
        taken("4", "1", status="approved"),
        taken("2.5", request_id=R2),
        taken("1", request_id=R3, leave_type="special"),
        adjustments=(an_adjustment("2"), an_adjustment("-0.5"), an_adjustment("9", leave_type="x")),
    )
    balance = opened(ledger).balance(2027, ANNUAL)
    assert (balance.leave_type, balance.year, balance.entitlement) == ("annual", 2027, 25)
    assert balance.adjustments == Decimal("1.5")
    assert (balance.approved, balance.pending) == (4, Decimal("2.5"))
    assert (balance.carried_in, balance.carried_left) == (5, 4)
    assert balance.carried_until == a_day("2027-03-31")
    assert balance.available == 25 + Decimal("1.5") + 1 - Decimal("6.5")


def test_a_type_of_its_own_has_an_account_of_its_own_that_does_not_carry_over() -> None:
    accounts = opened(a_ledger(2027, taken("2", leave_type="special"), taken("9", request_id=R2)))
    balance = accounts.balance(2027, SPECIAL)
    assert (balance.entitlement, balance.available) == (3, 1)
    assert (balance.carried_in, balance.carried_left, balance.carried_until) == (0, 0, None)
    assert accounts.balance(2028, SPECIAL).available == 3


def test_a_type_without_a_limit_is_always_booked_and_has_no_balance() -> None:
    booked = book(opened(), a_booking(R1, LATE, "250", leave_type="sick", status="approved"), SICK)
    balance = booked.balance(2027, SICK)
    assert (balance.entitlement, balance.available, balance.approved) == (None, None, 250)
    assert figures(booked, 2027)[2] == "25"


def test_without_annual_leave_nothing_comes_over() -> None:
    rules = Rules(leave_types=(SPECIAL,), carry_over=CarryOver(maximum_days=Decimal(5)))
    ledgers = {year: a_ledger(year) for year in (2026, 2027)}
    assert Accounts.opened(an_employee(), rules, ledgers).ledgers[2027].carried_in == 0


def test_the_first_ledger_is_taken_as_settled_and_later_ones_are_put_right() -> None:
    booking = a_booking(R1, a_period("2026-05-04"), "25", early="3")
    accounts = opened(
        a_ledger(2026, booking, carried_in=Decimal(4)), a_ledger(2027, carried_in=Decimal(20))
    )
    assert figures(accounts, 2026) == ("4", "1", "3")
    assert figures(accounts, 2027) == ("3", "3", "25")


@pytest.mark.parametrize("booked", ["10", "30"])
def test_neither_days_nor_debt_are_carried_over_a_gap(booked: str) -> None:
    for last, first, carried in (
        ("2027-06-30", "2028-01-02", 0),
        ("2027-12-31", "2028-01-01", 5 if booked == "10" else -5),
    ):
        two = (Employment(end=a_day(last)), Employment(start=a_day(first)))
        accounts = opened(a_ledger(2027, taken(booked)), employments=two)
        assert accounts.ledgers[2028].carried_in == carried


def test_days_after_the_last_day_of_employment_cost_nothing() -> None:
    """12 days of August were approved before somebody left on 30 June, with 3 of 13 left."""
    costs = tuple((a_day(f"2027-08-{day:02}"), Decimal(1)) for day in range(2, 14))
    summer = a_booking(R1, a_period("2027-08-02", "2027-08-13"), status="approved")
    ledger = a_ledger(
        2027, taken("10", "10", request_id=R2), replace(summer, count=YearCount(costs=costs))
    )
    balance = opened(ledger, cap="0", end_date=a_day("2027-06-30")).balance(2027, ANNUAL)
    assert (balance.available, balance.approved, balance.pending) == (3, 0, 10)


@pytest.mark.parametrize(("today", "left", "expired"), [("2027-03-31", 4, 0), ("2027-04-01", 0, 4)])
def test_carried_days_are_left_until_their_last_day_and_expired_after_it(
    today: str, left: int, expired: int
) -> None:
    ledger = a_ledger(2027, taken("3", "1", status="approved"), taken("2", request_id=R2))
    balance = opened(ledger).balance(2027, ANNUAL, today=a_day(today))
    assert (balance.carried_left, balance.expired) == (left, expired)
    assert (balance.taken, balance.planned, balance.available) == (1, 2, 21)


def test_expired_days_do_not_come_back() -> None:
    booking = a_booking(R1, EARLY, "4", early="3", status="approved")
    accounts = opened(a_ledger(2027, booking)).release(R1)
    on_time = accounts.returned({2027: booking}, ANNUAL, today=a_day("2027-03-31"))
    assert (on_time.days, on_time.lapsed) == (4, 0)
    late = accounts.returned({2027: booking}, ANNUAL, today=a_day("2027-04-01"))
    assert (late.days, late.lapsed, late.until) == (4, 3, a_day("2027-03-31"))


def test_days_without_a_limit_are_not_lost_to_the_carry_over() -> None:
    booking = a_booking(R1, a_period("2027-12-01"), leave_type="sick", status="approved")
    accounts = opened(a_ledger(2027, booking)).release(R1)
    returned = accounts.returned({2027: booking}, SICK, today=a_day("2028-01-10"))
    assert (returned.days, returned.not_carried) == (1, 0)


@pytest.mark.parametrize(
    ("changes", "is_final"),
    [
        ({"status": "approved"}, True),
        ({"becomes": "approved", "final_at": NOW}, True),
        ({"becomes": "denied", "final_at": NOW}, False),
        ({"status": "approved", "becomes": "cancelled", "final_at": NOW}, False),
    ],
)
def test_what_comes_over_is_not_final_while_a_booking_may_end_by_itself(
    changes: dict[str, Any], *, is_final: bool
) -> None:
    accounts = opened(a_ledger(2026, taken("4", **changes)))
    assert bool(accounts.ledgers[2027].carried_by) is is_final


# What can be booked


def test_the_last_half_day_can_be_booked_and_no_more() -> None:
    accounts = opened(a_ledger(2027, taken("24.5", status="approved")), cap="0")
    full = book(accounts, a_booking(R2, LATE, "0.5"))
    assert figures(full, 2027)[2] == "0.0"
    error = refused(full, a_booking(R3, a_period("2027-07-01"), "0.5"))
    assert "0.5 working days of 2027, and 0 are left" in str(error)
    assert (error.year, error.asked) == (2027, Decimal("0.5"))


@pytest.mark.parametrize(
    ("days", "early", "available"),
    [("30", "5", None), ("30", "30", None), ("30.5", "30", 30), ("26", "0", 25)],
)
def test_what_came_over_can_be_booked_on_early_days_only(
    days: str, early: str, available: int | None
) -> None:
    booking = a_booking(R1, EARLY, days, early=early)
    if available is None:
        book(opened(), booking)
    else:
        error = refused(opened(), booking)
        assert (error.asked, error.available) == (Decimal(days), available)


def test_the_last_day_for_carried_days_is_the_one_of_the_present_rules() -> None:
    """Three days on 1 July, booked while carried days expired in March; now they do in July."""
    before = opened(a_ledger(2027, taken("3")))
    assert figures(before, 2027) == ("5", "5", "22")
    july = CarryOver(maximum_days=Decimal(5), expires_month=7)
    accounts = Accounts.opened(
        before.employee, replace(before.rules, carry_over=july), before.stored
    )
    assert figures(accounts, 2027) == ("5", "2", "25")
    assert refused(accounts, a_booking(R2, LATE, "28")).available == 27


def test_days_that_next_year_counts_on_are_not_given_away() -> None:
    """3 days of 2027 came over and are booked in 2028 on top of its own 25."""
    accounts = opened(a_ledger(2027, taken("22")), a_ledger(2028, taken("28", "3", R2)))
    assert figures(accounts, 2028) == ("3", "0", "0")
    error = refused(accounts, a_booking(R3, LATE))
    assert str(error) == (
        "This leave needs 1 working day of 2027, and 0 are left. Pending requests count as"
        " taken. 3 more days of 2027 are carried over and already booked in 2028."
        " Request fewer days."
    )
    assert (error.booked_later, error.booked_in) == (3, 2028)


@pytest.mark.parametrize(
    ("this_year", "next_year", "expected"),
    [
        (taken("20"), taken("28", "3", R2), (3, 2028)),
        # What the next year can pay itself, holds nothing back.
        (taken("20"), taken("20", "5", R2), (0, None)),
        (taken("20"), taken("26", "3", R2), (1, 2028)),
    ],
)
def test_days_that_are_booked_later_are_known(
    this_year: Booking, next_year: Booking, expected: tuple[int, int | None]
) -> None:
    accounts = opened(a_ledger(2027, this_year), a_ledger(2028, next_year))
    assert accounts.booked_later(2027, ANNUAL) == expected
    assert accounts.booked_later(2027, SPECIAL)[0] == accounts.booked_later(2028, ANNUAL)[0] == 0


def test_what_is_left_of_the_next_year_is_without_what_the_request_takes_of_this_one() -> None:
    """Nothing of 2027 would come over, so the 25 days of 2028 are all there are."""
    long = a_period("2027-12-01", "2028-02-01")
    bookings = {2027: a_booking(R2, long, "24"), 2028: a_booking(R2, long, "27", early="27")}
    with pytest.raises(InsufficientBalanceError) as caught:
        opened().book(bookings, ANNUAL)
    assert (caught.value.year, caught.value.asked, caught.value.available) == (2028, 27, 26)


def test_each_year_of_a_request_is_checked() -> None:
    bookings = {year: a_booking(R2, OVER_NEW_YEAR, "5") for year in (2027, 2028)}
    for full in (2027, 2028):
        with pytest.raises(InsufficientBalanceError, match=f"of {full}, and 4 are left"):
            opened(a_ledger(full, taken("21")), cap="0").book(bookings, ANNUAL)
    booked = opened(cap="0").book(bookings, ANNUAL)
    assert [figures(booked, year)[2] for year in (2027, 2028)] == ["20", "20"]


def test_a_request_is_booked_in_the_place_of_its_earlier_plan() -> None:
    accounts = opened(a_ledger(2027, taken("24"), taken("1", request_id=R2)), cap="0")
    moved = book(accounts, a_booking(R1, a_period("2028-01-10"), "24"))
    assert [b.request_id for b in moved.ledgers[2027].bookings] == [R2]
    assert [figures(moved, year)[2] for year in (2027, 2028)] == ["24", "1"]
    longer = book(accounts, taken("24", status="approved"))
    assert longer.balance(2027, ANNUAL).approved == 24
    week = opened(a_ledger(2027, a_booking(R1, A_WEEK, "5")))
    book(week, a_booking(R1, a_period("2027-05-05", "2027-05-11"), "5"))


def test_an_approval_is_checked_again() -> None:
    accounts = opened(a_ledger(2027, taken("20")), cap="0", days="18")
    error = refused(accounts, taken("20", status="approved"))
    assert (error.asked, error.available) == (20, 18)


def test_a_type_that_may_go_negative_is_booked_into_debt() -> None:
    accounts = opened(a_ledger(2027, taken("24")), cap="0", may_go_negative=True)
    booked = book(accounts, a_booking(R2, LATE, "3"), replace(ANNUAL, may_go_negative=True))
    assert figures(booked, 2027)[2] == "-2"
    assert figures(booked, 2028) == ("-2", "0", "23")


def test_who_is_in_debt_already_can_book_no_more_but_may_ask_for_less() -> None:
    accounts = opened(a_ledger(2027, taken("20", request_id=R2)), cap="0", days="18")
    assert "1 working day of 2027, and -2 are left" in str(refused(accounts, a_booking(R1, LATE)))
    assert refused(accounts, taken("19", request_id=R2))
    assert figures(book(accounts, taken("18", request_id=R2)), 2027)[2] == "0"


def test_a_debt_of_another_year_is_not_this_requests_doing() -> None:
    accounts = opened(a_ledger(2026, taken("30")), cap="0")
    assert figures(accounts, 2026)[2] == "-5"
    book(accounts, a_booking(R2, LATE, "20"))
    assert refused(accounts, a_booking(R2, LATE, "21"))


# Overlaps


def test_an_overlap_names_the_request_in_the_way() -> None:
    accounts = opened(a_ledger(2027, a_booking(R1, A_WEEK, "5", status="approved")))
    expected = f"2027-05-03 to 2027-05-07: request {R1} is approved"
    with pytest.raises(OverlapError, match=expected) as caught:
        book(accounts, a_booking(R2, a_period("2027-05-07")))
    assert caught.value.request_id == R1


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        pytest.param(a_booking(days="25"), a_booking(R2, days="25"), id="told-before-the-balance"),
        pytest.param(a_booking(leave_type="sick"), a_booking(R2), id="another-type"),
        # From Friday to Sunday: the days of 2028 cost nothing, so only 2027 has a booking.
        pytest.param(
            a_booking(R1, a_period("2027-12-31", "2028-01-02")),
            a_booking(R2, a_period("2028-01-01", "2028-01-04"), "2"),
            id="free-days-of-the-next-year",
        ),
    ],
)
def test_days_that_are_booked_already_are_refused(there: Booking, wanted: Booking) -> None:
    with pytest.raises(OverlapError):
        book(opened(a_ledger(2027, there), cap="0"), wanted)


def test_complementary_halves_of_a_day_are_both_booked() -> None:
    accounts = opened()
    for request_id, half in ((R1, "morning"), (R2, "afternoon")):
        accounts = book(accounts, a_booking(request_id, a_period(half=half), "0.5"))
    assert accounts.balance(2027, ANNUAL).pending == 1
    with pytest.raises(OverlapError):
        book(accounts, a_booking(R3))


# Steps in a day


def test_one_step_too_many_in_a_day_is_refused_unless_it_can_always_be_taken() -> None:
    accounts, today = opened(), a_day("2027-03-01")
    accounts = replace(accounts, rules=replace(accounts.rules, requests_per_day=2))
    accounts = accounts.ask(2027, today).ask(2028, today)
    with pytest.raises(AskedTooMuchError):
        accounts.ask(2027, today)
    assert accounts.ask(2027, today, always=True).ledgers[2027].asked_in(today) == 2
    accounts.ask(2027, a_day("2027-03-02"))


# What is written


def test_accounts_know_what_a_request_has_booked_already() -> None:
    both = {year: a_booking(R1, OVER_NEW_YEAR, "5") for year in (2027, 2028)}
    accounts = opened().book(both, ANNUAL)
    assert accounts.has_bookings(both)
    assert not accounts.has_bookings({2027: both[2027]})
    for change in ({"status": "approved"}, {"request_id": R2}):
        changed = {year: replace(booking, **change) for year, booking in both.items()}
        assert not accounts.has_bookings(changed)
    assert not accounts.release(R1).has_bookings(both)


def test_a_later_year_is_written_when_another_number_of_days_comes_over() -> None:
    """Even where nothing was ever written: somebody may count on it at this moment."""
    before = opened(
        a_ledger(2027, taken("22"), version=3), a_ledger(2028, taken("1", request_id=R2), version=7)
    )
    changed = book(before, taken("21")).changed_since(before)
    assert [(b.year, b.version, b.carried_in) for b in changed] == [(2027, 3, 5), (2028, 7, 4)]
    before = opened(a_ledger(2027, taken("22"), version=3))
    assert [b.year for b in before.release(R1).changed_since(before)] == [2027, 2028]


def test_what_was_stored_by_other_rules_is_put_right_by_the_next_write() -> None:
    before = opened(a_ledger(2027, version=1), a_ledger(2028, carried_in=Decimal(20), version=1))
    assert before.changed_since(before) == ()
    after = before.adjust(2027, an_adjustment())
    assert [(b.year, b.carried_in) for b in after.changed_since(before)] == [(2027, 5), (2028, 5)]
