"""Whatever bytes arrive as a mail, they are sent or refused, and can be read and shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.google.http import Request
from emulator.google.inbox import Inbox
from emulator.google.mail import join, split
from emulator.google.mailbox import Mailbox, NotSendableError, submit
from emulator.google.storage import FileStore

# A busy machine is no failure.
UNHURRIED = settings(deadline=None)
NAMES = (
    *(b"To", b"tO", b"Cc", b"Bcc", b"From", b"Subject", b"Message-ID", b"References", b"Date"),
    *(b"Content-Type", b"Content-Disposition", b"Content-Transfer-Encoding", b"X", b"", b" "),
)
PIECES = (
    *(b"jim@foo.com", b"<", b">", b'"', b"=?utf-8?q?=ff?=", b"=?x?b?!?=", b",", b";", b"(", b"@"),
    *(b"multipart/mixed; boundary=b", b"text/html; charset=nonsense", b"text/plain", b"\r\n "),
    *(b"base64", b"\xff", b"\x00", b"=?utf-8?b?", b"attachment; filename*=''%FF", b"<a@b>"),
)
SHOWN = Mailbox(FileStore(None))
INBOX = Inbox(SHOWN)
BODIES = (b"", b"--b\r\n\r\nx\r\n--b--", b"<script>", b"--b\r\nContent-Type: a/b")


def written(fields: list[tuple[bytes, list[bytes]]], end: bytes, body: bytes) -> bytes:
    return end.join([*(name + b": " + b"".join(value) for name, value in fields), b"", body])


values = st.lists(st.sampled_from(PIECES), max_size=4)
mails: st.SearchStrategy[bytes] = st.one_of(
    st.binary(max_size=200),
    st.builds(
        written,
        st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=6),
        st.sampled_from([b"\r\n", b"\n"]),
        st.one_of(st.sampled_from(BODIES), st.binary(max_size=50)),
    ),
)


@UNHURRIED
@given(mails)
def test_splitting_and_joining_changes_nothing_but_ends_the_header(raw: bytes) -> None:
    head, end, rest = split(raw)
    again = join(head, end, rest)
    assert again.translate(None, b"\r\n") == raw.translate(None, b"\r\n")
    assert split(again)[0].all("To") == head.all("To")
    assert split(again)[2] == rest


@UNHURRIED
@given(mails)
def test_a_mail_is_sent_or_refused_and_what_is_sent_can_be_told_and_shown(raw: bytes) -> None:
    SHOWN.clear()
    try:
        mail = SHOWN.send(b"To: jim@foo.com\nX-End: of the fold\n" + raw, sender="bot@foo.com")
    except NotSendableError:
        return
    assert "jim@foo.com" in mail.envelope.recipients
    json.dumps(mail.as_json)
    request = Request(method="GET", path="/inbox", query={}, headers={})
    assert INBOX.show(request).status == 200


@UNHURRIED
@given(mails)
def test_gmails_rewriting_leaves_one_from_and_one_message_id(raw: bytes) -> None:
    try:
        sent = submit(raw, sender="bot@foo.com", now=datetime.now(UTC))
    except NotSendableError:
        return
    head = split(sent.raw)[0]
    assert [person.lower() for person in head.addresses("From")] == ["bot@foo.com"]
    assert len(head.ids("Message-ID")) == len(head.all("Message-ID")) == 1
    assert head.all("Bcc") == []
    assert sent.recipients


@UNHURRIED
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_every_text_survives_the_way(subject: str, text: str, html: str) -> None:
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["To"] = "jim@foo.com"
    message["Subject"] = " ".join(subject.encode("utf-8", "replace").decode().split())
    message.set_content(text.encode("utf-8", "replace").decode())
    message.add_alternative(html.encode("utf-8", "replace").decode(), subtype="html")
    mail = Mailbox(FileStore(None)).send(message.as_bytes(), sender="bot@foo.com")
    for kind, read in (("plain", mail.parts.text), ("html", mail.parts.html)):
        part = cast("EmailMessage", message.get_body((kind,)))
        assert read == part.get_content().replace("\r\n", "\n")
