"""The pages behind the links: a form that works without JavaScript, and nothing foreign."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from leave.adapters import pages
from leave.domain.history import OUTCOMES, Person, What
from leave.domain.links import RetiredLink
from leave.domain.secrets import Secret
from leave.domain.statuses import Decision
from leave.domain.views import Opened
from tests.leave.adapters.markup import Page
from tests.leave.builders import (
    JIM,
    NOW,
    TASK_TOKEN,
    a_cancellation,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    link_text,
)

if TYPE_CHECKING:
    from leave.domain.requests import LeaveRequest

APPROVED, DENIED = Decision.APPROVED, Decision.DENIED
HOSTILE = """</textarea></form><script>alert("x")</script><style>*{}</style> {{ 7*7 }} ' " & &lt;"""
WHY = "the request was changed"


def opened(request: LeaveRequest, why: str = "") -> Opened:
    """Return what a link opens: the request, or a retired link with the reason."""
    retired = RetiredLink(secret=Secret("old"), at=NOW, why=why) if why else None
    return Opened(request=request, plan=request.plan, retired=retired)


def decide_page(
    decision: Decision = APPROVED, request: LeaveRequest | None = None, problem: str = ""
) -> Page:
    request = request or an_asked_request()
    html = pages.decide(opened(request), decision, link=link_text(request), problem=problem)
    return Page(html)


def decided_page(request: LeaveRequest, *, now: bool = False) -> Page:
    return Page(pages.decided(opened(request), now=now, link="x"))


def answered(request: LeaveRequest, decision: Decision, comment: str = "Why not") -> LeaveRequest:
    return request.decide(decision, comment=comment, at=NOW)


def all_pages(words: str = "Why not", **changes: Any) -> list[str]:
    """Return every page there is, about one request."""
    plan = a_plan(reason=words, warnings=(words,))
    asked = replace(an_asked_request(plan=plan), **changes)
    cancelling = replace(a_cancellation(plan=plan), **changes)
    link = link_text(asked)
    over = [
        *(answered(asked, decision, words) for decision in Decision),
        *(answered(cancelling, decision, words) for decision in Decision),
        asked.expire(at=NOW),
        cancelling.expire(at=NOW),
        asked.withdraw(who="", at=NOW),
        answered(asked, APPROVED, words).cancel_without_asking(who="", at=NOW),
    ]
    return [
        *(
            pages.decide(opened(request), decision, link=link)
            for request in (asked, cancelling)
            for decision in Decision
        ),
        pages.decide(opened(asked), DENIED, link=link, problem=words),
        *(
            pages.decided(opened(request), now=now, link="x")
            for request in over
            for now in (True, False)
        ),
        pages.decided(opened(asked, words), now=False, link="x"),
        pages.decided(opened(over[0], words), now=False, link="x"),
        pages.unknown_link(),
        pages.trouble(retry=True),
        pages.trouble(retry=False),
    ]


@pytest.mark.parametrize("decision", Decision)
def test_the_form_posts_a_comment_to_its_own_address(decision: Decision) -> None:
    page = decide_page(decision)
    assert page.one("form").attributes == {"method": "post"}
    area = page.one("textarea").attributes
    assert (area["name"], area["id"], area["maxlength"]) == ("comment", "comment", "2000")
    assert ("required" in area) == (decision is DENIED)
    assert page.one("label").attributes["for"] == "comment"
    assert page.one("button").attributes == {"class": decision.value, "type": "submit"}


@pytest.mark.parametrize(
    ("request_", "decision", "verb", "other"),
    [
        (an_asked_request(), APPROVED, "Approve", "Deny"),
        (an_asked_request(), DENIED, "Deny", "Approve"),
        (a_cancellation(), APPROVED, "Agree to cancel", "Decline to cancel"),
        (a_cancellation(), DENIED, "Decline to cancel", "Agree to cancel"),
    ],
)
def test_the_form_says_what_its_button_does(
    request_: LeaveRequest, decision: Decision, verb: str, other: str
) -> None:
    page = decide_page(decision, request_)
    assert f"{verb} leave of Jim O'Dell?" in page.text
    assert f"{verb} Nothing is decided until you press the button" in page.text
    assert page.links == [(page.links[0][0], f"{other} instead")]


@pytest.mark.parametrize("decision", Decision)
def test_the_other_decision_is_one_relative_link_away(decision: Decision) -> None:
    request = an_asked_request()
    other = "denied" if decision is APPROVED else "approved"
    (link,) = decide_page(decision, request).links
    assert link[0] == f"../{other}/{link_text(request)}"


def test_the_form_shows_the_request_and_every_warning() -> None:
    plan = a_plan(
        a_period("2027-05-03", "2027-05-10"),
        reason="My wedding",
        warnings=("2027-05-03 is blocked: Stocktaking.", "Only 1 would be there."),
    )
    text = decide_page(request=an_asked_request(plan=plan)).text
    for fact in ("Jim O'Dell", "Monday, 3 May 2027 to Monday, 10 May 2027", "6 working days"):
        assert fact in text
    for fact in ("My wedding", *plan.warnings):
        assert fact in text
    half = an_asked_request(period=a_period(half="morning"))
    assert "Monday, 3 May 2027 (morning only)" in decide_page(request=half).text
    assert "Reason" not in decide_page(request=half).text
    assert not [e for e in decide_page(request=half).all("p") if "warning" in str(e.attributes)]


def test_a_page_shows_the_plan_as_the_lead_may_see_it() -> None:
    request = an_asked_request(plan=a_plan(leave_type="sick", reason="My operation"))
    discreet = replace(opened(request), plan=replace(request.plan, leave_type="", reason=""))
    for html in (
        pages.decide(discreet, APPROVED, link=link_text(request)),
        pages.decided(replace(discreet, request=answered(request, APPROVED)), now=True, link="x"),
        pages.decided(replace(discreet, retired=opened(request, WHY).retired), now=False, link="x"),
    ):
        assert "operation" not in html
        assert "sick" not in html
        assert "Reason" not in html


def test_what_was_missing_is_said_next_to_the_field() -> None:
    page = decide_page(DENIED, problem="A denial needs a few words of why.")
    (alert,) = [e for e in page.elements if e.attributes.get("role") == "alert"]
    assert page.one("textarea").attributes["aria-describedby"] == alert.attributes["id"]
    assert "A denial needs a few words of why." in page.text
    assert not any("role" in e.attributes for e in decide_page(DENIED).elements)


@pytest.mark.parametrize(
    ("request_", "decision", "thanks", "stands"),
    [
        (an_asked_request(), APPROVED, "approved", "approved"),
        (an_asked_request(), DENIED, "denied", "denied"),
        (a_cancellation(), APPROVED, "the leave is cancelled", "cancelled"),
        (a_cancellation(), DENIED, "the cancellation was declined", "approved"),
    ],
)
def test_an_answer_is_thanked_for_and_says_how_the_leave_stands(
    request_: LeaveRequest, decision: Decision, thanks: str, stands: str
) -> None:
    page = decided_page(answered(request_, decision, "So be it"), now=True)
    assert f"Thank you: {thanks}" in page.text
    assert "Jim O'Dell is told by mail now" in page.text
    assert f"The leave is {stands}." in page.text
    assert "So be it" in page.text


CLOSED = {
    What.APPROVED: (a_decided_request(), "approved already", "John Carpenter answered on"),
    What.DENIED: (a_decided_request("denied", "No"), "denied already", "John Carpenter answered"),
    What.WITHDRAWN: (
        an_asked_request().withdraw(who=JIM.email, at=NOW),
        "withdrawn already",
        "Jim O'Dell took the request back on",
    ),
    What.EXPIRED: (
        an_asked_request().expire(at=NOW),
        "expired already",
        "Nobody answered in time, so it was closed on",
    ),
    What.CANCELLED: (
        answered(a_cancellation(), APPROVED, ""),
        "the leave is cancelled already",
        "John Carpenter answered on",
    ),
    What.CANCELLATION_DECLINED: (
        answered(a_cancellation(), DENIED),
        "the cancellation was declined already",
        "John Carpenter answered on",
    ),
    What.CANCELLATION_EXPIRED: (
        a_cancellation().expire(at=NOW),
        "the cancellation expired already",
        "Nobody answered in time, so it was closed on",
    ),
}


def test_every_outcome_has_its_words() -> None:
    assert set(CLOSED) == OUTCOMES


@pytest.mark.parametrize("what", CLOSED)
def test_a_later_click_learns_what_happened_by_whom_and_when(what: What) -> None:
    request, happened, who = CLOSED[what]
    page = decided_page(request)
    assert f"Nothing to decide: {happened}" in page.text
    assert who in page.text
    assert "on Monday, 1 March 2027 at 09:30 UTC" in page.text
    assert f"The leave is {request.status}." in page.text
    assert "Nothing was changed just now" in page.text
    assert page.all("form") == []


def test_leave_that_was_cancelled_by_the_employee_says_so() -> None:
    page = decided_page(a_decided_request().cancel_without_asking(who=JIM.email, at=NOW))
    assert "Jim O'Dell cancelled the leave on Monday" in page.text


def test_leave_that_needed_no_approval_says_so() -> None:
    page = decided_page(a_request().approve_without_asking(at=NOW))
    assert "This kind of leave needs no approval; it was approved on Monday" in page.text


def test_a_replaced_link_says_when_why_and_what_to_do() -> None:
    page = Page(pages.decided(opened(an_asked_request(), WHY), now=False, link="x"))
    assert "This link has been replaced" in page.text
    assert f"On Monday, 1 March 2027 at 09:30 UTC it stopped deciding: {WHY}." in page.text
    assert "John Carpenter is being asked by a newer mail" in page.text
    assert "use the link in the latest mail" in page.text
    assert page.all("form") == []


def test_a_replaced_link_of_what_nobody_is_asked_about_yet_names_the_lead_by_role() -> None:
    page = Page(pages.decided(opened(a_request(), WHY), now=False, link="x"))
    assert "the lead is being asked by a newer mail" in page.text


@pytest.mark.parametrize("what", CLOSED)
def test_a_replaced_link_of_what_is_over_says_how_it_stands(what: What) -> None:
    request = CLOSED[what][0]
    page = Page(pages.decided(opened(request, WHY), now=False, link="x"))
    assert f"The leave of Jim O'Dell is {request.status}." in page.text
    assert "latest mail" not in page.text


def test_pages_without_a_request_say_what_to_do() -> None:
    assert "open the link in the latest mail" in Page(pages.unknown_link()).text
    assert "try again in a minute" in Page(pages.trouble(retry=True)).text
    assert "open the link in your mail again" in Page(pages.trouble(retry=False)).text


def test_no_page_loads_runs_or_frames_anything() -> None:
    for html in all_pages():
        page = Page(html)
        names = {element.name for element in page.elements}
        assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "svg"}
        for element in page.elements:
            assert not set(element.attributes) & {"src", "srcset", "style", "action", "background"}
            assert not any(name.startswith("on") for name in element.attributes)
        assert not re.search(r"https?:|url\(|@import|javascript:", html)
        assert "http-equiv" not in html


def test_every_page_is_whole() -> None:
    for html in all_pages():
        page = Page(html)
        assert html.startswith("<!doctype html>")
        assert page.open == page.comments == []
        assert page.one("html").attributes == {"lang": "en"}
        for name in ("title", "main", "h1", "style"):
            page.one(name)
        ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
        assert len(ids) == len(set(ids))


def test_nothing_hostile_becomes_markup_in_a_page() -> None:
    evil = Person(employee_id="E666", name=HOSTILE)
    hostile = all_pages(HOSTILE, employee=evil, approver=evil)
    plain = all_pages("x")
    for evil_html, plain_html in zip(hostile, plain, strict=True):
        assert Page(evil_html).skeleton == Page(plain_html).skeleton
    shown = " ".join(HOSTILE.split())
    assert all(shown in Page(html).text for html in hostile[:-3])


def test_no_page_shows_who_may_decide_or_the_task_token() -> None:
    for html in all_pages():
        assert TASK_TOKEN.reveal() not in html
    decided = a_decided_request()
    assert link_text(decided) not in pages.decided(opened(decided), now=True, link="x")
