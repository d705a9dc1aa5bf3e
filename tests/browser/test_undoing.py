"""Taking an answer back, on a stage that waits a little before it tells the employee."""

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

    from tests.browser.asking import Asked
    from tests.stage import LocalStage

pytestmark = [pytest.mark.stage, pytest.mark.browser]


@pytest.fixture
def tabs(browser: Browser, patient_stage: LocalStage) -> Iterator[list[Page]]:
    """A phone with JavaScript, and one without."""
    with windows_on(patient_stage, browser) as open_window:
        windows = [open_window(viewport=PHONE, java_script_enabled=on) for on in (True, False)]
        yield [window.context.new_page() for window in windows]


def test_an_approval_is_taken_back_and_the_employee_only_hears_the_denial(
    patient_stage: LocalStage, tabs: list[Page]
) -> None:
    patient = patient_stage
    jim, john = (Someone(patient.facts, f"{name}@foo.com") for name in ("jim", "john"))
    denied = [(tab, deny_after_all(patient, tab, ask(jim, john), jim)) for tab in tabs]
    # Both wait at the same time.
    for tab, asked in denied:
        assert end_of(patient, asked.execution) == "SUCCEEDED"
        (told,) = jim.mails(asked.request_id)
        assert "denied" in told.text
        assert "I mixed up the weeks." in told.text

        # The page is still open, and its button is too late now.
        with tab.expect_response(asked.deny) as answer:
            tab.get_by_role("button", name="Undo").click()
        assert answer.value.status == 409
        expect(tab.get_by_role("article")).to_contain_text("denied")
        expect(tab.get_by_role("button", name="Undo")).to_have_count(0)
        assert len(jim.mails(asked.request_id)) == 1


def deny_after_all(patient: LocalStage, tab: Page, asked: Asked, jim: Someone) -> Asked:
    """Approve, take it back and deny, while the employee is told of nothing."""
    tab.goto(asked.approve)
    tab.get_by_role("button", name="Approve", exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("approved")
    assert jim.mails(asked.request_id) == []

    tab.get_by_role("button", name="Undo").click()
    expect(tab.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    tab.get_by_role("link", name="Deny instead").click()
    tab.get_by_role("textbox").fill("I mixed up the weeks.")
    tab.get_by_role("button", name="Deny").click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("denied")
    expect(tab.get_by_role("button", name="Undo")).to_be_visible()
    assert status(patient, asked.execution) == "RUNNING"
    return asked
