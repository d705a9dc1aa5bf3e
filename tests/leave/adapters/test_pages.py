"""The pages behind the links: a form that works without JavaScript, and nothing foreign."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leave.adapters import pages
from leave.domain.requests import Decision, Person
from tests.leave.adapters.markup import Page
from tests.leave.builders import (
    NOW,
    a_decided_request,
    a_period,
    an_asked_request,
    link_text,
)

if TYPE_CHECKING:
    from leave.domain.requests import LeaveRequest

APPROVED, DENIED = Decision.APPROVED, Decision.DENIED
HOSTILE = """</textarea></form><script>alert("x")</script><style>*{}</style> {{ 7*7 }} ' " & &lt;"""


def decide_page(
    decision: Decision = APPROVED, request: LeaveRequest | None = None, problem: str = ""
) -> Page:
    request = request or an_asked_request()
    return Page(pages.decide(request, decision, link=link_text(request), problem=problem))


def all_pages(comment: str = "Why not", **changes: object) -> list[str]:
    """Return every page there is, about one request."""
    asked = replace(an_asked_request(), **changes)
    link = link_text(asked)
    decided = [
        replace(a_decided_request(decision, comment), **changes)
        for decision in ("approved", "denied")
    ]
    return [
        *(pages.decide(asked, decision, link=link) for decision in Decision),
        pages.decide(asked, DENIED, link=link, problem=comment),
        *(pages.decided(request, now=now) for request in decided for now in (True, False)),
        pages.decided(asked.expire(at=NOW), now=False),
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


@pytest.mark.parametrize(("decision", "verb"), [(APPROVED, "Approve"), (DENIED, "Deny")])
def test_the_form_says_what_its_button_does(decision: Decision, verb: str) -> None:
    page = decide_page(decision)
    assert f"{verb} leave of Jim O'Dell?" in page.text
    assert "Nothing is decided until you press the button" in page.text


@pytest.mark.parametrize("decision", Decision)
def test_the_other_decision_is_one_relative_link_away(decision: Decision) -> None:
    request = an_asked_request()
    other = "denied" if decision is APPROVED else "approved"
    (link,) = decide_page(decision, request).links
    assert link[0] == f"../{other}/{link_text(request)}"


def test_the_form_shows_the_request() -> None:
    request = an_asked_request(period=a_period("2027-05-03", "2027-05-10"), reason="My wedding")
    for fact in ("Jim O'Dell", "Monday, 3 May 2027 to Monday, 10 May 2027", "6 working days"):
        assert fact in decide_page(request=request).text
    assert "My wedding" in decide_page(request=request).text
    half = an_asked_request(period=a_period(half="morning"))
    assert "Monday, 3 May 2027 (morning only)" in decide_page(request=half).text
    assert "Reason" not in decide_page(request=half).text


def test_what_was_missing_is_said_next_to_the_field() -> None:
    page = decide_page(DENIED, problem="A denial needs a few words of why.")
    (alert,) = [e for e in page.elements if e.attributes.get("role") == "alert"]
    assert page.one("textarea").attributes["aria-describedby"] == alert.attributes["id"]
    assert "A denial needs a few words of why." in page.text
    assert not any("role" in e.attributes for e in decide_page(DENIED).elements)


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_an_answer_is_thanked_for_and_says_what_happens_next(decision: str) -> None:
    page = Page(pages.decided(a_decided_request(decision, "So be it"), now=True))
    assert f"Thank you: {decision}" in page.text
    assert "Jim O'Dell is told by mail now" in page.text
    assert "So be it" in page.text


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_a_later_click_learns_what_was_decided_by_whom_and_when(decision: str) -> None:
    page = Page(pages.decided(a_decided_request(decision, "So be it"), now=False))
    assert f"This was {decision} already" in page.text
    assert f"John Carpenter {decision} it on Monday, 1 March 2027 at 09:30 UTC" in page.text
    assert "Nothing was changed just now" in page.text
    assert page.all("form") == []


def test_a_click_after_the_time_is_up_learns_of_that() -> None:
    page = Page(pages.decided(an_asked_request().expire(at=NOW), now=False))
    assert "This request has expired" in page.text
    assert "Jim O'Dell has been told" in page.text


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
    hostile = all_pages(HOSTILE, employee=evil, approver=evil, reason=HOSTILE)
    plain = all_pages("x", reason="x")
    for evil_html, plain_html in zip(hostile, plain, strict=True):
        assert Page(evil_html).skeleton == Page(plain_html).skeleton
    shown = " ".join(HOSTILE.split())
    assert all(shown in Page(html).text for html in hostile[:-3])


def test_no_page_shows_who_may_decide_or_the_task_token() -> None:
    for html in all_pages():
        assert "task-token" not in html
    decided = a_decided_request()
    assert link_text(decided) not in pages.decided(decided, now=True)
