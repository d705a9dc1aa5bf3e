"""Hypothesis strategies for domain values."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

from leave.domain.calendar import Dated, HalfDay, Period, WorkingWeek
from leave.domain.counting import YearCount
from leave.domain.employee import Employee, Employment
from leave.domain.history import Channel, Event, EventType, Person, Question, Status
from leave.domain.invitations import Invitation, Revocation, RevocationReason, address_digest
from leave.domain.ledger import Adjustment, Booking, Ledger
from leave.domain.policy import Plan, PolicyWarning, WarningKind
from leave.domain.request import LeaveRequest
from leave.domain.values import Secret, replace

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

T = TypeVar("T")

FIRST, LAST = date(2025, 12, 1), date(2028, 3, 1)

HALVES = st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)])
WEEKS = st.tuples(*[HALVES] * 7).map(WorkingWeek)
# Everything JSON and DynamoDB can carry; lone surrogates are refused at the door.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = TEXTS.filter(bool)
# What request ids, leave types and statuses are made of.
WORDS = st.from_regex(r"[A-Za-z0-9_-]{1,26}", fullmatch=True)
SECRETS = NAMES.map(Secret)
MOMENTS = st.datetimes(timezones=st.just(UTC))
DAYS_IN_HALVES = st.integers(0, 2 * 366).map(lambda halves: Decimal(halves) / 2)
SIGNED_DAYS = st.integers(-2 * 366, 2 * 366).map(lambda halves: Decimal(halves) / 2)
COSTS = st.sampled_from([Decimal("0.5"), Decimal(1)])
COUNTS = st.builds(
    YearCount,
    costs=st.dictionaries(st.dates(), COSTS, max_size=5).map(lambda c: tuple(sorted(c.items()))),
)
PEOPLE = st.builds(Person, employee_id=NAMES, name=TEXTS, language=st.sampled_from(["en", "de-AT"]))
REVOCATIONS = st.builds(
    Revocation,
    at=MOMENTS,
    why=st.sampled_from(RevocationReason),
    revision=st.integers(0, 21),
)
INVITATIONS = st.builds(
    Invitation,
    approver=PEOPLE,
    secret=SECRETS,
    asked_at=MOMENTS,
    stands_in_for=st.none() | PEOPLE,
    address=st.sampled_from(["", address_digest("jim@foo.com")]),
    mailed=st.booleans(),
    unsent=st.booleans(),
    revoked=st.none() | REVOCATIONS,
)
CONCERNS = st.builds(
    PolicyWarning,
    kind=st.sampled_from(WarningKind),
    start=st.dates(FIRST, LAST),
    end=st.dates(FIRST, LAST),
    found=st.integers(0, 99),
    needed=st.integers(0, 99),
    reason=TEXTS,
)
EVENTS = st.builds(
    Event,
    at=MOMENTS,
    type=st.sampled_from(EventType),
    actor=TEXTS,
    channel=st.sampled_from(Channel),
    comment=TEXTS,
    name=TEXTS,
)


END_HALVES = (HalfDay.AFTERNOON, HalfDay.MORNING)
"""What leave of several days may claim of its first and of its last day."""


@st.composite
def periods(draw: DrawFn, longest: int = 40) -> Period:
    """Return days, some with half ends, or half a day, near turns of the year often enough."""
    start = draw(st.dates(FIRST, LAST) | st.dates(date(2026, 12, 20), date(2027, 1, 10)))
    half = draw(st.none() | st.sampled_from(HalfDay))
    length = 0 if half else draw(st.integers(0, longest))
    end = start + timedelta(days=length)
    if not length:
        return Period(start=start, end=end, half_day=half)
    start_half, end_half = (draw(st.none() | st.just(one)) for one in END_HALVES)
    return Period(start=start, end=end, start_half=start_half, end_half=end_half)


def dated(values: SearchStrategy[T]) -> SearchStrategy[Dated[T]]:
    """Return a value that changes up to three times in the years the periods lie in."""
    days = st.lists(st.dates(FIRST, LAST), max_size=3, unique=True).map(sorted)
    changes = days.flatmap(lambda days: st.tuples(*(st.tuples(st.just(d), values) for d in days)))
    return st.builds(Dated, values, changes)


def plans() -> SearchStrategy[Plan]:
    """Return a plan, sensible or not."""
    return st.builds(
        Plan,
        leave_type=WORDS,
        period=periods(),
        counts=st.dictionaries(st.integers(2000, 2100), COUNTS, max_size=3),
        reason=TEXTS,
        warnings=st.lists(CONCERNS, max_size=2).map(tuple),
    )


def requests() -> SearchStrategy[LeaveRequest]:
    """Return a request in any state, sensible or not, with every field varied."""
    return st.builds(
        LeaveRequest,
        request_id=WORDS,
        employee=PEOPLE,
        plan=plans(),
        history=st.lists(EVENTS, max_size=3).map(tuple),
        status=st.sampled_from(Status),
        question=st.none() | st.sampled_from(Question),
        version=st.integers(1, 10_000),
        revision=st.integers(1, 100),
        inquiry=st.integers(1, 100),
        invitations=st.lists(INVITATIONS, max_size=3).map(tuple),
        restarts=st.integers(0, 9),
        restarted_at=st.none() | MOMENTS,
        first_approval=st.none() | PEOPLE,
        passed_over=st.lists(WORDS, max_size=3).map(tuple),
        to_notify=st.lists(PEOPLE, max_size=2).map(tuple),
        noted=st.none() | PEOPLE,
        delivery_uncertain=st.booleans(),
        entry_uncertain=st.booleans(),
        task_token=st.none() | SECRETS,
        outcome_mailed=st.booleans(),
    )


def bookings() -> SearchStrategy[Booking]:
    """Return what some request takes from a year."""
    return st.builds(
        Booking,
        request_id=WORDS,
        leave_type=WORDS,
        period=periods(),
        count=COUNTS,
        status=st.sampled_from(["pending", "approved"]),
    )


def ledgers() -> SearchStrategy[Ledger]:
    """Return the ledger of a year, sensible or not, as it was read from nowhere."""
    return st.builds(
        Ledger,
        employee_id=NAMES,
        year=st.integers(2000, 2100),
        carried_in=SIGNED_DAYS,
        bookings=st.lists(bookings(), max_size=3).map(tuple),
        adjustments=st.lists(
            st.builds(
                Adjustment,
                at=MOMENTS,
                actor=TEXTS,
                leave_type=TEXTS,
                days=SIGNED_DAYS,
                reason=TEXTS,
            ),
            max_size=3,
        ).map(tuple),
    ).flatmap(mailed_in_part)


def mailed_in_part(ledger: Ledger) -> SearchStrategy[Ledger]:
    """Return the ledger with mails about some of its adjustments."""
    numbers = st.integers(0, len(ledger.adjustments))
    return st.builds(
        lambda mailed, uncertain: replace(ledger, mailed=mailed, uncertain=uncertain),
        numbers,
        numbers,
    )


def employments() -> SearchStrategy[tuple[Employment, ...]]:
    """Return one employment or several, in order, with gaps or without."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Employment, ...]:
        days = sorted(draw(st.lists(st.dates(), max_size=6, unique=True)))
        sides = [None, *days] if len(days) % 2 else [None, *days, None]
        if days and draw(st.booleans()):
            sides = days if len(days) % 2 == 0 else [*days, None]
        pairs = zip(sides[::2], sides[1::2], strict=True)
        return tuple(Employment(start=start, end=end) for start, end in pairs)

    return drawn()


def employees() -> SearchStrategy[Employee]:
    """Return somebody of the directory, with every field varied."""
    return st.builds(
        Employee,
        employee_id=NAMES,
        name=TEXTS,
        email=st.emails(),
        lead_id=st.none() | NAMES,
        annual_leave_days=dated(DAYS_IN_HALVES),
        working_time=dated(WEEKS),
        accounts_since=st.integers(2000, 2100),
        employments=employments(),
        holidays=st.sampled_from(["", "DE", "DE-BE"]),
        language=st.sampled_from(["en", "de", "de-AT"]),
        feed=st.none() | SECRETS,
    )
