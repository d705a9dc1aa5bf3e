"""Accounts over several years under any sequence of bookings, releases and adjustments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from leave.domain.accounts import Accounts
from leave.domain.calendar import NO_HOLIDAYS, Dated, Period
from leave.domain.counting import Day, count_by_year, count_days
from leave.domain.employee import Employee, Employment, entitlement
from leave.domain.errors import InsufficientBalanceError, OverlapError
from leave.domain.ledger import Booking, Ledger
from leave.domain.policy import CarryOver, LeaveType, Rules
from leave.domain.values import replace
from tests.leave.builders import MONDAY_TO_FRIDAY, an_adjustment, an_employee, an_id
from tests.leave.strategies import periods

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
    bookings = act.bookings("approved" if act.days > 0 else "pending")
    try:
        return accounts.book(bookings, leave_type) if bookings else None
    except OverlapError:
        return None
    except InsufficientBalanceError as error:
        assert_true(error, bookings)
        return None


def assert_true(error: InsufficientBalanceError, bookings: Mapping[int, Booking]) -> None:
    """Check that a refusal names what was asked for, and that less is left."""
    assert error.asked == bookings[error.year].days
    assert error.available < error.asked


def steps(
    accounts: Accounts, acts: list[Act], leave_type: LeaveType = ANNUAL
) -> Iterator[tuple[Act, Accounts, Accounts]]:
    """Yield each act that is not refused, with the accounts before and after it."""
    for one in acts:
        after = act(accounts, one, leave_type)
        if after is not None:
            yield one, accounts, after
            accounts = after


def lived(employee: Employee, rules: Rules, acts: list[Act]) -> Accounts:
    """Return the accounts after all acts."""
    start = empty(employee, rules)
    return [start, *(after for _, _, after in steps(start, acts))][-1]


HISTORIES = st.builds(lived, EMPLOYEES, RULES, ACTS)


def left(accounts: Accounts, year: int) -> Decimal:
    available = accounts.balance(year, ANNUAL).available
    assert available is not None
    return available


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
        turn = date(year, 12, 31), date(year + 1, 1, 1)
        stays = all(map(employee.is_employed_on, turn))
        came_over = min(own, cut.maximum_days) if stays else NONE
    return story


def days_taken(ledger: Ledger) -> list[Day]:
    return [
        day
        for booking in ledger.bookings
        for day in count_days(booking.period, Dated(MONDAY_TO_FRIDAY), NO_HOLIDAYS)
        if day.date.year == ledger.year
    ]


@given(EMPLOYEES, RULES, ACTS)
def test_what_comes_over_is_what_living_day_by_day_leaves(
    employee: Employee, rules: Rules, acts: list[Act]
) -> None:
    start = empty(employee, rules)
    for accounts in (start, *(after for _, _, after in steps(start, acts))):
        for year, (came_over, own) in carried_from_the_beginning(accounts).items():
            assert accounts.ledgers[year].carried_in == came_over
            assert left(accounts, year) == own


@given(EMPLOYEES, RULES, ACTS)
def test_a_balance_never_falls_below_zero_by_a_booking(
    employee: Employee, rules: Rules, acts: list[Act]
) -> None:
    for one, before, after in steps(empty(employee, rules), acts):
        for year in YEARS if one.what == "book" else ():
            had = left(before.release(one.request_id), year)
            assert left(after, year) >= min(had, NONE)


@given(HISTORIES)
def test_what_is_booked_later_is_what_can_not_be_spent_before(accounts: Accounts) -> None:
    for year in YEARS:
        booked, _ = accounts.booked_later(year, ANNUAL)
        available = left(accounts, year)
        assert 0 <= booked <= max(available, NONE)
        free = available - booked
        assert later_years_lack(accounts, year, spent=free) == 0
        if booked:
            assert later_years_lack(accounts, year, spent=free + Decimal("0.5")) == Decimal("0.5")


def later_years_lack(accounts: Accounts, year: int, *, spent: Decimal) -> Decimal:
    """Return the most that a later year would lack if so much of this one was spent."""
    after = accounts.adjust(year, an_adjustment(str(-spent)))
    later = (one for one in YEARS if one > year)
    lacking = (min(NONE, left(accounts, one)) - left(after, one) for one in later)
    return max([NONE, *lacking])


@given(EMPLOYEES, RULES, ACTS)
def test_without_adjustments_no_year_is_ever_in_debt(
    employee: Employee, rules: Rules, acts: list[Act]
) -> None:
    accounts = lived(employee, rules, [one for one in acts if one.what != "adjust"])
    for year in YEARS:
        balance = accounts.balance(year, ANNUAL)
        assert min(left(accounts, year), balance.carried_left, balance.carried_in) >= 0


@given(HISTORIES)
def test_no_two_requests_ever_have_the_same_day(accounts: Accounts) -> None:
    booked = {b.request_id: b for ledger in accounts.ledgers.values() for b in ledger.bookings}
    for one, other in combinations(booked.values(), 2):
        assert not one.period.overlaps(other.period)


@given(employee=EMPLOYEES, rules=RULES, acts=ACTS, may_go_negative=st.booleans())
def test_releasing_everything_returns_to_the_start(
    employee: Employee, rules: Rules, acts: list[Act], *, may_go_negative: bool
) -> None:
    start = empty(employee, rules)
    leave_type = replace(ANNUAL, may_go_negative=may_go_negative)
    bookings = [one for one in acts if one.what != "adjust"]
    accounts = [start, *(after for _, _, after in steps(start, bookings, leave_type))][-1]
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
            new = Ledger(employee_id=employee.employee_id, year=ledger.year)
            was = stored.get(ledger.year, new)
            assert ledger.version == was.version, "it is written where it was read"
            assert ledger != opened.ledgers[ledger.year]
            stored[ledger.year] = replace(ledger, version=ledger.version + 1)
        accounts = Accounts.opened(employee, rules, empty(employee, rules).ledgers | stored)
        assert contents(accounts) == contents(after), "nothing is lost by what was not written"


def contents(accounts: Accounts) -> Mapping[int, Ledger]:
    return {year: replace(ledger, version=0) for year, ledger in accounts.ledgers.items()}


@given(HISTORIES, st.dates(date(2025, 12, 1), date(2030, 2, 1)))
def test_days_are_conserved(accounts: Accounts, today: date) -> None:
    """What was granted, given and came over is what was taken, lapsed and is left, of either."""
    for year in YEARS:
        balance = accounts.statement(year, ANNUAL, today=today)
        assert balance.entitlement is not None
        came_in = balance.entitlement + balance.adjustments + balance.carried_in
        assert balance.taken + balance.planned == balance.approved
        went = balance.approved + balance.pending + balance.carried_left + balance.expired
        assert came_in == went + left(accounts, year)
        assert balance.available == left(accounts, year)
        assert balance.carried_until is not None
        lapsed = today > balance.carried_until
        assert (balance.carried_left if lapsed else balance.expired) == 0
