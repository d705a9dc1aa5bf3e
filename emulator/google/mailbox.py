"""All mails that were sent, oldest first."""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from emulator.google.headers import split
from emulator.google.mail import Envelope, Mail
from emulator.google.submission import submit
from emulator.google.threads import Threads, links

if TYPE_CHECKING:
    from emulator.google.storage import Shelf

_THREADS = "threads.json"


class Mailbox:
    """Takes mails as Gmail does and keeps them; safe for many threads."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._mails_shelf = shelf.sub("mails")
        self._guard = threading.Lock()
        self._threads = Threads()
        self._threads.restore(json.loads(shelf.read(_THREADS) or b"[]"))
        self._mails = [self._load(name) for name in self._mails_shelf.names()]
        self._last_id = int(self._mails[-1].envelope.id, 16) if self._mails else 0
        # Tells a page that it is out of date, also across restarts.
        self._changes = 0
        self._born = secrets.token_hex(4)
        for mail in self._mails:
            self._threads.remember(
                links(mail.envelope.sender, mail.head, own=True), mail.envelope.thread_id
            )

    def send(self, raw: bytes, *, sender: str, thread_id: str | None = None) -> Mail:
        """Send a mail; NotSendableError or UnknownThreadError when Gmail would refuse it."""
        now = datetime.now(UTC)
        submission = submit(raw, sender=sender, now=now)
        head = split(submission.raw)[0]
        with self._guard:
            self._last_id = max(self._last_id + 1, _time_id())
            fresh = f"{self._last_id:016x}"
            thread = self._threads.choose(sender, head, wanted=thread_id, fresh=fresh)
            envelope = Envelope(
                id=fresh,
                thread_id=thread,
                sender=sender,
                recipients=submission.recipients,
                sent_at=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            )
            mail = Mail.read(envelope, submission.raw)
            self._store(mail)
            self._mails.append(mail)
            self._threads.remember(links(sender, head, own=True), thread)
            self._changes += 1
        return mail

    def mails(self, *, to: str | None = None) -> list[Mail]:
        """Return the mails, oldest first; `to` keeps those that went to that address."""
        with self._guard:
            mails = list(self._mails)
        if to is None:
            return mails
        return [mail for mail in mails if to.strip().lower() in mail.envelope.recipients]

    def find(self, mail_id: str) -> Mail | None:
        """Return the mail of that id."""
        return next((mail for mail in self.mails() if mail.envelope.id == mail_id), None)

    def version(self) -> str:
        """Return a text that differs whenever the mails differ."""
        return f"{self._born}-{self._changes}"

    def clear(self) -> None:
        """Forget the mails, not their threads: what is still on its way may name one."""
        with self._guard:
            self._shelf.write(_THREADS, json.dumps(self._threads.as_json()).encode())
            for mail in self._mails:
                self._mails_shelf.remove(mail.envelope.id)
            self._mails.clear()
            self._changes += 1

    def _store(self, mail: Mail) -> None:
        envelope = json.dumps(asdict(mail.envelope)).encode()
        self._mails_shelf.write(mail.envelope.id, envelope + b"\n" + mail.raw)

    def _load(self, name: str) -> Mail:
        first, _, raw = (self._mails_shelf.read(name) or b"").partition(b"\n")
        kept = json.loads(first)
        envelope = Envelope(
            id=kept["id"],
            thread_id=kept["thread_id"],
            sender=kept["sender"],
            recipients=tuple(kept["recipients"]),
            sent_at=kept["sent_at"],
        )
        return Mail.read(envelope, raw)


def _time_id() -> int:
    """Return a number of 16 hexadecimal digits that grows with time, as Gmail's ids do."""
    return (int(time.time() * 1000) << 20) | secrets.randbits(20)
