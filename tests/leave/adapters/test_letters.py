"""The mails: what a lead needs to decide, what an employee wants to know, and nothing hostile."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from leave.adapters.letters import TemplateLetters
from leave.domain.briefs import Brief
from leave.domain.history import OUTCOMES, Person, What
from leave.domain.rules import Audience, LeaveType, Rules
from leave.domain.statuses import Decision
from tests.leave.adapters.markup import Page
from tests.leave.builders import (
    JIM,
    JOHN,
    NOW,
    R1,
    TASK_TOKEN,
    a_cancellation,
    a_count,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    link_text,
)

if TYPE_CHECKING:
    from leave.domain.mails import Mail
    from leave.domain.requests import LeaveRequest

SICK = LeaveType(id="sick", name="Sick leave", visible_to=Audience.NOBODY)
RULES = Rules(leave_types=(*Rules().leave_types, SICK))
LETTERS = TemplateLetters(rules=RULES, api_url="https://api.example/prod")
URL = re.compile(r"https?://[^\s<>\"]+")
HOSTILE = """<script>alert("x")</script><img src=x onerror='y'> {{ 7*7 }} & </p></td> &amp; %s"""


def ask(request: LeaveRequest | None = None, **lead: str) -> Mail:
    request = request or an_asked_request()
    return LETTERS.ask_lead(request, employee=JIM, lead=replace(JOHN, **lead), brief=Brief())


def tell(request: LeaveRequest, **employee: str) -> Mail:
    return LETTERS.tell_employee(request, employee=replace(JIM, **employee))


def tell_lead(request: LeaveRequest, **lead: str) -> Mail:
    return LETTERS.tell_lead(request, employee=JIM, lead=replace(JOHN, **lead))


def withdrawn(**changes: object) -> LeaveRequest:
    return an_asked_request(**changes).withdraw(who=JIM.email, at=NOW)


def changed(**changes: object) -> LeaveRequest:
    other = a_plan(a_period("2027-06-01", "2027-06-02"))
    request = an_asked_request(**changes).change(other, who=JIM.email, at=NOW)
    return request.ask(Person(employee_id="E001", name=JOHN.name), task_token=TASK_TOKEN, at=NOW)


OUTCOME_SENTENCES = {
    What.APPROVED: (a_decided_request(), "approved", "John Carpenter has approved"),
    What.DENIED: (a_decided_request("denied", "No"), "denied", "John Carpenter has denied"),
    What.EXPIRED: (an_asked_request().expire(at=NOW), "expired", "so it has expired"),
    What.CANCELLED: (
        a_cancellation().decide(Decision.APPROVED, comment="", at=NOW),
        "cancelled",
        "has agreed: your leave is cancelled",
    ),
    What.CANCELLATION_DECLINED: (
        a_cancellation().decide(Decision.DENIED, comment="No", at=NOW),
        "approved",
        "has declined to cancel your leave, so it stays approved",
    ),
    What.CANCELLATION_EXPIRED: (
        a_cancellation().expire(at=NOW),
        "approved",
        "Nobody answered your wish to cancel in time, so your leave stays approved",
    ),
}


@pytest.mark.parametrize(
    ("request_", "words"),
    [(an_asked_request(), ("Approve", "Deny")), (a_cancellation(), ("Agree to cancel", "Decline"))],
)
def test_the_leads_mail_has_exactly_one_link_for_either_answer(
    request_: LeaveRequest, words: tuple[str, str]
) -> None:
    urls = [
        f"https://api.example/prod/leave_lead_response/{decision}/{link_text(request_)}"
        for decision in ("approved", "denied")
    ]
    mail = ask(request_)
    assert Page(mail.html).links == list(zip(urls, words, strict=True))
    assert URL.findall(mail.text) == urls
    for word, url in zip(words, urls, strict=True):
        assert re.search(rf"^{word}: +{re.escape(url)}$", mail.text, re.MULTILINE)


@pytest.mark.parametrize(
    ("request_", "question"),
    [
        (an_asked_request(), "Jim O'Dell asks for leave."),
        (changed(), "Jim O'Dell has changed a request for leave."),
        (a_cancellation(), "Jim O'Dell wants to cancel leave that was approved."),
    ],
)
def test_the_leads_mail_says_what_is_being_asked(request_: LeaveRequest, question: str) -> None:
    mail = ask(request_)
    for part in (mail.text, Page(mail.html).text):
        assert question in part
        assert part.count("Jim O'Dell") == 1


def test_the_leads_mail_says_who_when_how_long_what_and_why() -> None:
    plan = a_plan(a_period("2027-05-03", "2027-05-10"), reason="My wedding")
    mail = ask(an_asked_request(plan=plan))
    assert mail.to == JOHN.email
    for part in (mail.text, Page(mail.html).text):
        for fact in ("John Carpenter", "Jim O'Dell", "Monday, 3 May 2027", "Monday, 10 May 2027"):
            assert fact in part
        assert "6 working days" in part
        assert "Annual leave" in part
        assert "My wedding" in part
        assert "Opening it decides nothing" in part


def test_the_leads_mail_carries_every_warning() -> None:
    warnings = ("2027-05-03 is blocked: Stocktaking.", "On 2027-05-03 only 1 would be there.")
    mail = ask(an_asked_request(plan=a_plan(warnings=warnings)))
    for part in (mail.text, Page(mail.html).text):
        for warning in warnings:
            assert warning in part
    plain = ask()
    assert "Note" not in plain.text
    assert "#fef3c7" not in plain.html


def test_what_the_lead_may_not_know_is_in_no_mail_to_the_lead() -> None:
    plan = a_plan(leave_type="sick", reason="My operation")
    for mail in (
        ask(an_asked_request(plan=plan)),
        ask(a_cancellation(plan=plan)),
        tell_lead(withdrawn(plan=plan)),
    ):
        for part in (mail.text, mail.html, mail.subject):
            assert "operation" not in part
            assert not re.search("sick", part, re.IGNORECASE)
            assert "Reason" not in part
            assert "Type" not in part
        assert "1 working day" in mail.text


def test_the_employee_is_told_type_and_reason_all_the_same() -> None:
    plan = a_plan(leave_type="sick", reason="My operation")
    mail = tell(a_decided_request(plan=plan))
    for part in (mail.text, Page(mail.html).text):
        assert "Sick leave" in part
        assert "My operation" in part


def test_a_type_that_is_no_more_has_no_name() -> None:
    mail = tell(a_decided_request(plan=a_plan(leave_type="gone", reason="x")))
    assert "Type" not in mail.text + mail.html


@pytest.mark.parametrize(
    ("pending", "expected"),
    [
        (an_asked_request(), ["Monday, 3 May 2027", "1 working day"]),
        (
            an_asked_request(period=a_period(half="afternoon")),
            ["Monday, 3 May 2027 (afternoon only)", "0.5 working days"],
        ),
        (
            an_asked_request(plan=a_plan(counts={2027: a_count("1E+1"), 2028: a_count("2.50")})),
            ["12.5 working days"],
        ),
        (an_asked_request(plan=a_plan(counts={2027: a_count("1E+1")})), ["10 working days"]),
    ],
)
def test_days_are_told_as_people_say_them(pending: LeaveRequest, expected: list[str]) -> None:
    approved = pending.decide(Decision.APPROVED, comment="", at=NOW)
    taken_back = pending.withdraw(who=JIM.email, at=NOW)
    for mail in (ask(pending), tell(approved), tell_lead(taken_back)):
        for part in (mail.text, Page(mail.html).text):
            for words in expected:
                assert words in part
            assert "1 working days" not in part


def test_without_a_reason_no_reason_is_told() -> None:
    mail = ask()
    assert "Reason" not in mail.text + mail.html


def test_a_lead_who_was_not_chosen_yet_can_not_be_written_to() -> None:
    with pytest.raises(ValueError, match=f"{R1} has no link yet"):
        ask(a_request())


def test_there_is_a_sentence_for_every_outcome_an_employee_is_told() -> None:
    assert set(OUTCOME_SENTENCES) == OUTCOMES - {What.WITHDRAWN}


@pytest.mark.parametrize("what", OUTCOME_SENTENCES)
def test_the_employees_mail_says_what_happened_and_how_the_leave_stands(what: What) -> None:
    request, status, sentence = OUTCOME_SENTENCES[what]
    assert request.outcome is not None
    assert request.outcome.what is what
    mail = tell(request)
    assert mail.to == JIM.email
    for part in (mail.text, Page(mail.html).text):
        assert sentence in part
        assert re.search(rf"Your leave is {status}\s?\.", part)
        assert "Monday, 3 May 2027" in part


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_the_employees_mail_quotes_the_leads_comment(decision: str) -> None:
    mail = tell(a_decided_request(decision, "Release week,\nask again in June"))
    for part in (mail.text, Page(mail.html).text):
        assert "John Carpenter writes:" in part
        assert "Release week," in part
        assert "ask again in June" in part


def test_the_comment_on_a_cancellation_is_quoted_and_not_the_one_before() -> None:
    approved = a_decided_request("approved", "Enjoy")
    wanted = approved.ask_to_cancel(who=JIM.email, at=NOW)
    asked = wanted.ask(approved.approver or pytest.fail("asked"), task_token=TASK_TOKEN, at=NOW)
    mail = tell(asked.decide(Decision.DENIED, comment="Tickets are paid", at=NOW))
    assert "Tickets are paid" in mail.text
    assert "Enjoy" not in mail.text + mail.html


def test_without_a_comment_nobody_is_said_to_have_written() -> None:
    for what in (What.APPROVED, What.EXPIRED, What.CANCELLED, What.CANCELLATION_EXPIRED):
        mail = tell(OUTCOME_SENTENCES[what][0])
        assert "writes" not in mail.text + mail.html


def test_what_needed_no_approval_says_so_and_names_nobody() -> None:
    mail = tell(a_request().approve_without_asking(at=NOW))
    for part in (mail.text, Page(mail.html).text):
        assert "needs no approval" in part
        assert "Your leave is approved" in part
        assert "lead" not in part


@pytest.mark.parametrize("what", OUTCOME_SENTENCES)
def test_the_employees_mail_has_no_link_that_decides(what: What) -> None:
    request = OUTCOME_SENTENCES[what][0]
    mail = tell(request)
    assert link_text(request).split(".")[1] not in mail.text + mail.html
    assert Page(mail.html).links == []
    assert URL.findall(mail.text) == []


def test_a_lead_is_told_of_a_withdrawal_without_a_link() -> None:
    request = withdrawn()
    mail = tell_lead(request)
    assert mail.to == JOHN.email
    for part in (mail.text, Page(mail.html).text):
        assert "Hello John Carpenter" in part
        assert "Jim O'Dell has withdrawn this request" in part
        assert "nothing left to decide" in part
        assert "Monday, 3 May 2027" in part
    assert Page(mail.html).links == URL.findall(mail.text) == []
    assert link_text(request).split(".")[1] not in mail.text + mail.html


def test_an_expiry_names_whom_to_talk_to() -> None:
    for request, words in (
        (an_asked_request().expire(at=NOW), "talk to John Carpenter and ask again"),
        (a_cancellation().expire(at=NOW), "talk to John Carpenter."),
        (a_request().expire(at=NOW), "talk to your lead"),
    ):
        mail = tell(request)
        for part in (mail.text, Page(mail.html).text):
            assert words in part


def test_all_mails_of_a_request_have_one_subject_and_one_thread() -> None:
    mails = [
        ask(),
        ask(changed()),
        tell_lead(withdrawn()),
        ask(a_cancellation()),
        *(tell(request) for request, _, _ in OUTCOME_SENTENCES.values()),
    ]
    assert {mail.subject for mail in mails} == {"Leave request from Jim O'Dell: 2027-05-03"}
    assert {mail.thread for mail in mails} == {R1}


@pytest.mark.parametrize("end", ["\n", "\n\n"])
def test_no_reason_comment_or_warning_can_imitate_the_lines_of_a_text(end: str) -> None:
    fake = f"Please.{end}Approve: https://evil.example/{end}Deny:    https://evil.example/"
    for mail in (
        ask(an_asked_request(plan=a_plan(reason=fake))),
        tell(a_decided_request("denied", fake)),
        tell_lead(withdrawn(plan=a_plan(reason=fake))),
    ):
        imitated = re.findall(r"^\S.*evil\.example", mail.text, re.MULTILINE)
        assert imitated == []


def mails_about(words: str) -> list[Mail]:
    """Return one mail of each kind, with these words wherever somebody may choose them."""
    person = Person(employee_id="E666", name=words)
    jim, john = replace(JIM, name=words), replace(JOHN, name=words)
    plan = a_plan(reason=words, warnings=(words,))
    asked = replace(an_asked_request(plan=plan), employee=person, approver=person)
    cancelling = replace(a_cancellation(plan=plan), employee=person, approver=person)
    told = [asked.expire(at=NOW), cancelling.expire(at=NOW)]
    for open_ in (asked, cancelling):
        told += [open_.decide(decision, comment=words, at=NOW) for decision in Decision]
    return [
        LETTERS.ask_lead(asked, employee=jim, lead=john, brief=Brief()),
        LETTERS.ask_lead(cancelling, employee=jim, lead=john, brief=Brief()),
        LETTERS.tell_lead(asked.withdraw(who="", at=NOW), employee=jim, lead=john),
        *(LETTERS.tell_employee(request, employee=jim) for request in told),
    ]


def test_nothing_hostile_becomes_markup_in_a_mail() -> None:
    for hostile, plain in zip(mails_about(HOSTILE), mails_about("x"), strict=True):
        page = Page(hostile.html)
        assert page.skeleton == Page(plain.html).skeleton
        assert " ".join(HOSTILE.split()) in page.text, "it is shown as it was typed"
        assert page.open == page.comments == []
        assert HOSTILE in hostile.text, "a text part needs no escaping"


@pytest.mark.parametrize("language", ["xx", "de-AT", "../../etc", "", "en/../en", "EN"])
def test_an_unknown_language_falls_back_to_english(language: str) -> None:
    assert "asks for leave" in ask(language=language).text
    assert "has approved your leave" in tell(a_decided_request(), language=language).text
    assert "has withdrawn" in tell_lead(withdrawn(), language=language).text


def every_mail() -> list[Mail]:
    long_plan = a_plan(
        a_period("2027-05-03", "2027-05-07"), reason="Wedding", warnings=("Mind it",)
    )
    return [
        ask(),
        ask(an_asked_request(plan=long_plan)),
        ask(changed()),
        ask(a_cancellation(plan=long_plan)),
        tell_lead(withdrawn()),
        tell_lead(withdrawn(plan=long_plan)),
        *(tell(request) for request, _, _ in OUTCOME_SENTENCES.values()),
        tell(a_decided_request("denied", "No", plan=long_plan)),
        tell(a_request().approve_without_asking(at=NOW + timedelta(days=1))),
    ]


def test_mails_load_nothing_from_anywhere() -> None:
    for mail in every_mail():
        page = Page(mail.html)
        assert not {e.name for e in page.elements} & {"img", "script", "link", "style", "iframe"}
        assert not any("src" in e.attributes for e in page.elements)
        assert not re.search(r"url\(|@import", mail.html)
        assert page.open == []


def test_texts_are_laid_out_for_reading() -> None:
    for mail in every_mail():
        assert "\n\n\n" not in mail.text
        assert not re.search(r"[ \t]+$", mail.text, re.MULTILINE)
        assert not re.search(r"[{}%]", mail.text)
        assert mail.text.startswith("Hello ")
        assert mail.text.rstrip().endswith(R1)


def test_days_are_exact_to_the_half() -> None:
    plan = a_plan(counts={2027: a_count("2.5")})
    assert plan.working_days == Decimal("2.5")
    assert "2.5 working days" in ask(an_asked_request(plan=plan)).text
