"""Mails as the inbox page shows them."""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator.google.mail import Mail

_HUES = 8
_SNIPPET = 140


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who wrote or got a mail; `name` is "" when only the address is known."""

    name: str
    address: str

    @property
    def label(self) -> str:
        """What to call them."""
        return self.name or self.address

    @property
    def initials(self) -> str:
        """One or two letters for the coloured disc."""
        words = (self.name or self.address.partition("@")[0].replace(".", " ")).split()
        letters = [word[0] for word in words if word[0].isalnum()]
        return "".join(letters[:1] + letters[1:][-1:]).upper() or "?"

    @property
    def hue(self) -> int:
        """A number from 0 to 7, the same for the same address."""
        return zlib.crc32(self.address.lower().encode("utf-8", "replace")) % _HUES


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """One recipient and how many mails they got."""

    owner: Person
    count: int

    @property
    def href(self) -> str:
        """The page that shows it."""
        return page(self.owner.address)


@dataclass(frozen=True, kw_only=True)
class Thread:
    """One conversation within a mailbox, oldest mail first."""

    id: str
    mails: tuple[Mail, ...]
    mailbox: str

    @property
    def latest(self) -> Mail:
        """The newest mail."""
        return self.mails[-1]

    @property
    def subject(self) -> str:
        """The subject all of its mails share."""
        return self.latest.subject or "(no subject)"

    @property
    def href(self) -> str:
        """The page that shows it."""
        return page(self.mailbox, self.id)

    @property
    def has_attachments(self) -> bool:
        """Whether any of its mails carries a file."""
        return any(part.filename for mail in self.mails for part in mail.parts.attachments)


def page(mailbox: str = "", thread: str = "") -> str:
    """Return the address of the inbox page for a mailbox ("" for all) and a thread."""
    query = {"mailbox": mailbox, "thread": thread}
    chosen = urlencode({name: value for name, value in query.items() if value})
    return f"/inbox?{chosen}" if chosen else "/inbox"


def sender(mail: Mail) -> Person:
    """Return who wrote the mail."""
    name, address = next(iter(mail.head.people("From")), ("", mail.envelope.sender))
    return Person(name=name, address=address)


def addressees(mail: Mail) -> list[Person]:
    """Return who the mail says it went to."""
    return [
        Person(name=name, address=address)
        for field in ("To", "Cc")
        for name, address in mail.head.people(field)
    ]


def snippet(mail: Mail) -> str:
    """Return the beginning of a mail in one line."""
    text = mail.parts.text or "(HTML only)"
    return " ".join(text[: _SNIPPET * 4].split())[:_SNIPPET]


def mailboxes(mails: Sequence[Mail]) -> list[Mailbox]:
    """Return everybody who got a mail, by name."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    for mail in mails:
        for recipient in mail.envelope.recipients:
            counts[recipient] = counts.get(recipient, 0) + 1
        for person in addressees(mail):
            names[person.address.lower()] = person.name or names.get(person.address.lower(), "")
    found = [
        Mailbox(owner=Person(name=names.get(address, ""), address=address), count=count)
        for address, count in counts.items()
    ]
    return sorted(found, key=lambda mailbox: mailbox.owner.label.lower())


def threads(mails: Sequence[Mail], mailbox: str) -> list[Thread]:
    """Return the conversations among `mails`, the one with the newest mail first."""
    ordered = sorted(mails, key=lambda mail: (mail.envelope.thread_id, mail.envelope.id))
    found = [
        Thread(id=thread_id, mails=tuple(group), mailbox=mailbox)
        for thread_id, group in groupby(ordered, key=lambda mail: mail.envelope.thread_id)
    ]
    return sorted(found, key=lambda thread: thread.latest.envelope.id, reverse=True)


def moment(sent_at: str, *, long: bool = False, now: datetime | None = None) -> str:
    """Return when a mail was sent, in this machine's time zone: the hour today, else the day."""
    then = datetime.fromisoformat(sent_at).astimezone()
    today = (now or datetime.now(UTC)).astimezone().date()
    if long:
        return f"{then:%a} {then.day} {then:%b %Y, %H:%M:%S}"
    return f"{then:%H:%M}" if then.date() == today else f"{then.day} {then:%b}"


_COLUMNS = 64
_LINE_PIXELS = 24
_GAP_PIXELS = 10
_BLOCK_PIXELS = 34
_MARGIN_PIXELS = 140
_BLOCK = re.compile(r"<(?:p|tr|li|br|hr|pre|blockquote|h[1-6])\b", re.IGNORECASE)
# An address is a whole line of text where the HTML has a button.
_ADDRESS = re.compile(r"https?://\S+")
_FRAME_PIXELS = range(220, 1400)


def frame_height(mail: Mail) -> int:
    """Return a guess, from lines and paragraphs, of how many pixels a mail's HTML is high.

    The page cannot measure it: looking into the sandbox is what the sandbox forbids.
    """
    rows = [_ADDRESS.sub("", row).strip() for row in mail.parts.text.splitlines()]
    text = sum(math.ceil(len(row) / _COLUMNS) * _LINE_PIXELS or _GAP_PIXELS for row in rows)
    blocks = len(_BLOCK.findall(mail.parts.html)) * _BLOCK_PIXELS
    guess = _MARGIN_PIXELS + max(text, blocks)
    return min(max(guess, _FRAME_PIXELS.start), _FRAME_PIXELS.stop)
