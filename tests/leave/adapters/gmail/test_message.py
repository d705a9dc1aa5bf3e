"""The MIME form: what arrives is what was meant, and nothing can be slipped in."""

import base64
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from leave.adapters.gmail.mailer import build_message, encode_message
from leave.domain.values import replace
from leave.domain.views import CalendarEntry, Mail, Method
from tests.examples import examples
from tests.leave.builders import NOW, a_period

MAIL = Mail(
    to="john@foo.com",
    subject="Leave request from Jim O'Dell: 2027-05-03",
    text="Hello\n",
    html="<p>Hello</p>\n",
    thread="01jd0000000000000000000000",
)
# What the directory lets into a name.
NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn", "Co", "Zs", "Zl", "Zp"])
    | st.just(" "),
    min_size=1,
    max_size=200,
).map(lambda name: " ".join(name.split()))


def built(mail: Mail, **parties: Any) -> bytes:
    """Return the message as Gmail gets it."""
    return build_message(
        mail, **{"sender": "leave-bot@foo.com", "company_domain": "foo.com"} | parties
    )


def received(mail: Mail, *, redirect: str | None = None) -> EmailMessage:
    """Return the message as the other end reads it."""
    raw = base64.urlsafe_b64decode(encode_message(built(mail, redirect=redirect)))
    return message_from_bytes(raw, policy=policy.default)


def read(part: Message) -> str:
    """Return a part's text, with the line ends of this machine instead of those of a mail."""
    text = part.get_content()
    assert "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n", "\n")


def test_a_mail_has_its_headers_once_each() -> None:
    message = received(MAIL)
    assert message["From"] == "Leave <leave-bot@foo.com>"
    assert message["To"] == MAIL.to
    assert message["Subject"] == MAIL.subject
    assert message["Auto-Submitted"] == "auto-generated"
    assert str(message["Date"]).endswith(" +0000"), "GMT is obsolete: RFC 5322, section 4.3"
    assert abs(datetime.now(UTC) - message["Date"].datetime) < timedelta(minutes=1)
    assert len(message.keys()) == len({name.lower() for name in message})


def test_a_mail_has_a_text_and_an_html_part() -> None:
    message = received(replace(MAIL, text="Grüße 🌴\n", html="<p>Grüße 🌴</p>\n"))
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), read(text)) == ("text/plain", "Grüße 🌴\n")
    assert (html.get_content_type(), read(html)) == ("text/html", "<p>Grüße 🌴</p>\n")


def test_all_mails_of_a_request_name_one_root_and_others_another() -> None:
    mails = received(MAIL), received(replace(MAIL, to="jim@foo.com", text="Approved"))
    assert {str(mail["References"]) for mail in mails} == {f"<leave-{MAIL.thread}@foo.com>"}
    assert not any("In-Reply-To" in mail for mail in mails), "nobody sent a mail with that id"
    assert received(replace(MAIL, thread="other"))["References"] == "<leave-other@foo.com>"


def test_a_redirected_mail_goes_to_one_address_and_names_its_reader() -> None:
    message = received(MAIL, redirect="dev@bar.com")
    assert message["To"] == f'"for {MAIL.to}" <dev@bar.com>'
    assert [address.addr_spec for address in message["To"].addresses] == ["dev@bar.com"]
    others = {name: str(text) for name, text in received(MAIL).items() if name != "To"}
    assert others.keys() == {name for name in message if name != "To"}
    assert message["Subject"] == others["Subject"]
    assert message["References"] == others["References"]


@pytest.mark.parametrize(
    "reader",
    [
        'x" <evil@evil.com>, "y@foo.com',
        "x@foo.com>, <evil@evil.com",
        "evil@evil.com, y@foo.com",
        "=?utf-8?q?x=22_=3Cevil=40evil=2Ecom=3E=2C_y?=@foo.com",
        '\\"@foo.com',
        "jörg@foo.com",
        "o'dell+leave@foo.com",
    ],
)
def test_no_reader_of_a_redirected_mail_gets_it(reader: str) -> None:
    message = received(replace(MAIL, to=reader), redirect="dev@bar.com")
    assert [address.addr_spec for address in message["To"].addresses] == ["dev@bar.com"]


@settings(max_examples=examples(few=40, full=100))
@given(name=NAMES)
def test_a_name_in_any_script_arrives_as_it_was(name: str) -> None:
    subject = f"Leave request from {name}: 2027-05-03 to 2027-05-07"
    message = received(replace(MAIL, subject=subject, text=f"{name} asks.\n"))
    assert message["Subject"] == subject
    text, _ = message.iter_parts()
    assert read(text) == f"{name} asks.\n"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028"])
@pytest.mark.parametrize("field", ["subject", "to"])
def test_no_line_end_gets_into_a_header(field: str, end: str) -> None:
    hostile = f"{getattr(MAIL, field)}{end}Bcc: evil@evil.com{end}{end}<script>"
    with pytest.raises(ValueError, match=r"contains a line break|must be plain ASCII"):
        received(replace(MAIL, **{field: hostile}))


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028"])
def test_no_line_end_gets_into_the_header_of_a_redirected_mail(end: str) -> None:
    hostile = replace(MAIL, to=f"{MAIL.to}{end}Bcc: evil@evil.com{end}{end}<script>")
    try:
        message = received(hostile, redirect="dev@bar.com")
    except ValueError:
        return
    assert "Bcc" not in message
    assert [address.addr_spec for address in message["To"].addresses] == ["dev@bar.com"]


@pytest.mark.parametrize(
    "name",
    [
        "=?utf-8?q?x=0D=0ABcc=3A_evil=40evil.com?=",
        "=?utf-8?b?DQpCY2M6IGV2aWxAZXZpbC5jb20=?=",
        "Jim =?us-ascii?q?=0ABcc:x?= =?utf-8?q?=0A=0A?= é",
        "==??utf-8?q?=0A?=",
    ],
)
def test_an_encoded_word_in_a_name_is_shown_and_not_decoded(name: str) -> None:
    subject = f"Leave request from {name}: 2027-05-03"
    message = received(replace(MAIL, subject=subject))
    assert "Bcc" not in message
    assert message["Subject"] == subject


@pytest.mark.parametrize("subject", ["a" * 900 + " Bcc: x", "é" * 300 + "\tBcc: x", "x\x00Bcc: x"])
def test_what_is_folded_does_not_become_a_header(subject: str) -> None:
    mail = replace(MAIL, subject=subject)
    message = built(mail)
    raw = base64.urlsafe_b64decode(encode_message(message))
    assert "Bcc" not in message_from_bytes(raw)
    assert not re.search(rb"^bcc:", raw, re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize(
    "address",
    [
        "=?utf-8?q?x=0D=0ABcc=3A_evil=40evil.com?=@foo.com",
        "=?utf-8?b?DQo=?=@foo.com",
        "jörg@foo.com",
        "john@foo.com, evil@evil.com",
        "John <john@foo.com>",
        '"john"@foo.com',
        "john (evil@evil.com)@foo.com",
        "john",
        "",
    ],
)
@pytest.mark.parametrize("field", ["to", "sender", "redirect"])
def test_nothing_is_sent_to_or_by_what_is_no_plain_address(field: str, address: str) -> None:
    mail = replace(MAIL, to=address) if field == "to" else MAIL
    parties = {} if field == "to" else {field: address or "?"}
    with pytest.raises(ValueError, match="must be plain ASCII"):
        built(mail, **parties)


@pytest.mark.parametrize("field", ["thread", "company_domain"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\u2028"])
def test_no_line_end_gets_into_an_id(field: str, end: str) -> None:
    hostile = f"x{end}Bcc: evil@evil.com"
    mail = replace(MAIL, thread=hostile) if field == "thread" else MAIL
    parties = {field: hostile} if field == "company_domain" else {}
    with pytest.raises(ValueError, match="References contains a line break or a control character"):
        built(mail, **parties)


@settings(max_examples=examples(few=60, full=200))
@given(subject=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300))
def test_a_subject_is_short_lines_of_whole_words_that_any_program_reads(subject: str) -> None:
    mail = replace(MAIL, subject=subject)
    sent = built(mail)
    head, _, _ = sent.partition(b"\r\nDate: ")
    lines = head.partition(b"\r\nSubject: ")[2].decode("ascii").split("\r\n ")
    if lines == [subject]:
        assert len("Subject: ") + len(subject) <= 78
        return
    assert all(len(word) <= 76 - len("Subject: ") for word in lines)
    words = [re.fullmatch(r"=\?utf-8\?b\?([A-Za-z0-9+/]*={0,2})\?=", line) for line in lines]
    # RFC 2047, section 5: each word is of whole characters.
    assert "".join(base64.b64decode(word[1]).decode() for word in words if word) == subject
    assert all(words)
    assert str(make_header(decode_header("\r\n ".join(lines)))) == subject


@pytest.mark.parametrize(
    "subject", [" a", "a ", "a  b", "=?", "a =?utf-8?q?b?= c", "x" * 69, "x" * 70, "a", "", "–"]
)
def test_a_subject_arrives_to_the_last_space(subject: str) -> None:
    assert received(replace(MAIL, subject=subject))["Subject"] == subject


def test_a_hostile_body_stays_in_its_part() -> None:
    hostile = "Hello\r\n--===============1==\r\nContent-Type: text/html\r\n\r\n.\r\n"
    message = received(replace(MAIL, text=hostile, html=hostile))
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


@settings(max_examples=examples(few=60, full=200))
@given(text=st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(".\n\r -=_\t")))
def test_a_body_arrives_as_it_was_with_the_line_ends_of_a_mail(text: str) -> None:
    deserialize, html = received(replace(MAIL, text=text, html=text)).iter_parts()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    arrived = f"{lines}\n".replace("\n", "\r\n").encode()
    assert deserialize.get_payload(decode=True) == html.get_payload(decode=True) == arrived


def test_every_line_is_short_and_seven_bit() -> None:
    mail = replace(MAIL, subject="ü" * 200, text="ü" * 5_000 + "\n", html="x" * 5_000 + "\n")
    for one in (mail, with_entry()):
        raw = built(one)
        assert raw.isascii()
        assert max(map(len, raw.split(b"\r\n"))) <= 78
        assert b"\n" not in raw.replace(b"\r\n", b"")


def test_the_raw_text_is_base64url_as_gmail_takes_it() -> None:
    message = built(replace(MAIL, text="\u00ff\u00fe?>" * 50))
    assert re.fullmatch(r"[A-Za-z0-9_-]+=*", encode_message(message))


def with_entry(method: Method = Method.PUBLISH) -> Mail:
    entry = CalendarEntry(
        uid="01jd@foo.com",
        sequence=2,
        method=method,
        period=a_period("2027-05-03", "2027-05-07"),
        summary="Urlaub 🌴",
        at=NOW,
        time_zone=UTC,
    )
    return replace(MAIL, calendar=entry)


@pytest.mark.parametrize("method", Method)
def test_an_entry_comes_as_the_last_alternative_and_as_a_file(method: Method) -> None:
    message = received(with_entry(method))
    assert message.get_content_type() == "multipart/mixed"
    alternatives, file = message.iter_parts()
    kinds = [part.get_content_type() for part in alternatives.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    calendar = list(alternatives.iter_parts())[-1]
    assert calendar["Content-Type"].params["method"] == method.value
    assert calendar["Content-Type"].params["charset"] == "utf-8"
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "leave.ics")
    assert file.get_content_disposition() == "attachment"
    assert read(calendar).replace("\n", "\r\n").encode() == file.get_content()


def test_an_entry_can_be_read_and_names_the_sender_as_its_organizer() -> None:
    _, file = received(with_entry()).iter_parts()
    (event,) = Calendar.from_ical(file.get_content()).walk("VEVENT")
    assert event["SUMMARY"] == "Urlaub 🌴"
    assert event["ORGANIZER"] == "mailto:leave-bot@foo.com"


def test_a_mail_with_an_entry_keeps_its_headers() -> None:
    message = received(with_entry())
    assert message["Subject"] == MAIL.subject
    assert len(message.keys()) == len({name.lower() for name in message})
