"""Reading query parameters; everything wrong is reported together."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from leave.domain.errors import FieldProblem, MalformedRequestError
from leave.domain.statuses import Status
from leave.functions.limits import (
    DAY,
    DEFAULT_SPAN_DAYS,
    EMPLOYEE_ID,
    FIRST_YEAR,
    ID_LENGTH,
    LAST_YEAR,
    REQUEST_ID,
    SPAN_DAYS,
    UNKNOWN_TOLD,
    YEAR,
)

if TYPE_CHECKING:
    import re

    from leave.functions.events import Event


class Query:
    """The query parameters of a call, of which only the `allowed` may be there."""

    def __init__(self, event: Event, *allowed: str) -> None:
        self._values: dict[str, str] = event.get("queryStringParameters") or {}
        known = f"the parameters are {', '.join(allowed)}" if allowed else "there are no parameters"
        self._problems = [
            FieldProblem(name[:ID_LENGTH], f"unknown; {known}")
            for name in [name for name in self._values if name not in allowed][:UNKNOWN_TOLD]
        ]

    def employee_id(self) -> str | None:
        """Return `employeeId`."""
        return self._matching("employeeId", EMPLOYEE_ID, "must be an employee id such as E002")

    def cursor(self) -> str | None:
        """Return `cursor`, as an earlier answer gave it."""
        return self._matching("cursor", REQUEST_ID, "must be the cursor of an earlier answer")

    def status(self) -> Status | None:
        """Return `status`."""
        value = self._values.get("status")
        if value is None or value in set(Status):
            return Status(value) if value else None
        self._problem("status", f"must be one of {', '.join(Status)}")
        return None

    def year(self) -> int | None:
        """Return `year`."""
        text = self._matching("year", YEAR, "must be a year such as 2027")
        if text is None:
            return None
        if not FIRST_YEAR <= int(text) <= LAST_YEAR:
            self._problem("year", f"must be from {FIRST_YEAR} to {LAST_YEAR}")
            return None
        return int(text)

    def span(self, today: date) -> tuple[date, date]:
        """Return `start` and `end`: from today for 60 days where they are not given."""
        start = self._day("start") or today
        default = start + timedelta(days=DEFAULT_SPAN_DAYS) if start.year < LAST_YEAR else start
        end = self._day("end") or default
        if end < start or (end - start).days > SPAN_DAYS:
            self._problem("end", f"must be from the start to {SPAN_DAYS} days later")
        return start, end

    def check(self) -> None:
        """Raise `MalformedRequestError` with everything that was wrong, if anything was."""
        if self._problems:
            raise MalformedRequestError(*self._problems)

    def _day(self, name: str) -> date | None:
        text = self._matching(name, DAY, "must be a day such as 2027-01-31")
        if text is None:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            self._problem(name, f"is not a day of the calendar: {error}")
            return None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self._problem(name, f"must be from {FIRST_YEAR} to {LAST_YEAR}")
            return None
        return day

    def _matching(self, name: str, pattern: re.Pattern[str], message: str) -> str | None:
        value = self._values.get(name)
        if value is None or pattern.fullmatch(value):
            return value
        self._problem(name, message)
        return None

    def _problem(self, name: str, message: str) -> None:
        self._problems.append(FieldProblem(name, message))
