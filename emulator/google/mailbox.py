"""The mailbox: what Gmail changes in a mail, the sent mails, their threads."""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from emulator.google.http import GmailError, invalid_argument
from emulator.google.mail import Envelope, Field, Head, Mail, join, split

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulator.google.storage import FileStore

_THREADS = "threads.json"


class Mailbox:
    """Takes mails as Gmail does and keeps them; safe for many threads."""

    def __init__(self, store: FileStore) -> None:
        self._files = store
        self._mail_files = store.sub("mails")
        self._guard = threading.Lock()
        self._threads = Threads()
        self._threads.restore(json.loads(store.read(_THREADS) or b"[]"))
        self._mails = [self._load(name) for name in self._mail_files.names()]
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
            self._files.write(_THREADS, json.dumps(self._threads.as_json()).encode())
            for mail in self._mails:
                self._mail_files.remove(mail.envelope.id)
            self._mails.clear()
            self._changes += 1

    def _store(self, mail: Mail) -> None:
        envelope = json.dumps(asdict(mail.envelope)).encode()
        self._mail_files.write(mail.envelope.id, envelope + b"\n" + mail.raw)

    def _load(self, name: str) -> Mail:
        first, _, raw = (self._mail_files.read(name) or b"").partition(b"\n")
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


_PREFIX = re.compile(r"^\s*(re|fwd?|aw|wg)\s*:\s*", re.IGNORECASE)


class UnknownThreadError(Exception):
    """The sender's mailbox has no thread of that id."""


@dataclass(frozen=True)
class Link:
    """What ties a mail to a thread: whose mailbox, which subject, which id."""

    owner: str
    subject: str
    message_id: str


class Threads:
    """The threads of every mailbox that sent something; outlives the mails themselves."""

    def __init__(self) -> None:
        self._by_link: dict[Link, str] = {}
        self._ids: dict[str, set[str]] = {}

    def choose(self, owner: str, head: Head, *, wanted: str | None, fresh: str) -> str:
        """Return the thread a mail belongs to: `wanted` if it fits, a known one, else `fresh`.

        UnknownThreadError when `wanted` is no thread of `owner`.
        """
        if wanted is not None and wanted not in self._ids.get(owner.lower(), set()):
            raise UnknownThreadError(wanted)
        known = [
            self._by_link[link] for link in links(owner, head, own=False) if link in self._by_link
        ]
        if wanted in known:
            return wanted
        return known[0] if known and wanted is None else fresh

    def remember(self, links: Iterable[Link], thread_id: str) -> None:
        """Let later mails with one of `links` join `thread_id`."""
        for link in links:
            self._by_link.setdefault(link, thread_id)
            self._ids.setdefault(link.owner, set()).add(thread_id)

    def as_json(self) -> list[list[str]]:
        """Return everything known, for `restore`."""
        return [
            [link.owner, link.subject, link.message_id, thread]
            for link, thread in self._by_link.items()
        ]

    def restore(self, entries: list[list[str]]) -> None:
        """Know again what `as_json` returned."""
        for owner, subject, message_id, thread in entries:
            self.remember([Link(owner, subject, message_id)], thread)


def links(owner: str, head: Head, *, own: bool) -> list[Link]:
    """Return the links of a mail; `own` adds the one by its own Message-ID."""
    subject = head.value("Subject").strip()
    while (bare := _PREFIX.sub("", subject)) != subject:
        subject = bare
    ids = head.ids("References", "In-Reply-To", *(("Message-ID",) if own else ()))
    return [Link(owner.lower(), subject, found) for found in dict.fromkeys(ids)]


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
