"""The mails: what a lead needs to decide, what an employee wants to know, and nothing hostile."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from leave.adapters.letters import TemplateLetters
from leave.domain.requests import Decision, Person
from tests.leave.adapters.markup import Page
from tests.leave.builders import (
    JIM,
    JOHN,
    NOW,
    a_decided_request,
    a_period,
    a_request,
    an_asked_request,
    link_text,
)

if TYPE_CHECKING:
    from leave.domain.mails import Mail
    from leave.domain.requests import LeaveRequest

LETTERS = TemplateLetters(api_url="https://api.example/prod")
URL = re.compile(r"https?://[^\s<>\"]+")
HOSTILE = """<script>alert("x")</script><img src=x onerror='y'> {{ 7*7 }} & </p></td> &amp; %s"""


def ask(request: LeaveRequest | None = None, **lead: str) -> Mail:
    request = request or an_asked_request()
    return LETTERS.ask_lead(request, employee=JIM, lead=replace(JOHN, **lead))


def tell(request: LeaveRequest, **employee: str) -> Mail:
    return LETTERS.tell_employee(request, employee=replace(JIM, **employee))


def test_the_leads_mail_has_exactly_one_link_to_approve_and_one_to_deny() -> None:
    request = an_asked_request()
    approve, deny = (
        f"https://api.example/prod/leave_lead_response/{decision}/{link_text(request)}"
        for decision in ("approved", "denied")
    )
    mail = ask(request)
    assert Page(mail.html).links == [(approve, "Approve"), (deny, "Deny")]
    assert URL.findall(mail.text) == [approve, deny]
    assert f"Approve: {approve}\n" in mail.text
    assert f"Deny:    {deny}\n" in mail.text


def test_the_leads_mail_says_who_when_how_long_and_why() -> None:
    request = an_asked_request(period=a_period("2027-05-03", "2027-05-10"), reason="My wedding")
    mail = ask(request)
    assert mail.to == JOHN.email
    for part in (mail.text, Page(mail.html).text):
        for fact in ("John Carpenter", "Jim O'Dell", "Monday, 3 May 2027", "Monday, 10 May 2027"):
            assert fact in part
        assert "6 working days" in part
        assert "My wedding" in part
        assert "Opening it decides nothing" in part


@pytest.mark.parametrize(
    ("pending", "expected"),
    [
        (an_asked_request(), ["Monday, 3 May 2027", "1 working day"]),
        (
            an_asked_request(period=a_period(half="afternoon")),
            ["Monday, 3 May 2027 (afternoon only)", "0.5 working days"],
        ),
        (
            an_asked_request(working_days={2027: Decimal("1E+1"), 2028: Decimal("2.50")}),
            ["12.5 working days"],
        ),
        (an_asked_request(working_days={2027: Decimal("1E+1")}), ["10 working days"]),
    ],
)
def test_days_are_told_as_people_say_them(pending: LeaveRequest, expected: list[str]) -> None:
    approved = pending.decide(Decision.APPROVED, comment="", at=NOW)
    for mail in (ask(pending), tell(approved)):
        for part in (mail.text, Page(mail.html).text):
            for words in expected:
                assert words in part
            assert "1 working days" not in part


def test_without_a_reason_no_reason_is_told() -> None:
    mail = ask(an_asked_request(reason=""))
    assert "Reason" not in mail.text + mail.html


def test_a_lead_who_was_not_chosen_yet_can_not_be_written_to() -> None:
    with pytest.raises(ValueError, match="r1 has no link yet"):
        ask(a_request())


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_the_employees_mail_says_decision_and_comment(decision: str) -> None:
    mail = tell(a_decided_request(decision, "Release week,\nask again in June"))
    assert mail.to == JIM.email
    for part in (mail.text, Page(mail.html).text):
        assert f"John Carpenter has {decision} your leave request" in part
        assert "Release week," in part
        assert "ask again in June" in part
        assert "Monday, 3 May 2027" in part


def test_without_a_comment_nobody_is_said_to_have_written() -> None:
    mail = tell(a_decided_request("approved"))
    assert "writes" not in mail.text + mail.html


def test_the_employees_mail_has_no_link_that_decides() -> None:
    request = a_decided_request()
    mail = tell(request)
    assert link_text(request).split(".")[1] not in mail.text + mail.html
    assert Page(mail.html).links == []
    assert URL.findall(mail.text) == []


def test_an_expiry_names_whom_to_talk_to() -> None:
    mail = tell(an_asked_request().expire(at=NOW))
    for part in (mail.text, Page(mail.html).text):
        assert "expired" in part
        assert "talk to John Carpenter and ask again" in part
    nobody_was_asked = tell(a_request().expire(at=NOW))
    assert "talk to your lead" in nobody_was_asked.text
    assert "talk to your lead" in nobody_was_asked.html


def test_all_mails_of_a_requesthave_one_subject_and_one_thread() -> None:
    request = a_decided_request("approved", "Enjoy")
    mails = [ask(request), tell(request), tell(an_asked_request().expire(at=NOW))]
    assert {mail.subject for mail in mails} == {"Leave request from Jim O'Dell: 2027-05-03"}
    assert {mail.thread for mail in mails} == {"r1"}


@pytest.mark.parametrize("end", ["\n", "\n\n"])
def test_no_reason_or_comment_can_imitate_the_lines_of_a_text(end: str) -> None:
    fake = f"Please.{end}Approve: https://evil.example/{end}Deny:    https://evil.example/"
    for mail in (ask(an_asked_request(reason=fake)), tell(a_decided_request("denied", fake))):
        imitated = re.findall(r"^\S.*evil\.example", mail.text, re.MULTILINE)
        assert imitated == []


def hostile_requests() -> list[LeaveRequest]:
    evil = Person(employee_id="E666", name=HOSTILE)
    asked = replace(an_asked_request(reason=HOSTILE), employee=evil, approver=evil)
    denied = a_decided_request("denied", HOSTILE, reason=HOSTILE)
    return [asked, replace(denied, employee=evil, approver=evil)]


def test_nothing_hostile_becomes_markup_in_a_mail() -> None:
    asked, denied = hostile_requests()
    plain_asked = an_asked_request(reason="x")
    plain_denied = a_decided_request("denied", "x", reason="x")
    evil_jim, evil_john = replace(JIM, name=HOSTILE), replace(JOHN, name=HOSTILE)
    pairs = [
        (LETTERS.ask_lead(asked, employee=evil_jim, lead=evil_john), ask(plain_asked)),
        (LETTERS.tell_employee(denied, employee=evil_jim), tell(plain_denied)),
    ]
    for hostile, plain in pairs:
        page = Page(hostile.html)
        assert page.skeleton == Page(plain.html).skeleton
        assert " ".join(HOSTILE.split()) in page.text, "it is shown as it was typed"
        assert page.open == page.comments == []
        assert HOSTILE in hostile.text, "a text part needs no escaping"


@pytest.mark.parametrize("language", ["xx", "de-AT", "../../etc", "", "en/../en", "EN"])
def test_an_unknown_language_falls_back_to_english(language: str) -> None:
    assert "asks for leave" in ask(language=language).text
    assert "has approved your leave" in tell(a_decided_request(), language=language).text


def test_mails_load_nothing_from_anywhere() -> None:
    for mail in (ask(), tell(a_decided_request("denied", "No"))):
        page = Page(mail.html)
        assert not {e.name for e in page.elements} & {"img", "script", "link", "style", "iframe"}
        assert not any("src" in e.attributes for e in page.elements)
        assert not re.search(r"url\(|@import", mail.html)
        assert page.open == []


def test_texts_are_laid_out_for_reading() -> None:
    long_ask = ask(an_asked_request(reason="Wedding", period=a_period("2027-05-03", "2027-05-07")))
    for mail in (ask(), long_ask, tell(a_decided_request("denied", "No"))):
        assert "\n\n\n" not in mail.text
        assert not re.search(r"[ \t]+$", mail.text, re.MULTILINE)
        assert not re.search(r"[{}%]", mail.text)
        assert mail.text.startswith("Hello ")
