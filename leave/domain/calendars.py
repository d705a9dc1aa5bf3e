"""An absence as an entry for somebody's own calendar."""

from __future__ import annotations

import hashlib
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


def calendar_uid(request_id: str, domain: str) -> str:
    """Return the UID of the entry for a request, the same in mails and feeds.

    A digest, since a request id tells its readers to the millisecond when the leave was asked for.
    """
    return f"{hashlib.sha256(request_id.encode()).hexdigest()}@{domain}"


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
