"""A stage that asks leads to sign in: what a forwarded mail is good for there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.browser import Browser
from tests.end_to_end.people import Someone, fresh_day

if TYPE_CHECKING:
    from tests.stage import LocalStage

pytestmark = pytest.mark.sign_in_stage


def asked(stage: LocalStage) -> tuple[Someone, str]:
    """Let Jim ask; return him and the link to approve it."""
    jim = Someone(stage.facts, "jim@foo.com")
    said = jim.ask(date=fresh_day().isoformat()).fields()
    mail = Someone(stage.facts, "john@foo.com").wait_for_mail(said["requestId"])
    return jim, mail.link("approved")


def test_only_the_lead_who_signed_in_decides(sign_in_stage: LocalStage) -> None:
    jim, link = asked(sign_in_stage)

    forwarded = Browser()
    shown = forwarded.open(link)
    assert shown.status == 200
    assert "Jim" not in shown.page.text
    assert shown.page.all("form") == []
    assert forwarded.open(link, {"comment": ""}).status == 403

    refused = forwarded.sign_in(link, "jane@foo.com")
    assert refused.url == link
    assert refused.status == 403
    assert "You are signed in as jane@foo.com" in refused.page.text
    assert "Jim" not in refused.page.text
    assert forwarded.open(link, {"comment": ""}).status == 403

    form = forwarded.sign_in(link, "john@foo.com", "Sign in with another account")
    assert form.status == 200
    assert form.url == link
    assert "Approve leave of Jim O'Dell?" in form.page.text
    decided = forwarded.open(link, {"comment": "Enjoy"})
    assert decided.status == 200
    assert "Jim O'Dell" in decided.page.text
    assert "Enjoy" in jim.wait_for_mail("Enjoy").text

    explained = Browser().open(link)
    assert "Sign in with Google" in explained.page.text
    assert "Jim" not in explained.page.text
    assert "approved already" in Browser().sign_in(link, "john@foo.com").page.text


def test_an_account_of_another_company_is_told_so_and_may_choose_again(
    sign_in_stage: LocalStage,
) -> None:
    _, link = asked(sign_in_stage)
    stranger = Browser()
    refused = stranger.sign_in(link, "somebody@example.org")
    assert refused.status == 403
    assert "not an account of the company" in refused.page.text
    accounts = stranger.open(refused.link("another account"))
    assert "Approve leave of" in stranger.open(accounts.account("john@foo.com")).page.text


def test_a_callback_is_good_once_and_in_its_own_browser_only(sign_in_stage: LocalStage) -> None:
    _, link = asked(sign_in_stage)
    john = Browser()
    begin = john.open(link).link("Sign in with Google")
    accounts = john.open(begin)
    stolen = Browser().open(accounts.account("john@foo.com"))
    assert stolen.status == 400
    assert "no longer valid" in stolen.page.text
    signed_in = john.open(accounts.account("john@foo.com"))
    assert "Approve leave of" in signed_in.page.text
    assert john.open(stolen.url).status == 400
