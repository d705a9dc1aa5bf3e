from __future__ import annotations

from email.message import EmailMessage

import pytest

from emulator.google.mail import decode


def test_an_attachment_that_is_no_text_has_none() -> None:
    message = EmailMessage()
    message.set_content("hello")
    message.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg", filename="a.jpg")
    (file,) = decode(message.as_bytes()).attachments
    assert (file.filename, file.content_type, file.text) == ("a.jpg", "image/jpeg", None)
    assert file.content == b"\xff\xd8"


def test_a_calendar_among_the_alternatives_counts_as_an_attachment() -> None:
    message = EmailMessage()
    message.set_content("hello")
    message.add_alternative("<p>hello</p>", subtype="html")
    message.add_alternative("BEGIN:VCALENDAR\n", subtype="calendar")
    parts = decode(message.as_bytes())
    assert (parts.text, parts.html) == ("hello\n", "<p>hello</p>\n")
    assert [(file.content_type, file.text) for file in parts.attachments] == [
        ("text/calendar", "BEGIN:VCALENDAR\n")
    ]


@pytest.mark.parametrize("charset", ["nonsense", "utf-8", "", '"'])
def test_an_unknown_charset_is_read_as_utf_8(charset: str) -> None:
    raw = f"Content-Type: text/plain; charset={charset}\n\nGrüße".encode()
    assert decode(raw).text == "Grüße"


def test_a_known_charset_is_honoured() -> None:
    raw = b"Content-Type: text/plain; charset=latin-1\n\nGr\xfc\xdfe"
    assert decode(raw).text == "Grüße"


def test_a_mail_the_email_package_chokes_on_is_its_own_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def choke(*_: object, **__: object) -> None:
        raise IndexError("list index out of range")

    monkeypatch.setattr("emulator.google.mail.email.message_from_bytes", choke)
    parts = decode(b"Subject: x\n\nhello\xff")
    assert parts.text == "Subject: x\n\nhello\N{REPLACEMENT CHARACTER}"
    assert (parts.html, parts.attachments) == ("", ())
