"""An absence as an entry for somebody's own calendar."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from leave.domain.values import value

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from leave.domain.periods import Period


class Method(StrEnum):
    """What a calendar program is to do with an entry, as RFC 5546 names it."""

    PUBLISH = "PUBLISH"
    CANCEL = "CANCEL"


@value
class CalendarEntry:
    """Leave, called `summary` in its reader's language, as it stands since `at`.

    `sequence` grows with every version of the same `uid`. Half a day is half of it in `time_zone`.
    """

    uid: str
    sequence: int
    method: Method
    period: Period
    summary: str
    at: datetime
    time_zone: tzinfo
