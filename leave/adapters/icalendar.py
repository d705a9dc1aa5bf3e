"""Calendars in the iCalendar format, RFC 5545."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leave.domain.absences import Absence

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
            f"DTSTART;VALUE=DATE:{period.start:%Y%m%d}",
            f"DTEND;VALUE=DATE:{period.end + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escape(absence.employee.name)} away{half}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _fold(line))


def _escape(text: str) -> str:
    return text.translate(_ESCAPES)


def _fold(line: str) -> Iterable[str]:
    """Split a line into pieces of at most 75 octets, each but the first begun by a space."""
    piece, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _LINE_OCTETS:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + octets
    yield piece
