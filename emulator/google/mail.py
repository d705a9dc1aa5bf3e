"""Mails and their header fields, as a mail program reads them."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.utils import getaddresses
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

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


_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_ID = re.compile(r"<[^<>\s]+>")


@dataclass(frozen=True)
class Field:
    """One header field; `line` is the whole of it, folded lines and line ends included."""

    line: bytes

    @property
    def name(self) -> str:
        """The name as it was written."""
        return self.line.partition(b":")[0].decode("ascii", "replace").strip()

    @property
    def encoded(self) -> str:
        """The value unfolded, encoded words (RFC 2047) left as they are."""
        value = self.line.partition(b":")[2].decode("utf-8", "replace")
        return _FOLD.sub(" ", value).strip()

    @property
    def value(self) -> str:
        """The value as a person reads it."""
        return _decoded(self.encoded)


@dataclass(frozen=True)
class Head:
    """The header fields of one mail, in order."""

    fields: tuple[Field, ...]

    def all(self, name: str) -> list[Field]:
        """Return every field of that name, whatever its case."""
        return [field for field in self.fields if field.name.lower() == name.lower()]

    def people(self, name: str) -> list[tuple[str, str]]:
        """Return display name ("" without one) and bare address of everybody in those fields."""
        found = getaddresses([field.encoded for field in self.all(name)])
        return [(_decoded(person), address) for person, address in found if address]

    def addresses(self, name: str) -> list[str]:
        """Return the bare addresses in the fields of that name."""
        return [address for _, address in self.people(name)]

    def value(self, name: str) -> str:
        """Return the readable value of the first field of that name, "" without one."""
        return next((field.value for field in self.all(name)), "")

    def ids(self, *names: str) -> list[str]:
        """Return the message ids (with their angle brackets) in the fields of those names."""
        fields = (field for name in names for field in self.all(name))
        return [found for field in fields for found in _ID.findall(field.encoded)]


def _decoded(text: str) -> str:
    try:
        return str(make_header(decode_header(text)))
    except (MessageError, LookupError, ValueError):
        return text


def split(raw: bytes) -> tuple[Head, bytes, bytes]:
    """Return the header fields, the line end to use for new ones, and the body of a mail."""
    fields: list[bytes] = []
    position = 0
    while position < len(raw):
        end = raw.find(b"\n", position) + 1 or len(raw)
        line = raw[position:end]
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += line
        elif _FIELD.match(line):
            fields.append(line)
        else:
            # A line that is no field ends the header, as the email package sees it, too.
            position = position if line.strip(b"\r\n") else end
            break
        position = end
    newline = b"\r\n" if b"\r\n" in raw else b"\n"
    return Head(tuple(Field(line) for line in fields)), newline, raw[position:]


def join(head: Head, newline: bytes, body: bytes) -> bytes:
    """Return the mail again."""
    lines = [
        field.line if field.line[-1:] == b"\n" else field.line + newline for field in head.fields
    ]
    return b"".join(lines) + newline + body
