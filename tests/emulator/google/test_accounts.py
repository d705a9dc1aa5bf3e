"""Choosing an account by hand, and the client of the decision pages."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from emulator.directory import sample_people
from emulator.google import GoogleStandIn
from tests.emulator.google.callers import AUDIENCES, SENDER, Answer, call
from tests.emulator.google.test_sign_in import CONSENT, HOME, consent_query

if TYPE_CHECKING:
    from collections.abc import Iterator

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
CALLBACK = "http://127.0.0.1:4711/stage/sign_in/callback"


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    with GoogleStandIn(audiences=AUDIENCES, mailbox=SENDER, people=sample_people()) as started:
        yield started


def opened(google: GoogleStandIn, **changes: str) -> Answer:
    return call(google, "GET", consent_query(**changes), headers=BROWSER)


def accounts(answer: Answer) -> dict[str, str]:
    """Return where each choice leads, by address."""
    assert answer.status == 200, answer.text
    targets = map(unescape, re.findall(r'href="([^"]*)"', answer.text))
    return {parse_qs(target[1:])["login_hint"][0]: target for target in targets}


def test_a_browser_is_asked_who_it_is(google: GoogleStandIn) -> None:
    page = opened(google, login_hint="")
    assert accounts(page).keys() == {*sample_people(), SENDER, "somebody@example.org"}
    assert "<strong>John Carpenter</strong>" in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_choice_signs_in_and_keeps_what_the_application_asked_for(google: GoogleStandIn) -> None:
    target = accounts(opened(google, login_hint="", nonce="n-1"))["john@foo.com"]
    answer = call(google, "GET", f"{CONSENT}{target}", headers=BROWSER)
    assert answer.status == 302
    assert answer.headers["Location"].startswith(HOME)
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["state"] == ["xyz"]
    query = parse_qs(target[1:])
    assert query["nonce"] == ["n-1"]
    assert query["code_challenge_method"] == ["S256"]


def test_another_account_can_be_chosen_although_one_is_named(google: GoogleStandIn) -> None:
    assert opened(google).status == 302
    chosen = accounts(opened(google, prompt="select_account consent"))["jane@foo.com"]
    assert parse_qs(chosen[1:])["prompt"] == ["consent"]
    assert call(google, "GET", f"{CONSENT}{chosen}", headers=BROWSER).status == 302
    again = accounts(opened(google, prompt="select_account"))["jane@foo.com"]
    assert "prompt" not in parse_qs(again[1:])


def test_a_program_is_not_asked(google: GoogleStandIn) -> None:
    assert call(google, "GET", consent_query(login_hint="")).status == 302


def test_a_choice_made_before_is_not_asked_for(google: GoogleStandIn) -> None:
    call(google, "POST", "/_fake/consent", body={"email": "jim@foo.com"})
    assert opened(google, login_hint="").status == 302
    assert opened(google, login_hint="").status == 200


def test_an_odd_request_shows_no_accounts(google: GoogleStandIn) -> None:
    assert opened(google, login_hint="", client_id="nobody").status == 401
    assert opened(google, login_hint="", redirect_uri="https://evil.example.com").status == 400


def test_names_are_text_on_the_page() -> None:
    people = {'"x"@foo.com': "<script>alert(1)</script>"}
    with GoogleStandIn(audiences=AUDIENCES, mailbox=SENDER, people=people) as google:
        page = opened(google, login_hint="")
    assert "<script>" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


def test_a_web_client_is_sent_back_to_its_registered_address_only(google: GoogleStandIn) -> None:
    client = google.web_client()["client_id"]
    for uri in (CALLBACK, HOME):
        answer = opened(google, client_id=client, redirect_uri=uri)
        assert answer.status == 400
        assert "redirect_uri_mismatch" in answer.json["error"]["message"]
    google.register_redirect_uri(CALLBACK)
    assert opened(google, client_id=client, redirect_uri=CALLBACK).status == 302
    for uri in (HOME, f"{CALLBACK}/", f"{CALLBACK}?x=1", CALLBACK.upper()):
        assert opened(google, client_id=client, redirect_uri=uri).status == 400
