"""What the daily sweep needs from the outside, besides what every use case needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from leave.domain.requests import LeaveRequest


@value
class OpenRequest:
    """A request with something left to be done; `cursor` continues after it.

    `approver_id` is who is asked, empty for nobody.
    """

    request: LeaveRequest
    approver_id: str
    cursor: str


class OpenRequests(Protocol):
    """What is left to be done: requests, and adjustments that nobody was mailed about."""

    def after(self, cursor: str, limit: int) -> Sequence[OpenRequest]:
        """Return up to `limit` of them, those of one approver together; none at the end.

        `cursor` is that of the last one seen, or empty to begin.
        """
        ...

    def adjusted(self, after: tuple[str, int] | None, limit: int) -> Sequence[tuple[str, int]]:
        """Return up to `limit` employee ids and years of ledgers with adjustments not mailed.

        `after` is the last one seen, or None to begin; those of one employee stand together.
        """
        ...


@value
class Sweep:
    """How far the sweep of a day has come; `cursor` is that of the last request done.

    `leased_until` keeps a second worker away from a sweep that is being made. `oldest` is the
    longest that an answer has been waited for so far, in working days. `passing` are the ids of
    requests that were being passed on when this was written; mails about them may be missing.
    """

    day: date
    cursor: str = ""
    finished: bool = False
    leased_until: datetime
    oldest: int = 0
    passing: tuple[str, ...] = ()
    version: int = 0


class Sweeps(Protocol):
    """The memory of the daily sweep."""

    def last(self) -> Sweep | None:
        """Return the last sweep that was begun."""
        ...

    def save(self, made: Sweep) -> Sweep:
        """Write how far it has come, and return what was written.

        Raises `ConflictError` when another worker has taken the sweep over.
        """
        ...

    def reminded(self, lead_id: str) -> date | None:
        """Return the day of the last reminder to this lead."""
        ...

    def mark_reminded(self, lead_id: str, day: date) -> None:
        """Remember that this lead was reminded."""
        ...
