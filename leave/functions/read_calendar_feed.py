"""GET and HEAD /calendar/{feed}, a calendar at a secret address."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.adapters.presentation.icalendar import write_calendar
from leave.domain.errors import UnknownFeedError
from leave.functions import cold_start
from leave.functions.http import error_boundary, path_parameter
from leave.functions.replies import reply

if TYPE_CHECKING:
    from datetime import tzinfo

    from leave.functions.http import Event
    from leave.services.read_leave import ReadLeave

_PAST, _AHEAD = timedelta(days=90), timedelta(days=550)
_SUFFIX = ".ics"


@cache
@cold_start
def application() -> tuple[str, ReadLeave]:
    """Build the use case, once in the life of a warm function."""
    return bootstrap.read_calendar_feed(os.environ)


@cache
def time_zone() -> tzinfo:
    """Return the company's time zone, in which a day has its halves."""
    return bootstrap.time_zone(os.environ)


def handler(event: Event, context: Any) -> dict[str, Any]:
    """Return who of the team is away, and nothing more."""
    return error_boundary(context, lambda: _feed(event))


def _feed(event: Event) -> dict[str, Any]:
    domain, leave = application()
    name = path_parameter(event, "feed")
    today = leave.clock.today()
    absences = None
    if name.endswith(_SUFFIX):
        absences = leave.feed(name.removesuffix(_SUFFIX), today - _PAST, today + _AHEAD)
    if absences is None:
        raise UnknownFeedError
    headers = {"cache-control": "private, no-store", "referrer-policy": "no-referrer"}
    body = write_calendar(absences, domain=domain, now=leave.clock.now(), time_zone=time_zone())
    return reply(200, body, content_type="text/calendar; charset=utf-8", headers=headers)
