"""The header fields of a mail as bytes, so that what is not changed stays exactly as it came."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.utils import getaddresses

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
