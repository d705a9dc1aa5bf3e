"""Whatever bytes arrive as a mail, they are sent or refused, and can be read and shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.policy import SMTP
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from emulator.google.exchange import Request
from emulator.google.headers import join, split
from emulator.google.inbox import Inbox
from emulator.google.mailbox import Mailbox
from emulator.google.storage import Shelf
from emulator.google.submission import NotSendableError, submit

NAMES = [b"To", b"tO", b"Cc", b"Bcc", b"From", b"Subject", b"Message-ID", b"References", b"Date"]
NAMES += [b"Content-Type", b"Content-Disposition", b"Content-Transfer-Encoding", b"X", b"", b" "]
PIECES = [
    b"jim@foo.com",
    b"<",
    b">",
    b'"',
    b"=?utf-8?q?=ff?=",
    b"=?x?b?!?=",
    b",",
    b";",
    b"(",
    b"@",
]
PIECES += [b"multipart/mixed; boundary=b", b"text/html; charset=nonsense", b"text/plain", b"\r\n "]
PIECES += [b"base64", b"\xff", b"\x00", b"=?utf-8?b?", b"attachment; filename*=''%FF", b"<a@b>"]
value = st.lists(st.sampled_from(PIECES), max_size=4).map(b"".join)
field = st.tuples(st.sampled_from(NAMES), value).map(lambda pair: pair[0] + b": " + pair[1])
newline = st.sampled_from([b"\r\n", b"\n"])
body = st.sampled_from([b"", b"--b\r\n\r\nx\r\n--b--", b"<script>", b"--b\r\nContent-Type: a/b"])
mails = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda fields, end, rest: end.join([*fields, b"", b""]) + rest,
        st.lists(field, max_size=6),
        newline,
        st.one_of(body, st.binary(max_size=50)),
    ),
)


@given(mails)
def test_splitting_and_joining_changes_nothing_but_the_missing_blank_line(raw: bytes) -> None:
    head, end, rest = split(raw)
    again = join(head, end, rest)
    assert split(again) == (head, b"\r\n" if b"\r\n" in again else b"\n", rest)
    if head.fields:
        assert again.replace(end, b"").endswith(rest.replace(end, b""))


@given(mails)
def test_a_mail_is_sent_or_refused_and_what_is_sent_can_be_told_and_shown(raw: bytes) -> None:
    mailbox = Mailbox(Shelf(None))
    try:
        mail = mailbox.send(b"To: jim@foo.com\n" + raw, sender="bot@foo.com")
    except NotSendableError as refused:
        assert refused.error.code == 400
        return
    assert "jim@foo.com" in mail.envelope.recipients
    json.dumps(mail.as_json())
    request = Request(method="GET", path="/inbox", query={}, headers={})
    assert Inbox(mailbox).show(request).status == 200


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


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_every_text_survives_the_way(subject: str, text: str, html: str) -> None:
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["To"] = "jim@foo.com"
    written = " ".join(subject.split())
    message["Subject"] = written.encode("utf-8", "replace").decode()
    message.set_content(text.encode("utf-8", "replace").decode())
    message.add_alternative(html.encode("utf-8", "replace").decode(), subtype="html")
    mail = Mailbox(Shelf(None)).send(message.as_bytes(), sender="bot@foo.com")
    assert mail.parts.text == message.get_body(("plain",)).get_content()  # pyright: ignore
    assert mail.parts.html == message.get_body(("html",)).get_content()  # pyright: ignore
