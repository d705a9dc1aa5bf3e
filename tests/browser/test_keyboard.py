"""Deciding without a mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.appearance import shows_its_focus
from tests.browser.asking import ask
from tests.end_to_end.workflows import end_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from tests.browser.windows import Window
    from tests.end_to_end.people import Someone
    from tests.stage import LocalStage

pytestmark = [pytest.mark.stage, pytest.mark.browser]
MOST_STEPS = 12


def walk_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus; whatever has it on the way shows it.

    A tab that just opened, and the way past the last element, are no element's.
    """
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue
        assert shows_its_focus(page), page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"no way by Tab to {wanted}")


def test_a_lead_denies_by_keyboard_alone(
    stage: LocalStage, tab: Page, jane: Someone, john: Someone
) -> None:
    asked = ask(jane, john)
    tab.goto(asked.deny)
    walk_to(tab, tab.get_by_role("textbox"))
    tab.keyboard.type("Everybody is away.")
    walk_to(tab, tab.get_by_role("button"))
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_contain_text("denied")
    assert end_of(stage, asked.execution) == "SUCCEEDED"
    assert "Everybody is away." in jane.wait_for_mail(asked.request_id).text


def test_a_lead_goes_from_the_inbox_to_an_approval_by_keyboard_alone(
    stage: LocalStage, window: Callable[..., Window], jim: Someone, john: Someone
) -> None:
    asked = ask(jim, john)
    tab = window().context.new_page()
    thread = asked.decision_summary.raw["threadId"]
    tab.goto(f"{stage.facts.inbox_url}?mailbox=john@foo.com&thread={thread}")
    mail = tab.frame_locator("main details[open] iframe")
    focused = mail.locator("a:focus", has_text="Approve")
    for _ in range(MOST_STEPS * 10):
        tab.keyboard.press("Tab")
        if focused.count():
            break
    else:
        pytest.fail("no way by Tab to the link in the mail")
    with tab.context.expect_page() as opened:
        tab.keyboard.press("Enter")
    page = opened.value
    page.wait_for_load_state()
    walk_to(page, page.get_by_role("button", name="Approve", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("approved")
    assert end_of(stage, asked.execution) == "SUCCEEDED"
