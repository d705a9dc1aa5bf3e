"""A lead decides: from the mail in the inbox, by mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.asking import ask
from tests.end_to_end.sweeps import make_sweep, set_start
from tests.end_to_end.workflows import end_of, status

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.asking import Asked
    from tests.browser.windows import Window
    from tests.end_to_end.people import Someone
    from tests.stage import LocalStage

pytestmark = [pytest.mark.stage, pytest.mark.browser]


def open_mail(tab: Page, stage: LocalStage, asked: Asked) -> None:
    """Go to the lead's mailbox, and choose the conversation about the request."""
    tab.goto(stage.facts.inbox_url)
    tab.get_by_role("navigation").get_by_role("link", name="john@foo.com").click()
    tab.locator(f'.list a[href*="{asked.decision_summary.raw["threadId"]}"]').click()


def follow(tab: Page, words: str) -> Page:
    """Click a link in the mail that is open; it opens in a new tab."""
    mail = tab.frame_locator("main details[open] iframe")
    with tab.context.expect_page() as opened:
        mail.get_by_role("link", name=words, exact=True).click()
    return opened.value


def test_a_lead_approves_from_the_inbox(
    stage: LocalStage, tab: Page, jim: Someone, john: Someone
) -> None:
    asked = ask(jim, john, reason="My sister's <wedding>")
    open_mail(tab, stage, asked)
    page = follow(tab, "Approve")

    expect(page.get_by_role("heading", level=1)).to_have_text("Approve leave of Jim O'Dell?")
    expect(page.get_by_role("article")).to_contain_text("My sister's <wedding>")
    expect(page.get_by_role("article")).to_contain_text("0.5 working days")
    assert status(stage, asked.execution) == "RUNNING"

    page.get_by_label("Comment for Jim O'Dell").fill("Enjoy it, both of you!")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("approved")
    expect(page.get_by_role("article")).to_contain_text("Enjoy it, both of you!")
    assert end_of(stage, asked.execution) == "SUCCEEDED"
    assert "Enjoy it, both of you!" in jim.wait_for_mail(asked.request_id).text


def test_a_denial_without_a_comment_is_stopped_by_the_browser(
    stage: LocalStage, tab: Page, jane: Someone, john: Someone
) -> None:
    asked = ask(jane, john)
    open_mail(tab, stage, asked)
    page = follow(tab, "Deny")
    comment = page.get_by_role("textbox")
    page.get_by_role("button", name="Deny").click()
    assert comment.evaluate("area => area.validity.valueMissing")
    expect(comment).to_be_focused()
    assert status(stage, asked.execution) == "RUNNING"

    comment.fill("We release that week.\nAnother one?")
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("denied")
    expect(page.get_by_role("article")).to_contain_text("We release that week.")
    assert end_of(stage, asked.execution) == "SUCCEEDED"
    assert "We release that week." in jane.wait_for_mail(asked.request_id).text


def test_without_javascript_the_server_asks_for_the_comment(
    stage: LocalStage, window: Callable[..., Window], jane: Someone, john: Someone
) -> None:
    asked = ask(jane, john)
    page = window(java_script_enabled=False).context.new_page()
    page.goto(asked.deny)
    # Spaces satisfy the browser, whose check is all it has without a script.
    page.get_by_role("textbox").fill("   ")
    with page.expect_response(asked.deny) as answer:
        page.get_by_role("button", name="Deny").click()
    assert answer.value.status == 422
    problem = page.get_by_role("alert")
    expect(problem).to_be_visible()
    described = page.get_by_role("textbox").get_attribute("aria-describedby")
    assert described == problem.get_attribute("id")
    assert status(stage, asked.execution) == "RUNNING"

    page.get_by_role("textbox").fill("Not that week.")
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("denied")
    assert end_of(stage, asked.execution) == "SUCCEEDED"


def test_changing_ones_mind_before_pressing_decides_nothing(
    stage: LocalStage, tab: Page, jim: Someone, john: Someone
) -> None:
    asked = ask(jim, john)
    tab.goto(asked.approve)
    tab.get_by_role("link", name="Deny instead").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Deny leave of Jim O'Dell?")
    tab.get_by_role("link", name="Approve instead").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Approve leave of Jim O'Dell?")
    tab.go_back()
    tab.reload()
    assert status(stage, asked.execution) == "RUNNING"
    assert jim.mails(asked.request_id) == []


def test_a_browser_that_only_opens_both_links_decides_nothing(
    stage: LocalStage, window: Callable[..., Window], jim: Someone, john: Someone
) -> None:
    """As prefetching mail clients and scanners do, scripts and all, and more than once."""
    asked = ask(jim, john)
    context = window().context
    for link in (asked.approve, asked.deny) * 2:
        answer = context.new_page().goto(link, wait_until="networkidle")
        assert answer
        assert answer.status == 200
    head = context.request.head(asked.approve)
    assert head.ok
    assert status(stage, asked.execution) == "RUNNING"
    assert jim.mails(asked.request_id) == []


def test_later_clicks_tell_what_was_decided_and_change_nothing(
    stage: LocalStage, tab: Page, jim: Someone, john: Someone
) -> None:
    asked = ask(jim, john)
    late = tab.context.new_page()
    late.goto(asked.deny)
    tab.goto(asked.approve)
    tab.get_by_role("button", name="Approve", exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("approved")
    assert end_of(stage, asked.execution) == "SUCCEEDED"

    for link in (asked.approve, asked.deny):
        again = tab.context.new_page()
        again.goto(link)
        expect(again.get_by_role("article")).to_contain_text("approved")
        expect(again.get_by_role("article")).to_contain_text("John Carpenter")

    late.get_by_role("textbox").fill("I had this open for a while")
    with late.expect_response(asked.deny) as answer:
        late.get_by_role("button", name="Deny").click()
    assert answer.value.status == 409
    expect(late.get_by_role("article")).to_contain_text("approved")
    expect(late.get_by_role("article")).not_to_contain_text("I had this open")
    assert len(jim.mails(asked.request_id)) == 1


def test_a_request_that_nobody_answered_in_time_says_so(
    stage: LocalStage, tab: Page, jim: Someone, john: Someone
) -> None:
    asked = ask(jim, john)
    set_start(stage, asked.request_id, days=-1)
    make_sweep(stage)
    assert "expired" in jim.wait_for_mail(asked.request_id).text
    open_mail(tab, stage, asked)
    page = follow(tab, "Approve")
    expect(page.get_by_role("heading", level=1)).to_contain_text("expired")
    expect(page.get_by_role("button")).to_have_count(0)
