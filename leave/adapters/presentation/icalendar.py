"""Calendars in the iCalendar format, RFC 5545."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from leave.domain.calendar import HalfDay
from leave.domain.views import Method, calendar_uid

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from leave.domain.calendar import Period
    from leave.domain.ledger import Absence
    from leave.domain.views import CalendarEntry


_LINE_OCTETS = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def write_calendar(
    absences: Iterable[Absence], *, domain: str, now: datetime, time_zone: tzinfo
) -> str:
    """Return events that say who is away, and nothing more.

    An event keeps its UID for the life of its request, so edits move it and a cancellation
    removes it. Half a day is half of it in `time_zone`.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//leave approval//calendar feed//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Absences of the team",
    ]
    for absence in absences:
        period = absence.booking.period
        half = f" ({period.half_day})" if period.half_day else ""
        lines += [
            "BEGIN:VEVENT",
            f"UID:{calendar_uid(absence.booking.request_id, domain)}",
            f"DTSTAMP:{_moment(now)}",
            *_days(period, time_zone),
            f"SUMMARY:{_escape(absence.employee.name)} away{half}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return _written(lines)


def write_entry(entry: CalendarEntry, *, organizer: str) -> str:
    """Return somebody's own leave as one event, published or cancelled.

    RFC 5546, sections 3.2.1 and 3.2.5, ask for an organizer, which is the mailbox `organizer`.
    """
    cancelled = entry.method is Method.CANCEL
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//leave approval//leave//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{entry.method.value}",
        "BEGIN:VEVENT",
        f"UID:{_escape(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{_moment(entry.at)}",
        f"ORGANIZER:mailto:{_escape(organizer)}",
        *_days(entry.period, entry.time_zone),
        f"SUMMARY:{_escape(entry.summary)}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return _written(lines)


def _days(period: Period, time_zone: tzinfo) -> tuple[str, str]:
    """Return start and end: whole days as dates, with a half as moments that end or begin at noon.

    The end is exclusive, as section 3.6.1 has it.
    """
    after = period.end + timedelta(days=1)
    at_noon = period.halves_on(period.start) == frozenset((HalfDay.AFTERNOON,))
    to_noon = period.halves_on(period.end) == frozenset((HalfDay.MORNING,))
    if not (at_noon or to_noon):
        return f"DTSTART;VALUE=DATE:{period.start:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}"
    # A midnight that the clocks leave out becomes the first moment after it.
    first = datetime.combine(period.start, time(12 if at_noon else 0), time_zone)
    last_day, hour = (period.end, 12) if to_noon else (after, 0)
    last = datetime.combine(last_day, time(hour), time_zone)
    return f"DTSTART:{_moment(first)}", f"DTEND:{_moment(last)}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _written(lines: Iterable[str]) -> str:
    return "".join([f"{_folded(line)}\r\n" for line in lines])


def _escape(text: str) -> str:
    return text.translate(_ESCAPES)


def _folded(line: str) -> str:
    """Return a line in pieces of at most 75 octets, each but the first begun by a space."""
    if len(line) <= _LINE_OCTETS and line.isascii():
        return line
    pieces, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _LINE_OCTETS:
            pieces.append(" ")
            size = 1
        pieces[-1], size = pieces[-1] + character, size + octets
    return "\r\n".join(pieces)
