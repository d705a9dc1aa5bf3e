"""Hypothesis strategies for domain values."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from leave.domain.employees import Employee
from leave.domain.periods import HalfDay, Period
from leave.domain.requests import Event, LeaveRequest, Person, Status
from leave.domain.secrets import Secret
from leave.domain.working_time import WorkingWeek

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

FIRST, LAST = date(2025, 12, 1), date(2028, 3, 1)

HALVES = st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)])
WEEKS = st.tuples(*[HALVES] * 7).map(WorkingWeek)
# Everything JSON and DynamoDB can carry; lone surrogates are refused at the door.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = TEXTS.filter(bool)
SECRETS = NAMES.map(Secret)
MOMENTS = st.datetimes(timezones=st.just(UTC))
DAYS_IN_HALVES = st.integers(0, 2 * 366).map(lambda halves: Decimal(halves) / 2)


@st.composite
def periods(draw: DrawFn, longest: int = 40) -> Period:
    """Return whole days or half a day, near turns of the year often enough to matter."""
    start = draw(st.dates(FIRST, LAST) | st.dates(date(2026, 12, 20), date(2027, 1, 10)))
    half = draw(st.none() | st.sampled_from(HalfDay))
    length = 0 if half else draw(st.integers(0, longest))
    return Period(start=start, end=start + timedelta(days=length), half_day=half)


def people() -> SearchStrategy[Person]:
    """Return somebody who takes part in a request."""
    return st.builds(Person, employee_id=NAMES, name=TEXTS)


def events() -> SearchStrategy[Event]:
    """Return an entry of a history."""
    return st.builds(Event, at=MOMENTS, what=TEXTS, who=TEXTS, via=TEXTS, comment=TEXTS)


def requests() -> SearchStrategy[LeaveRequest]:
    """Return a request in any state, sensible or not, with every field varied."""
    return st.builds(
        LeaveRequest,
        request_id=NAMES,
        employee=people(),
        period=periods(),
        working_days=st.dictionaries(st.integers(2000, 2100), DAYS_IN_HALVES, max_size=3),
        history=st.lists(events(), max_size=3).map(tuple),
        leave_type=TEXTS,
        reason=TEXTS,
        status=st.sampled_from(Status),
        version=st.integers(1, 10_000),
        revision=st.integers(1, 100),
        approver=st.none() | people(),
        link_secret=st.none() | SECRETS,
        task_token=st.none() | SECRETS,
        lead_mailed=st.booleans(),
        employee_mailed=st.booleans(),
    )


def employees() -> SearchStrategy[Employee]:
    """Return somebody of the directory, with every field varied."""
    return st.builds(
        Employee,
        employee_id=NAMES,
        name=TEXTS,
        email=st.emails(),
        lead_id=st.none() | NAMES,
        annual_leave_days=DAYS_IN_HALVES,
        working_week=WEEKS,
        start_date=st.none() | st.dates(),
        end_date=st.none() | st.dates(),
        language=st.sampled_from(["en", "de", "de-AT"]),
    )
