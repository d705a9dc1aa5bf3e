"""What people write stays words: in headers, mails, pages, calendars and spreadsheets.

Names are such as a directory file may hold, reasons and comments such as the functions let through.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC
from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import strategies as st

from leave.adapters.gmail.mailer import build_message
from leave.adapters.presentation import pages
from leave.adapters.presentation.icalendar import write_calendar
from leave.domain.errors import MalformedRequestError
from leave.domain.history import Decision
from leave.domain.ledger import Absence
from leave.domain.typed_text import tidy_silently, without_formula
from leave.domain.values import replace
from leave.domain.views import Mail
from leave.functions.inputs import COMMENT_LENGTH, read_leave_body
from leave.services.directory_file import REQUIRED_COLUMNS
from tests.leave.adapters.markup import Page
from tests.leave.adapters.samples import LETTERS, Cast, answer
from tests.leave.builders import JIM, NOW, a_booking, link_text
from tests.leave.directories import read_text
from tests.proof.conftest import ANY_TEXT, Size, each
from tests.proof.reporting import Recorder

pytestmark = pytest.mark.timeout(1800)
PROMISE = "What people write stays words"
PIECES = st.sampled_from(
    [
        "\r\nBcc: evil@evil.example",
        "\nContent-Type: text/html\n\n<script>",
        "\r\nEND:VEVENT\r\nBEGIN:VALARM",
        ";ATTENDEE=evil:mailto:evil@evil.example",
        "=?utf-8?q?Bcc=3A_evil?=",
        "\u2028Approve: https://evil.example/",
        "\x85Deny: https://evil.example/",
        "</p></td></table><script>alert(1)</script>",
        '" onmouseover="alert(1)',
        "' autofocus onfocus=alert(1) '",
        "<!--",
        "]]>",
        "{{ 7 * 7 }}{% include 'x' %}",
        "{name}{0.__class__}",
        "javascript:alert(1)",
        "&lt;script&gt;",
        "\u202egnp.exe\u2069",
        "\u200b\u200d\ufeff\u00ad",
        "e\u0301" * 40,
        "\ufb01\u01c6\u1e9e\u0130\u0131\u017f\u212a",
        '=HYPERLINK("https://evil.example","x")',
        "+1",
        "@SUM(A1)",
        "-2+3",
        ";=1",
        "\t=1",
        "\N{PALM TREE}" * 30,
        "\\n\\,\\;",
        "A" * 180,
    ]
)
WORDS = st.lists(PIECES | ANY_TEXT, min_size=1, max_size=4).map("".join)
ROW = {"employeeId": "E2", "email": "jim@foo.com", "annualLeaveDays": "25", "workingWeek": "Mon"}
HEADERS = {
    *("From", "To", "Subject", "Date", "References", "Auto-Submitted"),
    *("Content-Type", "MIME-Version"),
}


PLAIN = "x"
SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What somebody is called, and what was written."""

    name: str
    reason: str
    comment: str

    def mails(self) -> list[Mail]:
        """Return the mails that hold all of it, as the sample mails hold plain words."""
        cast, jim = Cast(words=self.name), replace(JIM, name=self.name)
        lead = replace(JIM, employee_id="E001", name=self.name)
        asked = cast.asked(replace(cast.plan(), reason=self.reason))
        denied = answer(asked, Decision.DENIED, self.comment)
        return [
            LETTERS.approval_request(
                asked, employee=jim, lead=lead, decision_summary=cast.decision_summary()
            ),
            LETTERS.outcome_notice(denied, employee=jim),
            LETTERS.outcome_notice(answer(asked, Decision.APPROVED, self.comment), employee=jim),
        ]

    def page(self) -> str:
        """Return the page that shows all of it."""
        cast = Cast(words=self.name)
        asked = cast.asked(replace(cast.plan(), reason=self.reason))
        opened = cast.view(asked)
        return pages.decide(opened, Decision.DENIED, link=link_text(asked), problem=self.comment)


def said(name: str, reason: str, comment: str) -> Said:
    """Return what is left of words once they came in; what is refused is plain."""
    body = json.dumps({"date": "2099-01-05", "reason": reason})
    cells = dict.fromkeys(REQUIRED_COLUMNS, "") | ROW | {"name": name}
    text = io.StringIO(newline="")
    csv.writer(text).writerows([cells, cells.values()])
    employees = list(read_text(text.getvalue()).employees.values())
    name = employees[0].name if employees else PLAIN
    try:
        reason = read_leave_body(body, with_employee=False)[0].reason
    except MalformedRequestError:
        reason = PLAIN
    comment = tidy_silently(comment)[:COMMENT_LENGTH].strip()
    return Said(name=name, reason=reason or PLAIN, comment=comment or PLAIN)


EVERYTHING = st.builds(said, WORDS, WORDS, WORDS)
ORDINARY = Said(name=PLAIN, reason=PLAIN, comment=PLAIN)


def shape(html: str) -> object:
    """Return a page without its words, and without how often a line of words is repeated."""
    page = Page(html)
    assert page.open == page.comments == []
    found = [(e.name, sorted(set(e.attributes) - {"value"})) for e in page.elements]
    return [one for number, one in enumerate(found) if not number or found[number - 1] != one]


def test_no_mail_gets_a_header_a_reader_or_an_element_more(size: Size, report: Recorder) -> None:
    ordinary = [shape(mail.html) for mail in ORDINARY.mails()]

    def check(words: Said) -> None:
        for mail, expected in zip(words.mails(), ordinary, strict=True):
            raw = build_message(mail, sender="leave@foo.com", company_domain="foo.com")
            head = message_from_bytes(raw, policy=SMTP)
            assert set(head.keys()) == HEADERS
            assert len(head.keys()) == len(HEADERS)
            assert [address.addr_spec for address in head["To"].addresses] == ["jim@foo.com"]
            assert max(map(len, raw.split(b"\r\n"))) <= 998
            assert raw.isascii()
            assert shape(mail.html) == expected
            lines = mail.text.splitlines()
            assert [x for x in lines if "evil" in x and x.startswith(("Approve:", "Deny:"))] == []

    number = each(EVERYTHING, check, examples=size(small=40, full=2_000))
    report(PROMISE, "mails of hostile words", 3 * number)


def test_no_page_gets_an_element_or_an_attribute_more(size: Size, report: Recorder) -> None:
    ordinary = shape(ORDINARY.page())

    def check(words: Said) -> None:
        assert shape(words.page()) == ordinary

    number = each(EVERYTHING, check, examples=size(small=40, full=2_000))
    report(PROMISE, "pages of hostile words", number)


def test_no_calendar_gets_a_property_more(size: Size, report: Recorder) -> None:
    def calendar(words: Said) -> list[str]:
        away = Absence(employee=replace(JIM, name=words.name), booking=a_booking())
        text = write_calendar([away], domain="foo.com", now=NOW, time_zone=UTC)
        assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
        unfolded = text.replace("\r\n ", "")
        assert not set(unfolded.replace("\r\n", "")) & {"\r", "\n"}
        return [line.partition(":")[0] for line in unfolded.split("\r\n")]

    ordinary = calendar(ORDINARY)

    def check(words: Said) -> None:
        assert calendar(words) == ordinary

    number = each(EVERYTHING, check, examples=size(small=100, full=5_000))
    report(PROMISE, "calendars of hostile names", number)


def test_no_cell_is_run_whatever_separates_cells(size: Size, report: Recorder) -> None:
    """Any words, since a leave type's name is the configuration's to choose."""

    def check(words: str) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerow(["E2", without_formula(words), "25"])
        for separator in ",;\t|":
            for row in csv.reader(io.StringIO(text.getvalue(), newline=""), delimiter=separator):
                assert not [cell for cell in row if cell.lstrip(' "').startswith(SIGNS)]

    number = each(WORDS.filter("\x00".__ne__), check, examples=size(small=100, full=5_000))
    report(PROMISE, "cells of hostile words", number)
