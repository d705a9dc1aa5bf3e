"""Pages of links that no longer decide: why, who is asked now, and what to do."""

import re
from datetime import timedelta

import pytest

from leave.domain.invitations import RevocationReason, RevokedLink
from leave.domain.values import Secret, replace
from tests.leave.adapters.markup import Page
from tests.leave.adapters.reading import CAST, PAGES, retired, told
from tests.leave.adapters.samples import (
    APPROVED,
    DENIED,
    answer,
    ask,
)
from tests.leave.builders import NOW, TASK_TOKEN

LATER = NOW + timedelta(days=1)
OWN = {"actor": "E002", "name": "Jim O'Dell"}
HR = {"actor": "E010", "name": "Pat Doe"}
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
    page = told(first, revoked=revoked, now=True)
    assert "Another approver makes the final decision now." in page.text
    assert "Comment Fine" in page.text


def test_who_is_asked_again_by_a_newer_link_is_not_told_to_do_nothing() -> None:
    first = CAST.asked()
    there = ask(first.reroute(actor="hr", why="", at=NOW), CAST.other)
    back = ask(there.reroute(actor="hr", why="", at=NOW), CAST.lead)
    page = retired(back, first.reroute(actor="hr", why="", at=NOW).revoked_links[0])
    assert "You are asked by a newer mail" in page.text
    assert not re.search("[Ss]omebody else|You need not do anything", page.text)


def test_a_newer_mail_is_named_only_when_it_has_left() -> None:
    """A change within the time to undo waits for its end until somebody is asked."""
    approved = answer(CAST.asked(), APPROVED)
    changed = approved.overtake(**OWN, at=LATER).change(CAST.plan(), **OWN, at=LATER)
    link = changed.revoked_links[-1]
    asked = changed.ask(CAST.lead, task_token=TASK_TOKEN, at=LATER)
    for request in (changed, asked, asked.mark_unsent()):
        page = retired(request, link)
        assert "A new mail with new links follows" in page.text
        assert "newer mail" not in page.text
    assert "You are asked by a newer mail" in retired(asked.mark_lead_mailed(), link).text


def test_a_present_link_that_decides_nothing_is_no_newer_one() -> None:
    asked = CAST.asked()
    assert asked.link_secret
    closed = RevokedLink(
        secret=asked.link_secret, at=NOW, why=RevocationReason.REROUTED, owner="E001"
    )
    assert "Another approver is asked now" in retired(asked, closed).text


@pytest.mark.parametrize("again", ["lead", "other"])
def test_a_first_approval_that_a_change_has_voided_is_not_said_to_count(again: str) -> None:
    first = CAST.asked().approve_first(comment="Fine", at=NOW)
    second = ask(first, CAST.other)
    changed = second.change(CAST.plan(), **OWN, at=LATER)
    page = retired(ask(changed, getattr(CAST, again)), first.revoked_links[0])
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
    page = retired(asked, first.revoked_links[0])
    assert "This question has been answered" in page.text
    assert "Pat Doe asked to cancel it" in page.text
    assert "You are asked by a newer mail" in page.text
    assert not re.search("finally|is recorded|need not do", page.text)


def test_each_link_says_who_closed_it_whatever_was_asked_for_later() -> None:
    told = answer(CAST.asked(), APPROVED).mark_outcome_mailed()
    one = ask(told.ask_to_cancel(**HR, at=NOW), CAST.lead)
    declined = answer(one, DENIED, "No").mark_outcome_mailed()
    two = ask(declined.ask_to_cancel(**OWN, at=LATER), CAST.lead)
    said = [retired(two, link).text for link in two.revoked_links]
    assert "Monday, 1 March 2027 at 09:30 UTC, Pat Doe asked to cancel it" in said[0]
    assert "Tuesday, 2 March 2027 at 09:30 UTC, Jim O'Dell asked to cancel it" in said[1]


@pytest.mark.parametrize("why", RevocationReason)
def test_a_retired_link_of_what_is_over_says_how_it_stands(why: RevocationReason) -> None:
    page = Page(PAGES[f"retired {why} over"])
    assert "John Carpenter denied the request on" in page.text
    assert "The request is denied." in page.text
    assert "latest mail" not in page.text
    assert not re.search("decides? now|decides for|is asked now", page.text)


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "Nothing to decide any more"), ("de", "Nichts mehr zu entscheiden")],
)
@pytest.mark.parametrize("why", ["rerouted", "escalated", "unreachable"])
def test_the_heading_of_what_is_over_names_nobody_who_decides_now(
    why: str, language: str, heading: str
) -> None:
    over = answer(CAST.moved(RevocationReason(why)), DENIED, "No")
    page = retired(over, replace(over.revoked_links[-1], language=language))
    assert heading in page.text
    assert not re.search("decides now|decides for|[Jj]etzt entscheidet|entscheidet für", page.text)


@pytest.mark.parametrize("why", RevocationReason)
def test_a_retired_link_tells_nothing_that_was_asked_for_later(why: RevocationReason) -> None:
    revoked = RevokedLink(secret=Secret("old"), at=NOW, why=why, owner="E009")
    before = CAST.request()
    after = before.change(
        replace(before.plan, reason="New grounds"), actor="E002", name="Jim O'Dell", at=NOW
    )
    asked = ask(after, CAST.other)
    for request in (after, asked, answer(asked, DENIED, "No")):
        page = told(request, revoked=revoked, outdated=True)
        replaced = request is asked and why not in {
            RevocationReason.CHANGED,
            RevocationReason.CANCELLATION,
        }
        passed_on = "went to another approver on"
        is_over = request.question is None and why is RevocationReason.REROUTED
        said = passed_on if is_over else RETIRED[why]
        assert ("This link was replaced on" if replaced else said) in page.text
        assert page.all("dd") == []
        assert "New grounds" not in page.text
    assert retired(before, revoked).all("dd")
