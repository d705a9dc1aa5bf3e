"""Calendars in the iCalendar format, RFC 5545."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from leave.domain.calendars import Method

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leave.domain.absences import Absence
    from leave.domain.calendars import CalendarEntry
    from leave.domain.periods import Period

_LINE_OCTETS = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def write_calendar(absences: Iterable[Absence], *, domain: str, now: datetime) -> str:
    """Return all-day events that say who is away, and nothing more.

    An event keeps its UID for the life of its request, so edits move it and a cancellation
    removes it. The end is exclusive, as section 3.6.1 has it.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//leave approval//calendar feed//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Who is away",
    ]
    for absence in absences:
        period = absence.booking.period
        half = f" ({period.half_day})" if period.half_day else ""
        lines += [
            "BEGIN:VEVENT",
            f"UID:{absence.booking.request_id}@{domain}",
            f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
            *_days(period),
            f"SUMMARY:{_escape(absence.employee.name)} away{half}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return _written(lines)


def write_entry(entry: CalendarEntry, *, organizer: str) -> str:
    """Return somebody's own leave as one all-day event, published or cancelled.

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
        f"DTSTAMP:{entry.at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"ORGANIZER:mailto:{_escape(organizer)}",
        *_days(entry.period),
        f"SUMMARY:{_escape(entry.summary)}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return _written(lines)


def _days(period: Period) -> tuple[str, str]:
    return (
        f"DTSTART;VALUE=DATE:{period.start:%Y%m%d}",
        f"DTEND;VALUE=DATE:{period.end + timedelta(days=1):%Y%m%d}",
    )


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
