"""What Gmail does to a mail it is handed: checks its recipients and rewrites some of its header."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from emulator.google.google_errors import GmailError, invalid_argument
from emulator.google.headers import Field, Head, join, split

if TYPE_CHECKING:
    from datetime import datetime

_ATOM = r"[^\s\x00-\x1f\x7f@<>()\[\],;:\"]+"
_LABEL = r"[^\s\x00-\x1f\x7f@<>()\[\],;:\".]+"
_ADDRESS = re.compile(rf"{_ATOM}@{_LABEL}(\.{_LABEL})+")
_REWRITTEN = {"bcc", "message-id"}


class NotSendableError(Exception):
    """Gmail refuses the mail for good; carries its error."""

    def __init__(self, error: GmailError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A mail as Gmail passes it on: `recipients` are lower-case, Bcc ones included."""

    raw: bytes
    recipients: tuple[str, ...]


def submit(raw: bytes, *, sender: str, now: datetime) -> Submission:
    """Return the mail as Gmail would send it for `sender`; NotSendableError when it would not.

    Gmail drops Bcc, puts an id of its own in place of Message-ID, and replaces a From that is not
    the sender's own address.
    """
    head, newline, body = split(raw)
    recipients = _recipients(head)
    own = [address.lower() for address in head.addresses("From")] == [sender.lower()]
    dropped = _REWRITTEN if own and len(head.all("From")) == 1 else {*_REWRITTEN, "from"}
    fields = [field for field in head.fields if field.name.lower() not in dropped]
    added = [f"Message-ID: <CA+{secrets.token_urlsafe(30)}@mail.gmail.com>"]
    if "from" in dropped:
        added.append(f"From: {sender}")
    if not head.all("Date"):
        added.append(f"Date: {format_datetime(now)}")
    new = Head((*(Field(line.encode("utf-8", "replace")) for line in added), *fields))
    return Submission(raw=join(new, newline, body), recipients=recipients)


def _recipients(head: Head) -> tuple[str, ...]:
    found: list[str] = []
    for name in ("To", "Cc", "Bcc"):
        addresses = head.addresses(name)
        unreadable = not addresses and any("@" in field.encoded for field in head.all(name))
        if unreadable or not all(_ADDRESS.fullmatch(address) for address in addresses):
            raise NotSendableError(invalid_argument(f"Invalid {name} header"))
        found.extend(address.lower() for address in addresses)
    if not found:
        raise NotSendableError(invalid_argument("Recipient address required"))
    return tuple(dict.fromkeys(found))
