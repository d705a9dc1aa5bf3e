"""Accounts over several years under any sequence of bookings, releases and adjustments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from leave.domain.accounts import Accounts
from leave.domain.calendar import NO_HOLIDAYS, Dated
from leave.domain.counting import Day, count_by_year, count_days
from leave.domain.employee import Employment, entitlement
from leave.domain.errors import InsufficientBalanceError, OverlapError
from leave.domain.ledger import Booking, Ledger
from leave.domain.policy import CarryOver, LeaveType, Rules
from leave.domain.values import replace
from tests.leave.builders import MONDAY_TO_FRIDAY, an_adjustment, an_employee, an_id
from tests.leave.strategies import periods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leave.domain.calendar import Period
    from leave.domain.employee import Employee

YEARS = range(2026, 2030)
ANNUAL = LeaveType(id="annual", name="Annual leave")
NONE = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that is done to the accounts; the number says to which request."""

    what: str
    number: int
    period: Period
    days: int

    @property
    def request_id(self) -> str:
        return an_id(self.number)

    def counted(self) -> list[Day]:
        return list(count_days(self.period, Dated(MONDAY_TO_FRIDAY), NO_HOLIDAYS))

    def bookings(self, status: str) -> dict[int, Booking]:
        return {
            year: Booking(
                request_id=self.request_id,
                leave_type="annual",
                period=self.period,
                count=count,
                status=status,
            )
            for year, count in count_by_year(self.counted()).items()
        }


ACTS = st.lists(
    st.builds(
        Act,
        what=st.sampled_from(["book", "book", "book", "release", "adjust"]),
        number=st.integers(1, 8),
        period=periods(longest=25).filter(lambda p: p.start.year in YEARS),
        days=st.integers(-6, 6),
    ),
    max_size=14,
)
RULES = st.builds(
    lambda cap, month: Rules(
        leave_types=(ANNUAL,),
        carry_over=CarryOver(maximum_days=Decimal(cap), expires_month=month, expires_day=28),
    ),
    cap=st.integers(0, 10),
    month=st.integers(1, 12),
)
EMPLOYEES = st.builds(
    lambda days, more, start, gap: an_employee(
        days=f"{days}; 2028-01-01: {more}",
        employments=employments(start, *gap),
        accounts_since=YEARS[0],
    ),
    days=st.integers(0, 30),
    more=st.integers(0, 30),
    start=st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    gap=st.tuples(
        st.none() | st.dates(date(2027, 12, 31), date(2029, 12, 31)), st.integers(1, 400)
    ),
)


def employments(start: date | None, left: date | None, away: int) -> tuple[Employment, ...]:
    """Return one employment, or two where somebody left and came back on the `away`th day."""
    if left is None:
        return (Employment(start=start),)
    return Employment(start=start, end=left), Employment(start=left + timedelta(days=away))


def empty(employee: Employee, rules: Rules) -> Accounts:
    ledgers = {year: Ledger(employee_id=employee.employee_id, year=year) for year in YEARS}
    return Accounts.opened(employee, rules, ledgers)


def act(accounts: Accounts, act: Act, leave_type: LeaveType = ANNUAL) -> Accounts | None:
    """Return the accounts afterwards, None where the act was refused or means nothing."""
    if act.what == "adjust":
        return accounts.adjust(act.period.start.year, an_adjustment(str(act.days)))
    if act.what == "release":
        return accounts.release(act.request_id)
    status = "approved" if act.days > 0 else "pending"
    bookings = act.bookings(status)
    try:
        return accounts.book(bookings, leave_type) if bookings else None
    except (OverlapError, InsufficientBalanceError):
        return None


def carried_from_the_beginning(accounts: Accounts) -> dict[int, tuple[Decimal, Decimal]]:
    """Live through all years day by day; return what came over and what was left of each.

    This is the oracle: it takes each day's cost from what came over while that lasts, and from the
    year's own days otherwise.
    """
    employee, cut = accounts.employee, accounts.rules.carry_over
    came_over, story = NONE, {}
    for year in YEARS:
        ledger = accounts.ledgers[year]
        granted = entitlement(employee.annual_leave_days, year, employee.joined_employments)
        own = granted + sum((a.days for a in ledger.adjustments), NONE) + min(came_over, NONE)
        purse = max(came_over, NONE)
        for day in sorted(days_taken(ledger), key=lambda day: day.date):
            if not employee.is_employed_on(day.date):
                continue
            is_early = (day.date.month, day.date.day) <= (cut.expires_month, cut.expires_day)
            from_purse = min(purse, day.cost) if is_early else NONE
            purse -= from_purse
            own -= day.cost - from_purse
        story[year] = (came_over, own)
        stays = employee.is_employed_on(date(year, 12, 31)) and employee.is_employed_on(
            date(year + 1, 1, 1)
        )
        came_over = min(own, cut.maximum_days) if stays else NONE
    return story


def days_taken(ledger: Ledger) -> list[Day]:
    return [
        day
        for booking in ledger.bookings
        for day in count_days(booking.period, Dated(MONDAY_TO_FRIDAY), NO_HOLIDAYS)
        if day.date.year == ledger.year
    ]


def assert_settled(accounts: Accounts) -> None:
    for year, (came_over, left) in carried_from_the_beginning(accounts).items():
        assert accounts.ledgers[year].carried_in == came_over
        assert accounts.balance(year, ANNUAL).available == left


@given(EMPLOYEES, RULES, ACTS)
def test_what_comes_over_is_what_living_day_by_day_leaves(
    employee: Employee, rules: Rules, acts: list[Act]
) -> None:
    accounts = empty(employee, rules)
    assert_settled(accounts)
    for one in acts:
        accounts = act(accounts, one) or accounts
        assert_settled(accounts)


@given(EMPLOYEES, RULES, ACTS)
def test_a_balance_never_falls_below_zero_by_a_booking(
    employee: Employee, rules: Rules, acts: list[Act]
) -> None:
    accounts = empty(employee, rules)
    for one in acts:
        after = act(accounts, one)
        if after is None:
            continue
        for year in YEARS if one.what == "book" else ():
            had = accounts.release(one.request_id).balance(year, ANNUAL).available
            left = after.balance(year, ANNUAL).available
            assert had is not None
            assert left is not None
            assert left >= min(had, NONE)
        accounts = after


@given(EMPLOYEES, RULES, ACTS)
def test_a_refusal_names_only_what_was_asked_for_and_less_is_left(
    employee: Employee, rules: Rules, acts: list[Act]
) -> None:
    accounts = empty(employee, rules)
    for one in acts:
        bookings = one.bookings("pending") if one.what == "book" else {}
        refused: InsufficientBalanceError | None = None
        try:
            accounts = (
                accounts.book(bookings, ANNUAL) if bookings else act(accounts, one) or accounts
            )
        except InsufficientBalanceError as error:
            refused = error
        except OverlapError:
            pass
        if refused is not None:
            assert refused.asked == bookings[refused.year].days
            assert refused.available < refused.asked


@given(EMPLOYEES, RULES, ACTS)
def test_what_is_booked_later_is_what_can_not_be_spent_before(
    employee: Employee, rules: Rules, acts: list[Act]
) -> None:
    accounts = empty(employee, rules)
    for one in acts:
        accounts = act(accounts, one) or accounts
    for year in YEARS:
        left = accounts.balance(year, ANNUAL).available
        booked, _ = accounts.booked_later(year, ANNUAL)
        assert left is not None
        assert 0 <= booked <= max(left, NONE)
        free = left - booked
        assert later_years_lack(accounts, year, spent=free) == 0
        if booked:
            assert later_years_lack(accounts, year, spent=free + Decimal("0.5")) == Decimal("0.5")


def later_years_lack(accounts: Accounts, year: int, *, spent: Decimal) -> Decimal:
    """Return the most that a later year would lack if so much of this one was spent."""
    after = accounts.adjust(year, an_adjustment(str(-spent)))
    lacking = [NONE]
    for later in (one for one in YEARS if one > year):
        had, has = (one.balance(later, ANNUAL).available for one in (accounts, after))
        assert had is not None
        assert has is not None
        lacking.append(min(NONE, had) - has)
    return max(lacking)


@given(EMPLOYEES, RULES, ACTS)
def test_without_adjustments_no_year_is_ever_in_debt(
    employee: Employee, rules: Rules, acts: list[Act]
) -> None:
    accounts = empty(employee, rules)
    for one in acts:
        if one.what != "adjust":
            accounts = act(accounts, one) or accounts
    for year in YEARS:
        balance = accounts.balance(year, ANNUAL)
        assert balance.available is not None
        assert balance.available >= 0
        assert balance.carried_left >= 0
        assert balance.carried_in >= 0


@given(EMPLOYEES, RULES, ACTS)
def test_no_two_requests_ever_have_the_same_day(
    employee: Employee, rules: Rules, acts: list[Act]
) -> None:
    accounts = empty(employee, rules)
    for one in acts:
        accounts = act(accounts, one) or accounts
    booked = {b.request_id: b for ledger in accounts.ledgers.values() for b in ledger.bookings}
    claims = list(booked.values())
    assert not any(
        one.period.overlaps(other.period)
        for place, one in enumerate(claims)
        for other in claims[:place]
    )


@given(employee=EMPLOYEES, rules=RULES, acts=ACTS, may_go_negative=st.booleans())
def test_releasing_everything_returns_to_the_start(
    employee: Employee, rules: Rules, acts: list[Act], *, may_go_negative: bool
) -> None:
    start = accounts = empty(employee, rules)
    leave_type = replace(ANNUAL, may_go_negative=may_go_negative)
    for one in acts:
        if one.what != "adjust":
            accounts = act(accounts, one, leave_type) or accounts
    for number in range(1, 9):
        accounts = accounts.release(an_id(number))
    assert accounts == start


@given(EMPLOYEES, RULES, ACTS)
def test_what_changed_is_written_and_nothing_else_is(
    employee: Employee, rules: Rules, acts: list[Act]
) -> None:
    accounts = empty(employee, rules)
    stored: dict[int, Ledger] = {}
    for one in acts:
        opened = Accounts.opened(employee, rules, accounts.ledgers | stored)
        after = act(opened, one)
        if after is None:
            continue
        changed = after.changed_since(opened)
        assert len({ledger.year for ledger in changed}) == len(changed)
        for ledger in changed:
            was = stored.get(
                ledger.year, Ledger(employee_id=employee.employee_id, year=ledger.year)
            )
            assert ledger.version == was.version, "it is written where it was read"
            assert ledger != opened.ledgers[ledger.year]
            stored[ledger.year] = replace(ledger, version=ledger.version + 1)
        accounts = Accounts.opened(employee, rules, empty(employee, rules).ledgers | stored)
        assert contents(accounts) == contents(after), "nothing is lost by what was not written"


def contents(accounts: Accounts) -> Mapping[int, Ledger]:
    return {year: replace(ledger, version=0) for year, ledger in accounts.ledgers.items()}


@given(EMPLOYEES, RULES, ACTS)
def test_days_are_conserved(employee: Employee, rules: Rules, acts: list[Act]) -> None:
    """What was granted, given and came over is what was taken and what is left, of either."""
    accounts = empty(employee, rules)
    for one in acts:
        accounts = act(accounts, one) or accounts
    for year in YEARS:
        balance = accounts.balance(year, ANNUAL)
        assert balance.entitlement is not None
        assert balance.available is not None
        came_in = balance.entitlement + balance.adjustments + balance.carried_in
        assert came_in == (
            balance.approved + balance.pending + balance.available + balance.carried_left
        )
