"""Signing in before deciding, on a stage that asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.asking import ask
from tests.browser.windows import PHONE, windows_on
from tests.end_to_end.people import Someone
from tests.end_to_end.workflows import end_of, status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.stage import LocalStage

pytestmark = [pytest.mark.sign_in_stage, pytest.mark.browser]


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def tab(
    request: pytest.FixtureRequest, browser: Browser, sign_in_stage: LocalStage
) -> Iterator[Page]:
    with windows_on(sign_in_stage, browser) as open_window:
        window = open_window(viewport=PHONE, java_script_enabled=request.param)
        yield window.context.new_page()


def sign_in(tab: Page, email: str) -> None:
    """Follow the way to Google, and choose an account there."""
    tab.get_by_role("link", name="Sign in").click()
    tab.get_by_role("link", name=email).click()


def test_only_the_lead_sees_and_decides(sign_in_stage: LocalStage, tab: Page) -> None:
    jim, john = (Someone(sign_in_stage.facts, f"{name}@foo.com") for name in ("jim", "john"))
    asked = ask(jim, john, reason="A secret wedding")
    tab.goto(asked.approve)
    expect(tab.get_by_role("article")).not_to_contain_text("Jim")
    sign_in(tab, "jane@foo.com")
    expect(tab.get_by_role("article")).to_contain_text("You are signed in as jane@foo.com")
    expect(tab.get_by_role("article")).not_to_contain_text("Jim")
    assert status(sign_in_stage, asked.execution) == "RUNNING"

    sign_in(tab, "john@foo.com")
    assert tab.url == asked.approve
    expect(tab.get_by_role("article")).to_contain_text("A secret wedding")
    tab.get_by_role("button", name="Approve", exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("approved")
    assert end_of(sign_in_stage, asked.execution) == "SUCCEEDED"
    assert "approved" in jim.wait_for_mail(asked.request_id).text


def test_who_is_signed_in_is_not_asked_again(sign_in_stage: LocalStage, tab: Page) -> None:
    jane, john = (Someone(sign_in_stage.facts, f"{name}@foo.com") for name in ("jane", "john"))
    first, second = ask(jane, john), ask(jane, john)
    tab.goto(first.deny)
    sign_in(tab, "john@foo.com")
    tab.goto(second.deny)
    tab.get_by_role("textbox").fill("Not both of you.")
    tab.get_by_role("button", name="Deny").click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("denied")
    assert end_of(sign_in_stage, second.execution) == "SUCCEEDED"
    assert status(sign_in_stage, first.execution) == "RUNNING"
