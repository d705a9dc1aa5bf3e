"""The MIME form of a mail.

All of it is put together here. The standard library parses each header it is given, of each part
again and again, which took half of the processor time of sending a mail. Sources: RFC 5322,
RFC 2045, RFC 2046, and RFC 2047 for what is not ASCII in a header.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from leave.adapters.icalendar import write_entry

if TYPE_CHECKING:
    from leave.domain.mails import Mail

# Neither quoted-printable nor base64 has `=_`, so no part can hold a boundary.
_OUTER, _INNER = "=_leave_mixed", "=_leave_alternative"
_END: Final = b"\r\n"
_FOLD: Final = "\r\n "
# No quoted parts and no encoded words, which some programs decode where none may be.
_ADDRESS: Final = re.compile(r"(?!.*=\?)[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
# What a name between quotation marks, and a whole subject, can hold as it is, within 78 characters.
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9 !#$%&'*+./@^_`{|}~-]{1,72}")
_PLAIN_SUBJECT: Final = re.compile(r"(?!.*=\?)[!-~][ -~]{0,67}[!-~]")
# RFC 2047, section 2: 75 characters at most, of which 12 say what the others are.
_WORD: Final = "=?utf-8?b?{}?="
_WORD_BYTES: Final = 39


def build_message(
    mail: Mail, *, sender: str, company_domain: str, redirect: str | None = None
) -> bytes:
    """Return the message, to nobody but `redirect` if that is given.

    Gmail overwrites the Message-ID of what its API sends, so a thread is held together by the
    subject and by a `References` id that is the same for all mails of a request. Source:
    https://workspaceupdates.googleblog.com/2019/03/threading-changes-in-gmail-conversation-view.html
    Raises `ValueError` for what can not be in a header.
    """
    headers = {
        "From": f"Leave <{_address(sender)}>",
        # The name says for whom it was, and a name is no address that anything is delivered to.
        "To": f"{_name(f'for {mail.to}')}{_FOLD}<{_address(redirect)}>"
        if redirect
        else _address(mail.to),
        "Subject": _subject(mail.subject),
        # `GMT` is obsolete and must not be written: RFC 5322, section 4.3.
        "Date": format_datetime(datetime.now(UTC)),
        # No In-Reply-To: that would name a mail which the reader never got.
        "References": f"<leave-{mail.thread}@{company_domain}>",
        # Keeps vacation responders quiet: RFC 3834, section 5.
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }
    return b"".join((*(_header(*header) for header in headers.items()), _body(mail, sender)))


def encode_message(message: bytes) -> str:
    """Return the base64url text that the Gmail API takes as `raw`."""
    return base64.urlsafe_b64encode(message).decode("ascii")


def _header(name: str, value: str) -> bytes:
    if not value.replace(_FOLD, "").isprintable():
        raise ValueError(f"{name} contains a line break or a control character")
    return f"{name}: {value}\r\n".encode("ascii")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError("the address of a mail must be plain ASCII")
    return text


def _name(text: str) -> str:
    return f'"{text}"' if _PLAIN_NAME.fullmatch(text) else _encoded(text)


def _subject(text: str) -> str:
    return text if _PLAIN_SUBJECT.fullmatch(text) else _encoded(text)


def _encoded(text: str) -> str:
    """Return encoded words, each on a line of its own, each of whole characters."""
    if "".join(text.splitlines()) != text:
        raise ValueError("a header of the mail contains a line break")
    words = [b""]
    for character in text:
        encoded = character.encode()
        if len(words[-1]) + len(encoded) > _WORD_BYTES:
            words.append(b"")
        words[-1] += encoded
    return _FOLD.join(_WORD.format(base64.b64encode(word).decode()) for word in words)


def _body(mail: Mail, sender: str) -> bytes:
    """Return the text twice; and a calendar entry twice: as what the mail says, and as a file.

    A program that knows calendars offers the alternative, which has to be the last one and to name
    its method (RFC 6047, section 2.4); every other one shows the file.
    """
    texts = (_text("plain", mail.text), _text("html", mail.html))
    if mail.calendar is None:
        return _multipart("alternative", _INNER, *texts)
    entry = write_entry(mail.calendar, organizer=sender).encode()
    encoded = base64.encodebytes(entry).replace(b"\n", _END)
    invitation = f'text/calendar; charset="utf-8"; method={mail.calendar.method.value}'
    file = 'application/ics\r\nContent-Disposition: attachment; filename="leave.ics"'
    return _multipart(
        "mixed",
        _OUTER,
        _multipart("alternative", _INNER, *texts, _base64(invitation, encoded)),
        _base64(file, encoded),
    )


def _text(subtype: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    quoted = binascii.b2a_qp(f"{lines}\n".replace("\n", "\r\n").encode(), istext=True)
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
    return f"{head}Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode() + quoted


def _base64(kind: str, encoded: bytes) -> bytes:
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + encoded


def _multipart(subtype: str, boundary: str, *parts: bytes) -> bytes:
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    between = f"--{boundary}\r\n".encode()
    return b"".join((head, *(between + part + _END for part in parts), between[:-2], b"--", _END))
