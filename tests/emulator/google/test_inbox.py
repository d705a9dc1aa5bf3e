from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from emulator.google.conversations import Person, moment
from tests.emulator.google.callers import Answer, Gmail, call, mime

if TYPE_CHECKING:
    from emulator.google import GoogleStandIn

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
VOID = {"meta", "link", "br", "img", "path", "rect", "base", "input", "hr"}


class Page(HTMLParser):
    """The elements of a page with their attributes, and its visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("script", "style"):
            self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def links(self) -> list[str]:
        return [str(link["href"]) for link in self.all("a")]


def inbox(google: GoogleStandIn, **query: str) -> Page:
    answer = call(google, "GET", f"/inbox?{urlencode(query)}")
    assert answer.status == 200, answer.text
    return Page(answer.text)


def part(google: GoogleStandIn, mail: dict[str, Any], which: str) -> Answer:
    return call(google, "GET", f"/inbox/messages/{mail['id']}/{which}")


def test_the_root_leads_to_the_inbox(google: GoogleStandIn) -> None:
    answer = call(google, "GET", "/")
    assert (answer.status, answer.headers["Location"]) == (302, "/inbox")


def test_an_empty_inbox_says_so(google: GoogleStandIn) -> None:
    assert "No mails yet" in inbox(google).words
    assert "No mails yet" in inbox(google, mailbox="jim@foo.com").words
    assert "This conversation is gone" in inbox(google, thread="1" * 16).words


def test_mailboxes_and_conversations_are_listed(google: GoogleStandIn, gmail: Gmail) -> None:
    jims = gmail.send(mime(to="Jim O'Dell <jim@foo.com>", subject="For Jim"))
    janes = gmail.send(mime(to="jane@foo.com", subject="For Jane"))

    page = inbox(google)
    assert {"/inbox?mailbox=jim%40foo.com", "/inbox?mailbox=jane%40foo.com"} <= set(page.links())
    assert page.words.index("For Jane") < page.words.index("For Jim")
    assert "Jim O'Dell" in page.words

    jim = inbox(google, mailbox="JIM@foo.com")
    assert "For Jane" not in jim.words
    assert f"/inbox?mailbox=jim%40foo.com&thread={jims['threadId']}" in jim.links()
    opened = inbox(google, mailbox="jane@foo.com", thread=janes["threadId"])
    assert "For Jim" not in opened.words


def test_a_conversation_shows_its_mails_oldest_first_and_the_last_one_open(
    google: GoogleStandIn, gmail: Gmail
) -> None:
    root = "<lv-1@leave.foo.com>"
    sent = [gmail.send(mime(text=text, References=root)) for text in ("first one", "second one")]
    page = inbox(google, thread=sent[0]["threadId"])
    read = page.words.rpartition("All conversations")[2]
    assert read.index("first one") < read.index("second one")
    mails = [entry for entry in page.all("details") if entry.get("class") == "mail"]
    assert ["open" in mail for mail in mails] == [False, True]


def test_the_html_is_shown_in_a_sandbox_that_opens_links_in_new_tabs(
    google: GoogleStandIn, gmail: Gmail
) -> None:
    html = '<p style="color:red">Hello</p><a href="http://127.0.0.1:1/approve">Approve</a>'
    gmail.send(mime(html=html))
    (frame,) = inbox(google).all("iframe")
    assert frame["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    document = str(frame["srcdoc"])
    assert '<base target="_blank">' in document
    assert html in document


def test_nothing_in_a_mail_becomes_part_of_the_page(google: GoogleStandIn, gmail: Gmail) -> None:
    gmail.send(
        mime(
            to=f'"{HOSTILE.replace(chr(34), "")}" <jim@foo.com>',
            subject=HOSTILE,
            text=f"</pre>{HOSTILE}",
            html=f"{HOSTILE}</iframe></body></html>{HOSTILE}",
        )
    )
    page = inbox(google)
    assert len(page.all("script")) == 1
    assert page.all("img") == []
    assert len(page.all("iframe")) == 1
    assert HOSTILE in page.words
    assert not [name for _, attributes in page.elements for name in attributes if name[:2] == "on"]


def test_a_hostile_address_in_the_query_is_only_text(google: GoogleStandIn) -> None:
    page = inbox(google, mailbox=HOSTILE, thread=HOSTILE)
    assert HOSTILE in page.words
    assert len(page.all("script")) == 1


def test_the_policy_allows_the_pages_own_script_only(google: GoogleStandIn) -> None:
    first, second = (call(google, "GET", "/inbox") for _ in range(2))
    policy = first.headers["Content-Security-Policy"]
    (script,) = Page(first.text).all("script")
    assert f"script-src 'nonce-{script['nonce']}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "'self'" in policy.partition("connect-src ")[2]
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert first.headers["Cache-Control"] == "no-store"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert policy != second.headers["Content-Security-Policy"]


def test_a_mails_html_alone_is_sandboxed_by_its_header(google: GoogleStandIn, gmail: Gmail) -> None:
    mail = gmail.send(mime(html=f"<p>Hello</p>{HOSTILE}"))
    answer = part(google, mail, "html")
    policy = answer.headers["Content-Security-Policy"]
    assert "<p>Hello</p>" in answer.text
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_the_source_is_plain_text(google: GoogleStandIn, gmail: Gmail) -> None:
    answer = part(google, gmail.send(mime(html=HOSTILE)), "source")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert b"Subject: Leave request" in answer.body


def test_an_attachment_is_a_download_under_its_own_name(
    google: GoogleStandIn, gmail: Gmail
) -> None:
    message = mime()
    message.add_attachment(b"\x00\xff", maintype="text", subtype="html", filename="Ür\"laub;'.ics")
    mail = gmail.send(message)
    (link,) = [link for link in inbox(google).links() if "attachments" in link]
    answer = call(google, "GET", link)
    assert answer.body == b"\x00\xff"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''%C3%9Cr%22laub%3B%27.ics"
    )
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert part(google, mail, "attachments/1").status == 404


@pytest.mark.parametrize(
    "path", ["0123456789abcdef/html", "0123456789abcdef/attachments/0", "x/html", "1/source"]
)
def test_a_mail_that_is_not_there_is_a_404(google: GoogleStandIn, path: str) -> None:
    assert call(google, "GET", f"/inbox/messages/{path}").status == 404


def test_the_page_can_tell_that_it_is_out_of_date(google: GoogleStandIn, gmail: Gmail) -> None:
    def version() -> str:
        return call(google, "GET", "/inbox/version").text

    empty = version()
    assert version() == empty
    assert inbox(google).all("body")[0]["data-version"] == empty
    gmail.send(mime())
    full = version()
    call(google, "DELETE", "/_fake/messages")
    assert len({empty, full, version()}) == 3


def test_a_mail_without_html_shows_its_text(google: GoogleStandIn, gmail: Gmail) -> None:
    gmail.send(mime(text="only text"))
    page = inbox(google)
    assert page.all("iframe") == []
    assert "only text" in page.words


@pytest.mark.parametrize(
    ("name", "address", "initials"),
    [
        ("Jim O'Dell", "jim@foo.com", "JO"),
        ("", "jim.odell@foo.com", "JO"),
        ("Anna Maria von Ahn", "a@foo.com", "AA"),
        ("李", "li@foo.com", "李"),
        ("<>", "x@foo.com", "?"),
        ("", "@", "?"),
    ],
)
def test_a_person_has_initials(name: str, address: str, initials: str) -> None:
    assert Person(name=name, address=address).initials == initials


def test_todays_mails_show_the_hour_and_others_the_day() -> None:
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert ":" in moment(now.isoformat(), now=now)
    assert "Nov" in moment((now - timedelta(days=9)).isoformat(), now=now)


@pytest.mark.parametrize(
    ("text", "html", "pixels"),
    [
        ("hi", "<p>hi</p>", range(220, 221)),
        ("line\n" * 20, "<p>x</p>", range(500, 701)),
        ("hi", "<tr><td>x</td></tr>" * 20, range(700, 901)),
        ("see http://foo.com/" + "a" * 5000, "<p>x</p>", range(220, 221)),
        ("line\n" * 10_000, "<p>x</p>", range(1400, 1401)),
    ],
)
def test_the_frame_is_about_as_high_as_the_mail(
    google: GoogleStandIn, gmail: Gmail, text: str, html: str, pixels: range
) -> None:
    gmail.send(mime(text=text, html=html))
    (frame,) = inbox(google).all("iframe")
    assert int(str(frame["style"]).removeprefix("--guess: ").removesuffix("px")) in pixels
