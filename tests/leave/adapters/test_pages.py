"""The pages behind the links: a form that works without JavaScript, and nothing foreign."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from leave.adapters.presentation import pages
from leave.adapters.presentation.i18n import languages
from leave.domain.employee import Company
from leave.domain.errors import CommentMissingError, InsufficientBalanceError, OverlapError
from leave.domain.history import OUTCOMES, Decision, Person
from leave.domain.invitations import RevocationReason, RevokedLink
from leave.domain.request import MAXIMUM_UNDONE
from leave.domain.values import Secret, replace
from leave.domain.views import DecisionView
from tests.leave.adapters.markup import Page
from tests.leave.adapters.samples import (
    APPROVED,
    DENIED,
    UNTIL,
    WEEK,
    ZONE,
    Cast,
    answer,
    ask,
)
from tests.leave.adapters.test_hostile_words import contrast
from tests.leave.builders import NOW, R1, TASK_TOKEN, a_plan, a_request, invited, link_text

if TYPE_CHECKING:
    from leave.domain.request import LeaveRequest

CAST = Cast()
PAGES = CAST.pages()
GERMAN = Cast(language="de").pages()


FOREIGN = {"script", "link", "img", "iframe", "object", "embed", "base", "svg"}
LOADING = {"src", "srcset", "style", "background", "tabindex"}


def decide_page(decision: Decision = APPROVED, **values: object) -> Page:
    request = CAST.asked()
    values |= {"link": link_text(request), "time_zone": ZONE}
    return Page(pages.decide(CAST.view(request), decision, **values))  # type: ignore[arg-type]


def decided_page(name: str, *, now: bool = False, **changes: object) -> Page:
    request = {**CAST.outcomes(), "withdrawn": CAST.withdrawn()}[name]
    opened = replace(CAST.view(request), **changes)  # type: ignore[arg-type]
    return Page(pages.decided(opened, now=now, link="x.y", time_zone=ZONE))


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
    ("name", "verb", "other"),
    [
        ("leave approved", "Approve", "Deny"),
        ("leave denied", "Deny", "Approve"),
        ("cancellation approved", "Agree to cancel", "Decline to cancel"),
        ("cancellation denied", "Decline to cancel", "Agree to cancel"),
    ],
)
def test_the_form_says_what_its_button_does(name: str, verb: str, other: str) -> None:
    page = Page(PAGES[f"decide {name}"])
    assert f"{verb} leave of Jim O'Dell?" in page.text
    assert "Nothing is decided until you press the button" in page.text
    assert [text for _, text in page.links] == [f"{other} instead"]


@pytest.mark.parametrize("decision", Decision)
def test_the_other_decision_is_one_relative_link_away(decision: Decision) -> None:
    request = CAST.asked()
    html = pages.decide(CAST.view(request), decision, link=link_text(request))
    other = "denied" if decision is APPROVED else "approved"
    assert Page(html).links[0][0] == f"../{other}/{link_text(request)}"


def test_the_form_shows_what_the_mail_says() -> None:
    text = decide_page().text
    for row in (
        "Mon 3 – Sun 9 May 2027",
        "5 working days",
        "Thu 6 May is Ascension Day; Fri 7 May is half a day; 2 weekend days",
        "Annual leave",
        "My wedding",
        "12.5 → 8.5 working days in 2027",
        "Jane Cook: Tue 4 May",
        "Requested 3 days ahead; 14 days are expected.",
        "after your approval, a second approval is needed",
    ):
        assert row in text
    bare = CAST.asked(a_plan())
    page = Page(pages.decide(DecisionView(request=bare, plan=bare.plan), APPROVED, link="x"))
    assert not re.search("Reason|Type|Please note|Also away|Days left", page.text)


def test_an_answer_that_was_taken_back_can_be_given_again() -> None:
    page = decide_page(undone=True)
    assert "Your answer was taken back. Nothing is decided, and no mail was sent." in page.text
    assert [e.name for e in page.elements if e.attributes.get("role") == "status"] == ["p"]
    assert page.one("button")


def test_the_form_and_the_page_say_that_the_sixth_answer_is_final_at_once() -> None:
    request = CAST.asked()
    for _ in range(MAXIMUM_UNDONE):
        form = Page(pages.decide(CAST.view(request), APPROVED, link="x"))
        given = Page(pages.decided(CAST.view(answer(request, APPROVED)), now=True, link="x"))
        assert "final" not in form.text + given.text
        request = answer(request, APPROVED).undo(at=NOW)
    final = "This answer is final at once"
    assert final in Page(pages.decide(CAST.view(request), APPROVED, link="x")).text
    decided = CAST.view(answer(request, APPROVED))
    assert final in Page(pages.decided(decided, now=True, link="x")).text
    assert final not in Page(pages.decided(decided, now=False, link="x")).text


def test_a_page_shows_the_plan_as_the_lead_may_see_it() -> None:
    plan = a_plan(leave_type="sick", reason="My operation")
    asked = CAST.asked(plan)
    discreet = DecisionView(request=asked, plan=replace(plan, leave_type="", reason=""))
    revoked = RevokedLink(secret=Secret("old"), at=NOW, why=RevocationReason.CHANGED)
    for html in (
        pages.decide(discreet, APPROVED, link="x"),
        pages.decided(replace(discreet, request=answer(asked, APPROVED)), now=True, link="x"),
        pages.decided(replace(discreet, revoked=revoked), now=False, link="x"),
    ):
        assert not re.search("operation|sick|Reason", html)


@pytest.mark.parametrize("told", [False, True])
def test_a_page_names_the_previous_approver_as_the_mail_does(*, told: bool) -> None:
    view = CAST.view(CAST.moved(RevocationReason.ESCALATED, told=told))
    page = Page(pages.decide(view, APPROVED, link="x")).text
    assert "Mary Major was asked before and has not answered. Now you decide." in page


@pytest.mark.parametrize(
    ("language", "text"), [("en", "the leave stays"), ("de", "nicht storniert wird")]
)
def test_declining_a_cancellation_is_no_denial(language: str, text: str) -> None:
    cast = Cast(language=language)
    missing = CommentMissingError("x")
    page = pages.decide(cast.view(cast.cancelling()), DENIED, link="x", problem=missing)
    assert text in page
    assert "problem.comment" not in page


@pytest.mark.parametrize(
    ("problem", "english", "german"),
    [
        (
            CommentMissingError("x"),
            "Please give a reason for the denial.",
            "Bitte begründen Sie die Ablehnung.",
        ),
        (
            InsufficientBalanceError(
                2027,
                asked=CAST.plan().working_days,
                available=CAST.decision_summary().balances[0].after,
            ),
            "not enough days left in 2027. Requested: 5 working days. Left: 8.5",
            "In 2027 sind nicht genug Tage übrig. Beantragt: 5 Arbeitstage. Verfügbar: 8,5",
        ),
        (
            OverlapError(R1, WEEK, "pending"),
            "has other leave on some",
            "inzwischen einen anderen Antrag",
        ),
        ("Try later.", "Try later.", "Try later."),
    ],
)
def test_what_stood_in_the_way_is_said_next_to_the_field_in_the_readers_language(
    problem: Exception | str, english: str, german: str
) -> None:
    for language, words in {"en": english, "de": german}.items():
        cast = Cast(language=language)
        opened = cast.view(cast.asked())
        page = Page(pages.decide(opened, DENIED, link="x", problem=problem))
        (alert,) = [e for e in page.elements if e.attributes.get("role") == "alert"]
        assert page.one("textarea").attributes["aria-describedby"] == alert.attributes["id"]
        assert words in page.text
        over = replace(opened, request=answer(opened.request, DENIED, "No"), decision_summary=None)
        assert words in Page(pages.decided(over, now=False, link="x", problem=problem)).text
    assert not any("role" in e.attributes for e in decide_page(DENIED).elements)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "not enough days left for this leave"), ("de", "sind nicht genug Tage übrig")],
)
def test_how_many_days_are_left_of_a_hidden_type_is_not_said(language: str, said: str) -> None:
    cast = Cast(language=language)
    opened = cast.view(cast.asked())
    hidden = replace(opened, plan=replace(opened.plan, leave_type="", reason=""))
    problem = InsufficientBalanceError(2027, asked=Decimal("6.5"), available=Decimal("3.5"))
    decided = replace(hidden, request=answer(hidden.request, DENIED, "No"), decision_summary=None)
    for html in (
        pages.decide(hidden, APPROVED, link="x", problem=problem),
        pages.decided(decided, now=False, link="x", problem=problem),
    ):
        page = Page(html)
        assert said in page.text
        assert not re.search("[63][.,]5", page.text)


@pytest.mark.parametrize(
    ("name", "thanks", "stands"),
    [
        ("approved", "Thank you: approved", "The leave is approved."),
        ("denied", "Thank you: denied", "The request is denied."),
        ("cancelled", "Thank you: the leave is cancelled", "The leave is cancelled."),
        (
            "cancellation-declined",
            "Thank you: the cancellation was declined",
            "The leave is approved.",
        ),
    ],
)
def test_an_answer_is_thanked_for_and_says_how_the_leave_stands(
    name: str, thanks: str, stands: str
) -> None:
    page = decided_page(name, now=True)
    assert thanks in page.text
    assert "Jim O'Dell gets a mail now" in page.text
    assert stands in page.text
    assert "Comment My wedding" in page.text
    assert page.all("form") == []


@pytest.mark.parametrize("now", [True, False])
def test_an_answer_can_be_taken_back_until_the_employee_is_told(now: bool) -> None:  # noqa: FBT001
    page = decided_page("denied", now=now, undo_until=UNTIL)
    assert "Jim O'Dell gets a mail at 10:35 CET. Until then" in page.text
    assert "gets a mail now" not in page.text
    assert page.one("form").attributes == {"method": "post", "action": "../denied/x.y"}
    assert page.one("input").attributes == {"type": "hidden", "name": "undo", "value": "1"}
    assert page.one("button").attributes == {"class": "undo", "type": "submit"}
    assert "Undo" in page.text
    approved = decided_page("cancelled", now=now, undo_until=UNTIL)
    assert approved.one("form").attributes["action"] == "../approved/x.y"


CLOSED = {
    "approved": ("approved already", "John Carpenter approved the request on", "talk to Jim"),
    "approved.by_rule": (
        "approved without asking",
        "needs no approval. It was noted",
        "need not do",
    ),
    "denied": (
        "denied already",
        "Carpenter denied the request on",
        "talk to Jim O'Dell: future days",
    ),
    "withdrawn": ("was withdrawn", "Jim O'Dell withdrew the request on", "need not do anything"),
    "expired": ("Too late", "was not answered in time, so it expired on", "future days can"),
    "cancelled": (
        "cancelled already",
        "John Carpenter agreed to cancel the leave on",
        "need not do",
    ),
    "cancelled.by_employee": (
        "leave was cancelled",
        "Jim O'Dell cancelled the leave on",
        "need not do",
    ),
    "cancelled.by_end": ("leave was cancelled", "outside the employment of Jim O'Dell", "need not"),
    "cancellation-declined": ("declined already", "declined to cancel the leave on", "to request"),
    "cancellation-expired": ("stays approved", "was not answered in time", "to request"),
}
# What is denied, withdrawn or expired is the request; there is no such leave.
STANDS = {
    "approved": "The leave is approved.",
    "denied": "The request is denied.",
    "withdrawn": "The request is withdrawn.",
    "cancelled": "The leave is cancelled.",
    "expired": "The request has expired.",
}


def test_every_outcome_has_its_words() -> None:
    requests = {**CAST.outcomes(), "withdrawn": CAST.withdrawn()}
    assert {requests[name].outcome.type for name in CLOSED} == OUTCOMES  # type: ignore[union-attr]


@pytest.mark.parametrize("name", CLOSED)
def test_a_later_click_learns_what_happened_by_whom_when_and_what_to_do(name: str) -> None:
    page = decided_page(name)
    for words in CLOSED[name]:
        assert words in page.text
    assert "on Monday, 1 March 2027 at 10:30 CET" in page.text
    status = {**CAST.outcomes(), "withdrawn": CAST.withdrawn()}[name].status
    assert STANDS[status] in page.text
    assert page.all("form") == []
    assert len({Page(PAGES[f"decided {n} False"]).one("h1").name for n in CLOSED}) == 1


def test_a_link_that_shows_nothing_says_when_the_request_was_closed_and_where_to_look() -> None:
    over = decided_page("denied", hidden=True)
    assert "closed on Monday, 1 March 2027 at 10:30 CET" in over.text
    assert "The team calendar shows who is away" in over.text
    is_open = Page(PAGES["closed_link open"])
    assert "The approver who decides now has another link" in is_open.text
    for page in (over, is_open):
        assert "This link is closed" in page.text
        assert "Nothing was changed just now" in page.text
        assert not any(name in page.text for name in ("Jim", "John", "wedding", "May", "denied"))
        assert not any(page.all(element) for element in ("dl", "form"))
        assert page.links == []


def test_whoever_takes_an_answer_back_too_late_reads_that() -> None:
    for language, title in {
        "en": "Too late: the answer cannot be taken back any more",
        "de": "Zu spät: Die Antwort kann nicht mehr zurückgenommen werden",
    }.items():
        cast = Cast(language=language)
        opened = cast.view(cast.outcomes()["approved"])
        page = Page(pages.decided(opened, now=False, late=True, link="x.y"))
        assert title in page.text
        assert "Nothing to decide" not in page.text
        assert cast.lead.name in page.text


def test_of_two_approvals_both_are_named() -> None:
    page = decided_page("approved.both")
    assert "First approval Mary Major" in page.text
    assert "John Carpenter approved the request" in page.text


RETIRED = {
    RevocationReason.CHANGED: "Jim O'Dell changed the request on",
    RevocationReason.CANCELLATION: "Jim O'Dell asked to cancel it",
    RevocationReason.REROUTED: "another approver decides for Jim O'Dell",
    RevocationReason.ESCALATED: "The request waited for a long time",
    RevocationReason.UNREACHABLE: "Mail to you could not be delivered",
    RevocationReason.SECOND_STAGE: "Leave this long needs a second approval",
}


@pytest.mark.parametrize("why", RevocationReason)
def test_a_retired_link_says_why_when_who_is_asked_now_and_what_to_do(
    why: RevocationReason,
) -> None:
    same = why in {RevocationReason.CHANGED, RevocationReason.CANCELLATION}
    for owner, said, name in (
        ("same", RETIRED[why] if same else "This link was replaced on", "asked by a newer mail"),
        ("other", RETIRED[why], "Mary Major"),
        (
            "moving",
            RETIRED[why],
            "A new mail with new links follows" if same else "Another approver",
        ),
    ):
        page = Page(PAGES[f"retired {why} {owner} False"])
        assert said in page.text
        assert "Monday, 1 March 2027 at 09:30 UTC" in page.text
        assert name in page.text
        assert "Nothing was changed just now" in page.text
        assert re.search("You need not do anything|[Pp]lease use the links", page.text)
        assert page.all("form") == []


def test_a_first_approval_is_thanked_for_and_says_who_decides_finally() -> None:
    now = Page(PAGES["retired second-stage other True"])
    assert "Thank you: your approval is recorded" in now.text
    assert "Mary Major makes the final decision now. You need not do anything." in now.text
    assert "Nothing was changed" not in now.text
    revoked = RevokedLink(
        secret=Secret("x"), at=NOW, why=RevocationReason.SECOND_STAGE, owner="E009"
    )
    first = ask(CAST.request(), CAST.other).approve_first(comment="Fine", at=NOW)
    page = Page(pages.decided(replace(CAST.view(first), revoked=revoked), now=True, link="x"))
    assert "Another approver makes the final decision now." in page.text
    assert "Comment Fine" in page.text


LATER = NOW + timedelta(days=1)
OWN = {"actor": "E002", "name": "Jim O'Dell"}
HR = {"actor": "E010", "name": "Pat Doe"}


def retired_page(request: LeaveRequest, revoked: RevokedLink) -> Page:
    opened = replace(CAST.view(request), revoked=revoked)
    return Page(pages.decided(opened, now=False, link="x"))


def test_who_is_asked_again_by_a_newer_link_is_not_told_to_do_nothing() -> None:
    first = CAST.asked()
    there = ask(first.reroute(actor="hr", why="", at=NOW), CAST.other)
    back = ask(there.reroute(actor="hr", why="", at=NOW), CAST.lead)
    page = retired_page(back, first.reroute(actor="hr", why="", at=NOW).revoked_links[0])
    assert "You are asked by a newer mail" in page.text
    assert not re.search("[Ss]omebody else|You need not do anything", page.text)


def test_a_newer_mail_is_named_only_when_it_has_left() -> None:
    """A change within the time to undo waits for its end until somebody is asked."""
    approved = answer(CAST.asked(), APPROVED)
    changed = approved.overtake(**OWN, at=LATER).change(CAST.plan(), **OWN, at=LATER)
    link = changed.revoked_links[-1]
    asked = changed.ask(CAST.lead, task_token=TASK_TOKEN, at=LATER)
    for request in (changed, asked, asked.mark_unsent()):
        page = retired_page(request, link)
        assert "A new mail with new links follows" in page.text
        assert "newer mail" not in page.text
    assert "You are asked by a newer mail" in retired_page(asked.mark_lead_mailed(), link).text


def test_a_present_link_that_decides_nothing_is_no_newer_one() -> None:
    asked = CAST.asked()
    assert asked.link_secret
    closed = RevokedLink(
        secret=asked.link_secret, at=NOW, why=RevocationReason.REROUTED, owner="E001"
    )
    assert "Another approver is asked now" in retired_page(asked, closed).text


@pytest.mark.parametrize("again", ["lead", "other"])
def test_a_first_approval_that_a_change_has_voided_is_not_said_to_count(again: str) -> None:
    first = CAST.asked().approve_first(comment="Fine", at=NOW)
    second = ask(first, CAST.other)
    changed = second.change(CAST.plan(), **OWN, at=LATER)
    page = retired_page(ask(changed, getattr(CAST, again)), first.revoked_links[0])
    assert "The request was changed" in page.text
    assert "Jim O'Dell changed the request on Tuesday, 2 March" in page.text
    assert ("You are asked by a newer mail" if again == "lead" else "Mary Major is asked now") in (
        page.text
    )
    assert not re.search("approv|finally|Fine", page.text)


def test_a_first_approval_of_what_is_to_be_cancelled_is_over() -> None:
    first = CAST.asked().approve_first(comment="Fine", at=NOW)
    told = answer(ask(first, CAST.other), APPROVED).mark_outcome_mailed()
    asked = ask(told.ask_to_cancel(**HR, at=LATER), CAST.lead)
    page = retired_page(asked, first.revoked_links[0])
    assert "This question has been answered" in page.text
    assert "Pat Doe asked to cancel it" in page.text
    assert "You are asked by a newer mail" in page.text
    assert not re.search("finally|is recorded|need not do", page.text)


def test_each_link_says_who_closed_it_whatever_was_asked_for_later() -> None:
    told = answer(CAST.asked(), APPROVED).mark_outcome_mailed()
    one = ask(told.ask_to_cancel(**HR, at=NOW), CAST.lead)
    declined = answer(one, DENIED, "No").mark_outcome_mailed()
    two = ask(declined.ask_to_cancel(**OWN, at=LATER), CAST.lead)
    said = [retired_page(two, link).text for link in two.revoked_links]
    assert "Monday, 1 March 2027 at 09:30 UTC, Pat Doe asked to cancel it" in said[0]
    assert "Tuesday, 2 March 2027 at 09:30 UTC, Jim O'Dell asked to cancel it" in said[1]


@pytest.mark.parametrize("why", RevocationReason)
def test_a_retired_link_of_what_is_over_says_how_it_stands(why: RevocationReason) -> None:
    page = Page(PAGES[f"retired {why} over"])
    assert "John Carpenter denied the request on" in page.text
    assert "The request is denied." in page.text
    assert "latest mail" not in page.text


@pytest.mark.parametrize("why", RevocationReason)
def test_a_retired_link_tells_nothing_that_was_asked_for_later(why: RevocationReason) -> None:
    revoked = RevokedLink(secret=Secret("old"), at=NOW, why=why, owner="E009")
    before = CAST.request()
    after = before.change(
        replace(before.plan, reason="New grounds"), actor="E002", name="Jim O'Dell", at=NOW
    )
    asked = ask(after, CAST.other)
    for request in (after, asked, answer(asked, DENIED, "No")):
        opened = replace(CAST.view(request), revoked=revoked, outdated=True)
        page = Page(pages.decided(opened, now=False, link="x"))
        replaced = request is asked and why not in {
            RevocationReason.CHANGED,
            RevocationReason.CANCELLATION,
        }
        assert ("This link was replaced on" if replaced else RETIRED[why]) in page.text
        assert page.all("dd") == []
        assert "New grounds" not in page.text
    opened = replace(CAST.view(before), revoked=revoked)
    assert Page(pages.decided(opened, now=False, link="x")).all("dd")


def test_what_is_not_decided_can_not_be_told() -> None:
    with pytest.raises(ValueError, match=f"{R1} is not decided"):
        pages.decided(CAST.view(CAST.asked()), now=False, link="x")


def test_nobody_asked_is_nobody_named() -> None:
    expired = a_request().expire(at=NOW)
    html = pages.decided(DecisionView(request=expired, plan=expired.plan), now=False, link="x")
    assert "was not answered in time" in html


def test_pages_without_a_request_say_what_to_do_in_the_browsers_language() -> None:
    assert "open the link in the latest mail" in Page(pages.unknown_link()).text
    assert "try again in a minute" in Page(pages.trouble(retry=True)).text
    assert "open the link in your mail again" in Page(pages.trouble(retry=False)).text
    accepted = "fr;q=0.4, de-AT, de;q=0.9, en;q=0.8"
    assert "Dieser Link ist ungültig" in pages.unknown_link(language=accepted)
    assert "in einer Minute" in pages.trouble(retry=True, language=accepted)


def test_a_former_approver_reads_the_page_in_their_own_language() -> None:
    german = Person(employee_id="E009", name="Mary Major", language="de")
    request = ask(CAST.request(), german).reroute(actor="hr", why="", at=NOW)
    asked = ask(request, CAST.lead)
    opened = replace(CAST.view(asked), revoked=asked.revoked_links[-1])
    page = Page(pages.decided(opened, now=False, link="x"))
    assert page.one("html").attributes == {"lang": "de"}
    assert "Jetzt wird John Carpenter gefragt" in page.text


def test_a_page_names_who_did_it_and_not_whom_it_is_for() -> None:
    for name, said in {
        "withdrawn": "Pat Doe withdrew the request on",
        "cancelled": "Pat Doe cancelled the leave on",
    }.items():
        request = {**CAST.by_others(), "cancelled": CAST.outcomes()["cancelled.by_other"]}[name]
        page = Page(pages.decided(CAST.view(request), now=False, link="x"))
        assert said in page.text
    changed = CAST.by_others()["changed"]
    opened = replace(CAST.view(changed), revoked=changed.revoked_links[-1])
    page = Page(pages.decided(opened, now=False, link="x"))
    assert "Pat Doe changed the request on" in page.text


def test_a_page_names_who_answered_and_not_who_was_asked_last() -> None:
    approved = answer(ask(CAST.request(), CAST.other), APPROVED, "Enjoy")
    later = invited(approved, approver=CAST.lead)
    page = Page(pages.decided(CAST.view(later), now=False, link="x"))
    assert "Mary Major approved the request on" in page.text
    assert "John Carpenter" not in page.text


def test_a_page_is_in_the_language_of_whoever_is_asked() -> None:
    reader = Person(employee_id="E001", name="John", language="de-CH")
    request = ask(CAST.request(), reader)
    page = Page(pages.decide(CAST.view(request), APPROVED, link="x"))
    assert page.one("html").attributes == {"lang": "de"}
    assert "Urlaub von Jim O'Dell genehmigen?" in page.text


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_page_is_whole_and_loads_runs_or_frames_nothing(language: str) -> None:
    for name, html in {"en": PAGES, "de": GERMAN}[language].items():
        page = Page(html)
        assert html.startswith("<!doctype html>"), name
        assert page.open == page.comments == [], name
        assert page.one("html").attributes == {"lang": language}, name
        for element in ("title", "main", "h1", "style"):
            page.one(element)
        ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
        assert len(ids) == len(set(ids)), name
        labelled = {e.attributes["for"] for e in page.all("label")}
        assert {e.attributes["id"] for e in page.all("textarea")} == labelled, name
        names = {element.name for element in page.elements}
        assert not names & FOREIGN, name
        for element in page.elements:
            assert not set(element.attributes) & LOADING, name
            assert not any(key.startswith("on") for key in element.attributes), name
            assert element.attributes.get("action", "../").startswith("../"), name
        assert not re.search(
            r"https?:|url\(|@import|javascript:|http-equiv|[{}]{2}|None|Undefined", html
        ), name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_on_a_page_can_be_read(scheme: str) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: 4.5 for text, 3 for what shows where a field or the focus is."""
    style = PAGES["unknown_link"].split("<style>")[1]
    light, dark = re.findall(r":root \{([^}]*)\}", style)
    colours = dict(re.findall(r"--([a-z-]+): (#\w+)", light))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([a-z-]+): (#\w+)", dark))
    for ink, ground in (
        ("ink", "paper"),
        ("ink", "ground"),
        ("soft", "paper"),
        ("bad-ink", "paper"),
        ("warn-ink", "warn-paper"),
        ("note-ink", "note-paper"),
    ):
        assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for button in ("good", "bad"):
        assert contrast("#fff", colours[button]) >= 4.5, button
    for edge, ground in (("edge", "paper"), ("focus", "paper"), ("focus", "ground")):
        assert contrast(colours[edge], colours[ground]) >= 3, edge


def test_no_page_shows_the_link_that_decided() -> None:
    decided = answer(CAST.asked(), APPROVED)
    assert link_text(decided) not in pages.decided(CAST.view(decided), now=True, link="x.y")


@pytest.mark.parametrize(
    ("language", "foot"),
    [
        ("en", "This page belongs to the leave system of Foo Ltd. Questions or doubts about it:"),
        ("de", "Diese Seite gehört zur Abwesenheitsverwaltung von Foo Ltd. Fragen oder Zweifel"),
    ],
)
def test_every_page_says_whose_system_it_belongs_to_and_whom_to_ask(
    language: str, foot: str
) -> None:
    for name, html in Cast(language=language).pages().items():
        page = Page(html)
        assert foot in page.text, name
        assert page.anchors[-1] == ("mailto:hr@foo.com", "hr@foo.com"), name
    alone = pages.unknown_link(language, company=Company(name="Foo Ltd"))
    assert Page(alone).text.endswith("Foo Ltd.")
    assert "Foo Ltd" not in pages.unknown_link(language)
