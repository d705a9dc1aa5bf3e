"""A mail, before any technology sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.values import value

if TYPE_CHECKING:
    from leave.domain.calendars import CalendarEntry


@value
class Mail:
    """One message with a text and an HTML part, and maybe an entry for the reader's calendar.

    `thread` is the same for every mail of one request, so that they stand together in Gmail.
    """

    to: str
    subject: str
    text: str
    html: str
    thread: str
    calendar: CalendarEntry | None = None
