"""Opening accounts: one read of a few years, and further back only where nothing was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.counting import count_by_year, count_days
from leave.domain.dated import Dated
from leave.domain.errors import InsufficientBalanceError, OverlapError
from leave.domain.holidays import NO_HOLIDAYS
from leave.domain.ledgers import Booking, Ledger
from leave.domain.periods import Period
from leave.domain.rules import CarryOver, Rules
from leave.services.opening import open_accounts
from tests.leave.builders import (
    MONDAY_TO_FRIDAY,
    TODAY,
    a_booking,
    a_ledger,
    an_adjustment,
    an_employee,
    an_id,
)
from tests.leave.fake_requests import FakeRequests

if TYPE_CHECKING:
    from leave.domain.accounts import Accounts

RULES = Rules(carry_over=CarryOver(maximum_days=Decimal(5)))
(ANNUAL,) = RULES.leave_types


def opened(
    stored: FakeRequests, since: int, *, year: int | None = None, until: int | None = None
) -> Accounts:
    employee = an_employee(accounts_since=since)
    return open_accounts(stored, employee, RULES, TODAY, year=year, until=until)


def years_read(stored: FakeRequests) -> list[tuple[int, ...]]:
    return [years for _, years in stored.read_years]


def with_ledgers(*ledgers: Ledger) -> FakeRequests:
    stored = FakeRequests()
    stored.write_ledgers(ledgers)
    return stored


@pytest.mark.parametrize(
    ("year", "until", "years"),
    [
        (None, None, (2026, 2027, 2028)),
        (2027, None, (2026, 2027, 2028)),
        (2028, None, (2026, 2027, 2028)),
        (2024, None, (2024, 2025, 2026, 2027, 2028)),
        (2027, 2030, (2026, 2027, 2028, 2029, 2030)),
        (2030, None, (2026, 2027, 2028, 2029, 2030)),
    ],
)
def test_one_read_covers_last_year_to_the_horizon(
    year: int | None, until: int | None, years: tuple[int, ...]
) -> None:
    stored = with_ledgers(*(a_ledger(n, a_booking(an_id(n))) for n in range(2020, 2028)))
    accounts = opened(stored, since=2020, year=year, until=until)
    assert years_read(stored) == [years]
    assert tuple(accounts.ledgers) == years


def test_no_year_is_read_from_before_there_were_accounts() -> None:
    stored = FakeRequests()
    assert list(opened(stored, since=2027).ledgers) == [2027, 2028]
    assert years_read(stored) == [(2027, 2028)]
    assert list(opened(stored, since=2027, year=2020).ledgers) == [2027, 2028]


def test_further_back_is_read_only_to_the_last_year_that_was_written() -> None:
    stored = with_ledgers(a_ledger(2023, a_booking(days="23")), a_ledger(2021, a_booking(days="9")))
    accounts = opened(stored, since=2020)
    assert years_read(stored) == [(2026, 2027, 2028), (2025,), (2024,), (2023,)]
    assert list(accounts.ledgers) == [2023, 2024, 2025, 2026, 2027, 2028]
    assert accounts.ledgers[2024].carried_in == 2
    assert accounts.ledgers[2027].carried_in == 5


def test_where_nothing_was_ever_written_the_first_year_is_the_end() -> None:
    stored = FakeRequests()
    assert list(opened(stored, since=2025).ledgers) == [2025, 2026, 2027, 2028]


def test_what_came_over_into_last_year_is_believed_as_it_was_stored() -> None:
    stored = with_ledgers(
        a_ledger(2025, a_booking(days="25")),
        a_ledger(2026, a_booking(an_id(2), days="24"), carried_in=Decimal("1.5")),
    )
    accounts = opened(stored, since=2025)
    assert accounts.ledgers[2026].carried_in == Decimal("1.5")
    assert accounts.ledgers[2027].carried_in == 1
    assert years_read(stored) == [(2026, 2027, 2028)]


ASKED = st.tuples(
    st.integers(0, 200),  # days that pass before
    st.sampled_from(["book", "book", "book", "release", "adjust"]),
    st.integers(1, 6),  # which request
    st.integers(0, 400),  # days ahead
    st.integers(0, 30),  # days long
)


@given(st.lists(ASKED, max_size=25), st.integers(0, 10), st.integers(15, 30))
def test_what_is_stored_is_always_what_a_calculation_from_the_first_year_gives(
    acts: list[tuple[int, str, int, int, int]], cap: int, days: int
) -> None:
    """Over up to thirteen years; each act sees a window of three and writes what changed."""
    rules = Rules(carry_over=CarryOver(maximum_days=Decimal(cap)))
    employee = an_employee(days=str(days), accounts_since=2020)
    stored, today = FakeRequests(), datetime(2020, 1, 1, tzinfo=UTC).date()
    booked: dict[str, Period] = {}
    for passed, what, number, ahead, length in acts:
        today += timedelta(days=passed)
        start = today + timedelta(days=ahead)
        period = Period(start=start, end=start + timedelta(days=length))
        request_id = an_id(number)
        old = booked.get(request_id, period)
        before = open_accounts(
            stored, employee, rules, today,
            year=min(old.start.year, start.year), until=max(old.end.year, period.end.year),
        )  # fmt: skip
        if what == "adjust":
            after = before.adjust(today.year, an_adjustment(str(length - 10)))
        elif what == "release":
            after = before.release(request_id)
            booked.pop(request_id, None)
        else:
            bookings = bookings_of(request_id, period, rules)
            try:
                after = before.book(bookings, ANNUAL) if bookings else before
            except (OverlapError, InsufficientBalanceError):
                continue
            booked[request_id] = period
        stored.write_ledgers(after.changed_since(before))
        assert_settled_from_the_first_year(stored, employee.employee_id, rules, days)


def bookings_of(request_id: str, period: Period, rules: Rules) -> dict[int, Booking]:
    counted = count_days(period, Dated(MONDAY_TO_FRIDAY), NO_HOLIDAYS)
    return {
        year: Booking(
            request_id=request_id,
            leave_type="annual",
            period=period,
            days=count.days,
            early=count.early,
            status="pending",
        )
        for year, count in count_by_year(counted, rules.carry_over).items()
    }


def assert_settled_from_the_first_year(
    stored: FakeRequests, employee_id: str, rules: Rules, days: int
) -> None:
    """Work out every year from 2020 on, from nothing but what is booked."""
    came_over = Decimal(0)
    for year in range(2020, 1 + max((year for _, year in stored.books), default=2020)):
        ledger = stored.book(employee_id, year)
        if ledger.version:
            assert ledger.carried_in == came_over, year
        early = sum((b.early for b in ledger.bookings), Decimal(0))
        taken = sum((b.days for b in ledger.bookings), Decimal(0))
        given = sum((a.days for a in ledger.adjustments), Decimal(0))
        left = days + given + min(early, came_over) - taken
        came_over = min(left, rules.carry_over.maximum_days)
