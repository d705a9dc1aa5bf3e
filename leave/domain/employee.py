"""Employees, their employments and entitlements, and their company."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Self

from leave.domain.calendar import Dated, WorkingWeek
from leave.domain.values import Secret, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leave.domain.calendar import Period


EMPLOYEE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
DIRECTORY_LINES = 10_000
"""How many a file of employees can have."""


class Company(Value):
    """`help_contact` is a mail address or an https address; None where there is none."""

    name: str
    help_contact: str | None = None

    @property
    def help_url(self) -> str:
        """The address that a link to the contact leads to."""
        contact = self.help_contact or ""
        return contact if contact.startswith("https://") else f"mailto:{contact}"


class Employment(Value):
    """Days of employment from `start` to `end`, both included; None leaves that side open."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"the end, {self.end}, is before the start, {self.start}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `"2020-01-01/2027-06-30"`; an open side is empty."""
        start, end = (date.fromisoformat(day) if day else None for day in text.split("/"))
        return cls(start=start, end=end)

    def covers(self, first: date, last: date) -> bool:
        """Return whether all days from `first` to `last` belong to this employment."""
        return (self.start is None or self.start <= first) and (
            self.end is None or last <= self.end
        )

    def precedes(self, other: Employment) -> bool:
        """Return whether this employment ends before the other one begins."""
        return self.end is not None and other.start is not None and self.end < other.start

    def adjoins(self, other: Employment) -> bool:
        """Return whether the other employment begins on the day after this one ends."""
        return self.end is not None and self.end + timedelta(days=1) == other.start

    def __str__(self) -> str:
        return f"{self.start or ''}/{self.end or ''}"


class AdministrativeRole(StrEnum):
    """What an employee may do about others, besides those in `leave:admins`, who may do all."""

    ADMIN = "admin"
    READER = "reader"


class Employee(Value):
    """One row of the directory.

    `annual_leave_days` are working days a calendar year. `employments` are in order and do not
    overlap: whoever was hired again has several. `holidays` names a calendar such as `DE-BE`, empty
    for none. `language` is a BCP 47 tag such as `en`. `accounts_since` is the first calendar year
    with leave accounts. `feed` opens the employee's calendar feed. `substitute_id` names who
    decides while this employee is on leave. `role` is None for most.
    """

    employee_id: str
    name: str
    email: str
    lead_id: str | None
    annual_leave_days: Dated[Decimal]
    working_time: Dated[WorkingWeek]
    accounts_since: int
    employments: tuple[Employment, ...] = (Employment(),)
    holidays: str = ""
    language: str = "en"
    feed: Secret | None = None
    substitute_id: str | None = None
    role: AdministrativeRole | None = None

    def __post_init__(self) -> None:
        if not self.employments:
            raise ValueError("an employee must have at least one employment")
        if not all(one.precedes(other) for one, other in pairwise(self.employments)):
            raise ValueError("employments must be in order and must not overlap")

    @property
    def start_date(self) -> date | None:
        """First day of the latest employment."""
        return self.employments[-1].start

    @property
    def end_date(self) -> date | None:
        """Last day of the latest employment."""
        return self.employments[-1].end

    @property
    def joined_employments(self) -> tuple[Employment, ...]:
        """The employments, with those that adjoin made one."""
        joined = [self.employments[0]]
        for employment in self.employments[1:]:
            if joined[-1].adjoins(employment):
                joined[-1] = Employment(start=joined[-1].start, end=employment.end)
            else:
                joined.append(employment)
        return tuple(joined)

    def is_employed(self, period: Period) -> bool:
        """Return whether the employee is employed on every day of the period."""
        return any(one.covers(period.start, period.end) for one in self.joined_employments)

    def is_employed_on(self, day: date) -> bool:
        """Return whether the employee is employed on this day."""
        return any(one.covers(day, day) for one in self.employments)

    def is_employed_in(self, year: int) -> bool:
        """Return whether the employee is employed on a day of this calendar year."""
        return any(
            (one.start is None or one.start.year <= year)
            and (one.end is None or year <= one.end.year)
            for one in self.employments
        )

    def has_left(self, today: date) -> bool:
        """Return whether the latest employment ended before today."""
        return self.end_date is not None and self.end_date < today

    def why_not_employed(self, today: date) -> str:
        """Return that the employee left, or begins later, as the end of a sentence."""
        if self.has_left(today):
            return f"left on {self.end_date}"
        return f"begins to work on {self.start_date}"


_MONTHS = 12
_HALF = Decimal("0.5")


def full_months(year: int, start: date | None, end: date | None) -> range:
    """Return the months of the year that are employed from their first to their last day."""
    first, last = 1, _MONTHS
    if start is not None and start.year >= year:
        first = start.month + (start.day > 1) if start.year == year else _MONTHS + 1
    if end is not None and end.year <= year:
        ends_month = (end + timedelta(days=1)).month != end.month
        last = end.month - (not ends_month) if end.year == year else 0
    return range(first, last + 1)


def entitlement(days: Dated[Decimal], year: int, employments: Iterable[Employment]) -> Decimal:
    """Return the working days of leave for this year, pro rata for those who join or leave.

    Each employment gives leave of its own, rounded by itself; those that adjoin are to be joined
    before.
    """
    return sum((_entitlement(days, year, one.start, one.end) for one in employments), Decimal(0))


def _entitlement(days: Dated[Decimal], year: int, start: date | None, end: date | None) -> Decimal:
    """Return the working days of leave of one employment.

    One twelfth of the days in force for each full month of employment; parts of half a day and
    more are rounded up to a whole day, smaller ones to half a day, so that nobody loses and all is
    counted in halves. After § 5 (1) and (2) of the Federal Holidays Act (BUrlG).
    """
    employed = full_months(year, start, end)
    if len(employed) == _MONTHS and not days.changes:
        return days.first
    months = [days.on(date(year, month, 1)) for month in employed]
    if len(months) == _MONTHS and len(set(months)) == 1:
        return months[0]
    exact = sum(months, Decimal(0)) / _MONTHS
    whole = exact.to_integral_value(ROUND_HALF_UP)
    if whole >= exact:
        return whole
    return (exact / _HALF).to_integral_value(ROUND_CEILING) * _HALF
