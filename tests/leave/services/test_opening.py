"""Opening accounts: one read of a few years, and further back only where nothing was written."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.accounts import Accounts, carry_over_basis
from leave.domain.calendar import NO_HOLIDAYS, Dated, Period
from leave.domain.counting import count_by_year, count_days
from leave.domain.employee import Employee, Employment, entitlement
from leave.domain.errors import InsufficientBalanceError, OverlapError
from leave.domain.ledger import Booking, Ledger
from leave.domain.policy import CarryOver, Rules
from leave.domain.values import replace
from leave.services.leave_policy import open_accounts
from tests.leave.builders import (
    MONDAY_TO_FRIDAY,
    R1,
    R2,
    R3,
    TODAY,
    a_booking,
    a_ledger,
    a_period,
    an_adjustment,
    an_employee,
    an_id,
)
from tests.leave.fake_requests import FakeRequests

RULES = Rules(carry_over=CarryOver(maximum_days=Decimal(5)))
(ANNUAL,) = RULES.leave_types
NONE = Decimal(0)


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


def settled(year: int, *bookings: Booking, **changes: Any) -> Ledger:
    """Return a ledger whose carry-over was worked out by the rules and contract of these tests."""
    basis = carry_over_basis(an_employee(), RULES, year)
    return a_ledger(year, *bookings, carried_by=basis, **changes)


@pytest.mark.parametrize(
    ("year", "until", "years"),
    [
        (None, None, (2026, 2027, 2028, 2029)),
        (2027, None, (2026, 2027, 2028, 2029)),
        (2028, None, (2026, 2027, 2028, 2029)),
        (2024, None, (2024, 2025, 2026, 2027, 2028, 2029)),
        (2027, 2030, (2026, 2027, 2028, 2029, 2030)),
        (2030, None, (2026, 2027, 2028, 2029, 2030)),
    ],
)
def test_one_read_covers_last_year_to_the_horizon(
    year: int | None, until: int | None, years: tuple[int, ...]
) -> None:
    stored = with_ledgers(*(settled(n, a_booking(an_id(n))) for n in range(2020, 2028)))
    accounts = opened(stored, since=2020, year=year, until=until)
    assert years_read(stored) == [years]
    assert tuple(accounts.ledgers) == years


def test_no_year_is_read_from_before_there_were_accounts() -> None:
    stored = FakeRequests()
    assert list(opened(stored, since=2027).ledgers) == [2027, 2028, 2029]
    assert years_read(stored) == [(2027, 2028, 2029)]
    assert list(opened(stored, since=2027, year=2020).ledgers) == [2027, 2028, 2029]


def test_all_years_are_read_at_once_where_last_year_was_never_written() -> None:
    stored = with_ledgers(a_ledger(2023, a_booking(days="23")), a_ledger(2021, a_booking(days="9")))
    accounts = opened(stored, since=2020)
    assert years_read(stored) == [(2026, 2027, 2028, 2029), (2020, 2021, 2022, 2023, 2024, 2025)]
    assert list(accounts.ledgers) == list(range(2020, 2030))
    assert accounts.ledgers[2024].carried_in == 2
    assert accounts.ledgers[2027].carried_in == 5


@pytest.mark.parametrize(
    ("rules", "changes"),
    [
        (Rules(carry_over=CarryOver(maximum_days=Decimal(7))), {}),
        (replace(RULES, carry_over=replace(RULES.carry_over, expires_month=5)), {}),
        (RULES, {"days": "24"}),
        (RULES, {"days": "25; 2025-07-01: 28"}),
        (RULES, {"end_date": date(2025, 6, 30)}),
    ],
)
def test_what_came_over_by_other_rules_or_contracts_is_worked_out_anew(
    rules: Rules, changes: dict[str, Any]
) -> None:
    stored = with_ledgers(settled(2026, carried_in=Decimal(3)))
    open_accounts(stored, an_employee(accounts_since=2025, **changes), rules, TODAY)
    assert years_read(stored) == [(2026, 2027, 2028, 2029), (2025,)]


def test_a_contract_that_begins_later_does_not_touch_what_came_over() -> None:
    stored = with_ledgers(settled(2026, carried_in=Decimal(3)))
    employee = an_employee(
        accounts_since=2025, days="25; 2026-01-01: 28", end_date=date(2026, 1, 1)
    )
    assert open_accounts(stored, employee, RULES, TODAY).ledgers[2026].carried_in == 3


def test_a_nearer_horizon_hides_no_leave_that_was_booked_before() -> None:
    """Of 2027, 5 days were carried into 2028 and are booked there: they cannot be spent again."""
    stored = with_ledgers(
        a_ledger(2027, a_booking(R1, days="20")),
        a_ledger(2028, a_booking(R2, a_period("2028-03-01"), "30", early="5")),
    )
    near = replace(RULES, horizon_days=30)
    accounts = open_accounts(stored, an_employee(accounts_since=2027), near, TODAY)
    with pytest.raises(InsufficientBalanceError, match="booked in 2028"):
        accounts.book({2027: a_booking(R3, a_period("2027-03-10"))}, ANNUAL)


def test_where_nothing_was_ever_written_the_first_year_is_the_end() -> None:
    stored = FakeRequests()
    assert list(opened(stored, since=2025).ledgers) == [2025, 2026, 2027, 2028, 2029]


def test_what_came_over_into_last_year_is_believed_as_it_was_stored() -> None:
    stored = with_ledgers(
        a_ledger(2025, a_booking(days="25")),
        settled(2026, a_booking(an_id(2), days="24"), carried_in=Decimal("1.5")),
    )
    accounts = opened(stored, since=2025)
    assert accounts.ledgers[2026].carried_in == Decimal("1.5")
    assert accounts.ledgers[2027].carried_in == 1
    assert years_read(stored) == [(2026, 2027, 2028, 2029)]


def test_what_came_over_beside_an_answer_that_was_not_final_is_worked_out_anew() -> None:
    """Denied on 31 December: the next write and the next look are years later."""
    stored = with_ledgers(settled(2025), settled(2026))
    denied = replace(
        a_booking(R1, a_period("2025-12-01"), "25"),
        becomes="denied",
        final_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
    )
    employee, new_year_s_eve = an_employee(accounts_since=2025), date(2025, 12, 31)
    before = open_accounts(stored, employee, RULES, new_year_s_eve)
    stored.write_ledgers(before.book({2025: denied}, ANNUAL).changed_since(before))
    stored.now = lambda: datetime(2025, 12, 31, tzinfo=UTC)
    assert open_accounts(stored, employee, RULES, new_year_s_eve).ledgers[2026].carried_in == 0
    stored.now = lambda: datetime(2027, 3, 1, tzinfo=UTC)
    assert open_accounts(stored, employee, RULES, TODAY).ledgers[2026].carried_in == 5


ASKED = st.tuples(
    st.integers(0, 200) | st.integers(0, 800),  # days that pass before
    st.sampled_from(["book", "book", "book", "deny", "release", "adjust", "rules", "contract"]),
    st.integers(1, 6),  # which request, or what else
    st.integers(0, 400),  # days ahead
    st.integers(0, 30),  # days long
)


@given(st.lists(ASKED, max_size=25), st.integers(0, 10), st.integers(2, 30))
def test_what_is_opened_is_always_what_a_calculation_from_the_first_year_gives(
    acts: list[tuple[int, str, int, int, int]], cap: int, days: int
) -> None:
    """Over up to thirteen years; each act sees a few of them and writes what changed."""
    rules = Rules(carry_over=CarryOver(maximum_days=Decimal(cap)))
    employee = an_employee(days=str(days), accounts_since=2020)
    stored, today = FakeRequests(), datetime(2020, 1, 1, tzinfo=UTC).date()
    booked: dict[str, Period] = {}
    stored.now = lambda: datetime.combine(today, time(), UTC)
    for passed, what, number, ahead, length in acts:
        today += timedelta(days=passed)
        start = today + timedelta(days=ahead)
        period = Period(start=start, end=start + timedelta(days=length))
        if what == "rules":
            month, cap = 2 * number, length % 8
            cut = CarryOver(maximum_days=Decimal(cap), expires_month=month, expires_day=28)
            rules = Rules(carry_over=cut, horizon_days=30 if ahead % 2 else 730)
        elif what == "contract":
            employee = with_another_contract(employee, number, period)
        else:
            write(stored, employee, rules, today, booked, what, an_id(number), period)
        assert_settled_from_the_first_year(stored, employee, rules, today)


def write(  # noqa: PLR0913, PLR0917 - one act has that many parts
    stored: FakeRequests,
    employee: Employee,
    rules: Rules,
    today: date,
    booked: dict[str, Period],
    what: str,
    request_id: str,
    period: Period,
) -> None:
    old = booked.get(request_id, period)
    before = open_accounts(
        stored, employee, rules, today,
        year=min(old.start.year, period.start.year), until=max(old.end.year, period.end.year),
    )  # fmt: skip
    if what == "adjust":
        after = before.adjust(today.year, an_adjustment(str(period.length - 11)))
    elif what == "release":
        after = before.release(request_id)
        booked.pop(request_id, None)
    else:
        bookings = bookings_of(request_id, period)
        if what == "deny":
            # For a day the answer can be taken back, and then nobody writes anything.
            final = datetime.combine(today, time(), UTC) + timedelta(days=1)
            bookings = {
                year: replace(booking, becomes="denied", final_at=final)
                for year, booking in bookings.items()
            }
        try:
            after = before.book(bookings, ANNUAL) if bookings else before
        except (OverlapError, InsufficientBalanceError):
            return
        booked[request_id] = period
    stored.write_ledgers(after.changed_since(before))


def with_another_contract(employee: Employee, number: int, period: Period) -> Employee:
    """Return the employee with other days, with a last day, hired again, or as if never away."""
    *earlier, latest = employee.employments
    if number in {1, 2}:
        return replace(employee, annual_leave_days=Dated(Decimal(10 + period.length)))
    if number == 3 and (latest.start is None or latest.start <= period.start):
        left = replace(latest, end=period.start)
        return replace(employee, employments=(*earlier, left))
    if number == 4 and latest.end is not None and latest.end < period.end:
        return replace(employee, employments=(*earlier, latest, Employment(start=period.end)))
    return replace(employee, employments=(Employment(),))


def bookings_of(request_id: str, period: Period) -> dict[int, Booking]:
    counted = count_days(period, Dated(MONDAY_TO_FRIDAY), NO_HOLIDAYS)
    return {
        year: Booking(
            request_id=request_id, leave_type="annual", period=period, count=count, status="pending"
        )
        for year, count in count_by_year(counted).items()
    }


def assert_settled_from_the_first_year(
    stored: FakeRequests, employee: Employee, rules: Rules, today: date
) -> None:
    """Work out every year from 2020 on, from nothing but what is booked."""
    accounts = open_accounts(stored, employee, rules, today)
    booked_in = {year for (_, year), ledger in stored.books.items() if ledger.bookings}
    assert {year for year in booked_in if year >= today.year} <= set(accounts.ledgers)
    came_over = Decimal(0)
    for year in range(2020, 1 + max(accounts.ledgers)):
        if year in accounts.ledgers:
            assert accounts.ledgers[year].carried_in == came_over, year
        ledger = stored.book(employee.employee_id, year)
        costs = [
            (day, cost)
            for booking in ledger.bookings
            for day, cost in booking.count.costs
            if employee.is_employed_on(day)
        ]
        early = sum((cost for day, cost in costs if day <= rules.carry_over.last_day(year)), NONE)
        taken = sum((cost for _, cost in costs), NONE)
        given = sum((a.days for a in ledger.adjustments), NONE)
        granted = entitlement(employee.annual_leave_days, year, employee.joined_employments)
        left = granted + given + min(early, came_over) - taken
        stays = employee.is_employed(Period(start=date(year, 12, 31), end=date(year + 1, 1, 1)))
        came_over = min(left, rules.carry_over.maximum_days) if stays else NONE
