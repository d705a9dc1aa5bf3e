# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false
from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from googleapiclient.errors import HttpError

from tests.emulator.google.callers import (
    SEND_PATH,
    SENDER,
    Gmail,
    bearer,
    call,
    mails,
    mime,
    raw,
)

if TYPE_CHECKING:
    from emulator.google import GoogleStandIn


def refusal(google: GoogleStandIn, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    answer = call(google, "POST", SEND_PATH, body=body, headers=headers or bearer(google))
    return answer.status, answer.json["error"]


def test_a_mail_sent_by_googles_client_can_be_read_part_by_part(
    google: GoogleStandIn, gmail: Gmail
) -> None:
    message = mime(
        subject="Urlaub für Jim", text="Grüße\n", html="<p>Grüße</p>\n", From=f"Leave <{SENDER}>"
    )
    message.add_attachment("BEGIN:VCALENDAR\n", subtype="calendar", filename="leave.ics")

    answer = gmail.send(message)

    (mail,) = mails(google)
    assert answer == {"id": mail["id"], "threadId": mail["threadId"], "labelIds": ["SENT"]}
    assert len(mail["id"]) == 16
    assert int(mail["id"], 16)
    assert mail["from"] == SENDER
    assert mail["to"] == "jim@foo.com"
    assert mail["subject"] == "Urlaub für Jim"
    assert mail["text"] == "Grüße\n"
    assert mail["html"] == "<p>Grüße</p>\n"
    assert mail["headers"]["To"] == "Jim O'Dell <jim@foo.com>"
    assert mail["headers"]["From"] == f"Leave <{SENDER}>"
    assert mail["attachments"] == [
        {"filename": "leave.ics", "content_type": "text/calendar", "text": "BEGIN:VCALENDAR\r\n"}
    ]
    assert "Content-Type: multipart/mixed" in mail["raw"]
    assert mail["sent_at"].endswith("Z")


def test_mails_are_told_oldest_first_and_by_recipient_in_any_case(
    google: GoogleStandIn, gmail: Gmail
) -> None:
    for to, subject in (("Jim@Foo.com", "1"), ("jane@foo.com", "2"), ("jim@foo.com", "3")):
        gmail.send(mime(to=to, subject=subject))

    assert [mail["subject"] for mail in mails(google)] == ["1", "2", "3"]
    assert [mail["subject"] for mail in mails(google, "JIM@foo.com")] == ["1", "3"]
    assert mails(google, "im@foo.com") == []


def test_mails_are_found_by_what_stands_in_their_text(google: GoogleStandIn, gmail: Gmail) -> None:
    for subject, text in (("1", "About R-1."), ("2", "About R-2.")):
        gmail.send(mime(to="jim@foo.com", subject=subject, text=text))
    assert [mail["subject"] for mail in mails(google, "jim@foo.com", "R-2")] == ["2"]
    assert mails(google, "jane@foo.com", "R-2") == []


def test_deleting_the_mails_leaves_none(google: GoogleStandIn, gmail: Gmail) -> None:
    gmail.send(mime())
    assert call(google, "DELETE", "/_fake/messages").status == 204
    assert mails(google) == []


def test_bcc_is_delivered_but_not_shown(google: GoogleStandIn, gmail: Gmail) -> None:
    gmail.send(mime(to="jim@foo.com", Cc="jane@foo.com", Bcc="Secret <hr@foo.com>"))

    (mail,) = mails(google, "hr@foo.com")
    assert "Bcc" not in mail["headers"]
    assert "hr@foo.com" not in mail["raw"]
    assert mails(google, "jane@foo.com") == [mail]


@pytest.mark.parametrize("claimed", ["Boss <boss@foo.com>", f"{SENDER}, boss@foo.com", "nonsense"])
def test_a_foreign_from_becomes_the_mailbox(
    google: GoogleStandIn, gmail: Gmail, claimed: str
) -> None:
    gmail.send(b"From: %s\r\nTo: jim@foo.com\r\n\r\nx" % claimed.encode())
    (mail,) = mails(google)
    assert mail["headers"]["From"] == SENDER
    assert "boss" not in mail["raw"]


def test_two_from_headers_become_one(google: GoogleStandIn, gmail: Gmail) -> None:
    own = f"From: {SENDER}\r\n".encode()
    gmail.send(own + b"From: boss@foo.com\r\nTo: jim@foo.com\r\n\r\nx")
    (mail,) = mails(google)
    assert mail["headers"]["From"] == SENDER


def test_the_message_id_is_googles_and_the_date_is_added(
    google: GoogleStandIn, gmail: Gmail
) -> None:
    gmail.send(mime(Message_ID="<mine@foo.com>"))
    (mail,) = mails(google)
    assert mail["headers"]["Message-ID"].endswith("@mail.gmail.com>")
    assert "mine@foo.com" not in mail["raw"]
    assert mail["headers"]["Date"]


def test_what_is_not_rewritten_stays_byte_for_byte(google: GoogleStandIn, gmail: Gmail) -> None:
    rest = b"X-Odd:  two  spaces\r\n and a fold\r\n\r\nbody \x01 with\ttabs\r\n\r\n"
    sent = gmail.send(b"To: jim@foo.com\r\nBcc: a@foo.com,\r\n b@foo.com\r\n" + rest)
    source = call(google, "GET", f"/inbox/messages/{sent['id']}/source").body
    assert source.endswith(b"To: jim@foo.com\r\n" + rest)


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        (b"Subject: x\r\n\r\nhello", "Recipient address required"),
        (b"To: \r\n\r\nhello", "Recipient address required"),
        (b"To: undisclosed-recipients:;\r\n\r\nhello", "Recipient address required"),
        (b"\r\nTo: jim@foo.com\r\n\r\nhello", "Recipient address required"),
        (b"To: jim@foo\r\n\r\nhello", "Invalid To header"),
        (b"To: jim\r\n\r\nhello", "Invalid To header"),
        (b"To: jim@foo.com\x00\r\n\r\nhello", "Invalid To header"),
        (b"To: jim@foo.com\r\nCc: <jane@@foo.com>\r\n\r\nhello", "Invalid Cc header"),
        (b"To: jim@foo.com\r\nBcc: jane @foo\r\n\r\nhello", "Invalid Bcc header"),
    ],
)
def test_a_mail_nobody_can_get_is_refused_as_gmail_refuses_it(
    google: GoogleStandIn, mail: bytes, said: str
) -> None:
    assert refusal(google, {"raw": raw(mail)}) == (
        400,
        {
            "code": 400,
            "message": said,
            "errors": [{"message": said, "domain": "global", "reason": "invalidArgument"}],
            "status": "INVALID_ARGUMENT",
        },
    )
    assert mails(google) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "parseError"),
        (b"[]", "parseError"),
        (b"", "invalidArgument"),
        ({}, "invalidArgument"),
        ({"raw": ""}, "invalidArgument"),
        ({"raw": 7}, "invalid"),
        ({"raw": "a+b/"}, "invalid"),
        ({"raw": "not base64url!"}, "invalid"),
        ({"raw": "abcde"}, "invalid"),
        ({"raw": "VG8", "threadId": 7}, "invalid"),
        ({"raw": "VG8", "subject": "x"}, "badRequest"),
    ],
)
def test_a_malformed_body_is_a_400_with_a_reason(
    google: GoogleStandIn, body: Any, reason: str
) -> None:
    status, error = refusal(google, body)
    assert status == error["code"] == 400
    assert [entry["reason"] for entry in error["errors"]] == [reason]


def test_base64url_is_read_with_and_without_padding(google: GoogleStandIn) -> None:
    for subject in ("a", "ab", "abc"):
        text = base64.urlsafe_b64encode(f"To: jim@foo.com\nSubject: {subject}\n\n".encode())
        for sent in (text, text.rstrip(b"=")):
            body = {"raw": sent.decode()}
            assert call(google, "POST", SEND_PATH, body=body, headers=bearer(google)).status == 200
    assert [mail["subject"] for mail in mails(google)] == ["a", "a", "ab", "ab", "abc", "abc"]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [({"X": "y"}, "required"), ({"Authorization": "Basic eDp5"}, "required")]
    + [({"Authorization": f"Bearer {token}"}, "authError") for token in ("ya29.unknown", "é")],
)
def test_without_a_good_access_token_nothing_is_sent(
    google: GoogleStandIn, headers: dict[str, str], reason: str
) -> None:
    answer = call(google, "POST", SEND_PATH, body={"raw": raw(mime())}, headers=headers)
    error = answer.json["error"]
    assert (answer.status, error["status"]) == (401, "UNAUTHENTICATED")
    assert error["errors"][0]["reason"] == reason
    assert error["errors"][0]["location"] == "Authorization"
    assert "WWW-Authenticate" in answer.headers
    assert mails(google) == []


def test_an_expired_access_token_is_renewed_by_googles_client(
    google: GoogleStandIn, gmail: Gmail
) -> None:
    gmail.send(mime(subject="before"))
    old = bearer(google)
    assert call(google, "DELETE", "/_fake/access_tokens").status == 204
    assert refusal(google, {"raw": raw(mime())}, **old)[0] == 401
    gmail.send(mime(subject="after"))
    assert [mail["subject"] for mail in mails(google)] == ["before", "after"]


def test_only_the_own_mailbox_can_send(google: GoogleStandIn) -> None:
    token = bearer(google)
    for user, status in ((SENDER, 200), ("LEAVE-BOT%40foo.com", 200), ("boss@foo.com", 403)):
        path = SEND_PATH.replace("/me/", f"/{user}/")
        answer = call(google, "POST", path, body={"raw": raw(mime())}, headers=token)
        assert answer.status == status
    assert len(mails(google)) == 2


def test_an_unknown_thread_is_a_404(google: GoogleStandIn, gmail: Gmail) -> None:
    with pytest.raises(HttpError, match="Requested entity was not found") as refused:
        gmail.send(mime(), thread="0123456789abcdef")
    assert refused.value.resp.status == 404
    assert mails(google) == []


def test_a_mail_over_gmails_limit_is_a_413(google: GoogleStandIn) -> None:
    token = bearer(google)
    body = b'{"raw": "' + b"A" * (36 * 1024 * 1024)
    answer = call(google, "POST", SEND_PATH, body=body, headers=token)
    assert answer.status == answer.json["error"]["code"] == 413
    assert answer.json["error"]["errors"][0]["reason"] == "uploadTooLarge"


def test_a_mail_of_ten_megabytes_is_sent(google: GoogleStandIn) -> None:
    message = b"To: jim@foo.com\r\n\r\n" + b"x" * (10 * 1024 * 1024)
    status = call(
        google, "POST", SEND_PATH, body={"raw": raw(message)}, headers=bearer(google)
    ).status
    assert status == 200
    assert len(mails(google)[0]["text"]) == 10 * 1024 * 1024
