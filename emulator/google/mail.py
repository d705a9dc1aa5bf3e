"""A mail as the stand-in keeps it, and its parts as a person or a test reads them."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from emulator.google.headers import Head, split

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage, Message


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A part that is neither the text nor the HTML; `text` is None when it is not text."""

    filename: str | None
    content_type: str
    content: bytes

    @property
    def text(self) -> str | None:
        """The content as text, if it is some."""
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            return None


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The decoded parts of a mail; text and html are "" when there is none."""

    text: str
    html: str
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What is known of a mail besides its text.

    `recipients` are lower-case and include those of Bcc; `sent_at` is ISO 8601 in UTC.
    """

    id: str
    thread_id: str
    sender: str
    recipients: tuple[str, ...]
    sent_at: str


@dataclass(frozen=True)
class Mail:
    """A mail that was sent, with its parts decoded once."""

    envelope: Envelope
    raw: bytes
    head: Head
    parts: Parts

    @classmethod
    def read(cls, envelope: Envelope, raw: bytes) -> Mail:
        """Return the mail in `raw`."""
        return cls(envelope, raw, split(raw)[0], decode(raw))

    @property
    def subject(self) -> str:
        """The readable subject."""
        return self.head.value("Subject")

    @property
    def source(self) -> str:
        """The whole mail as text."""
        return self.raw.decode("utf-8", "replace")

    def headers(self) -> dict[str, str]:
        """Return every header's readable value; those of a repeated one stand on lines."""
        found: dict[str, str] = {}
        for field in self.head.fields:
            value = field.value
            found[field.name] = f"{found[field.name]}\n{value}" if field.name in found else value
        return found

    @cached_property
    def as_json(self) -> dict[str, Any]:
        """What `GET /_fake/messages` tells; `from` and `to` are bare addresses."""
        return {
            "id": self.envelope.id,
            "threadId": self.envelope.thread_id,
            "from": ", ".join(self.head.addresses("From")),
            "to": ", ".join(self.head.addresses("To")),
            "subject": self.subject,
            "text": self.parts.text,
            "html": self.parts.html,
            "headers": self.headers(),
            "raw": self.source,
            "sent_at": self.envelope.sent_at,
            "attachments": [
                {"filename": part.filename, "content_type": part.content_type, "text": part.text}
                for part in self.parts.attachments
            ],
        }


def decode(raw: bytes) -> Parts:
    """Return the decoded parts; a mail the email package cannot read becomes its own text."""
    try:
        message = cast(
            "EmailMessage", email.message_from_bytes(raw, policy=cast("Any", email.policy.default))
        )
        text = message.get_body(("plain",))
        html = message.get_body(("html",))
        rest = [part for part in _leaves(message) if part is not text and part is not html]
        return Parts(
            text=_text(text) if text else "",
            html=_text(html) if html else "",
            attachments=tuple(_attachment(part) for part in rest),
        )
    except Exception:  # noqa: BLE001 - the parser of structured headers fails in many ways
        return Parts(text=raw.decode("utf-8", "replace"), html="", attachments=())


def _leaves(message: Message) -> Iterator[Message]:
    return (part for part in message.walk() if not part.is_multipart())


def _text(part: Message) -> str:
    content = cast("bytes", part.get_payload(decode=True) or b"")
    charset = str(part.get_content_charset("utf-8"))
    try:
        return content.decode(charset, "replace").replace("\r\n", "\n")
    except LookupError:
        return content.decode("utf-8", "replace").replace("\r\n", "\n")


def _attachment(part: Message) -> Attachment:
    return Attachment(
        filename=part.get_filename(),
        content_type=part.get_content_type(),
        content=cast("bytes", part.get_payload(decode=True) or b""),
    )
