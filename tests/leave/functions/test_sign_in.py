"""GET /sign_in and its callback, from the event to the reply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from leave.domain.errors import UnavailableError
from leave.functions import sign_in
from leave.functions.sign_in import handler
from leave.services.sign_in import ATTEMPT
from tests.leave.adapters.markup import Page
from tests.leave.builders import R1
from tests.leave.fake_provider import PAGE
from tests.leave.functions.events import CONTEXT, event
from tests.leave.hooks import raising
from tests.leave.sign_ins import API_URL, SIGNING_KEY, FakeSignIn

SECRET = "s" * 43
LINK = f"{R1}.{SECRET}"
GOAL = {"decision": "approved", "link": LINK}


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> FakeSignIn:
    stage = FakeSignIn()
    monkeypatch.setattr(sign_in, "application", lambda: (API_URL, stage.sign_in))
    return stage


def called(path: str, query: dict[str, str], *cookies: str) -> dict[str, Any]:
    changes: dict[str, Any] = {"cookies": list(cookies)} if cookies else {}
    return handler(event("GET", path, queryStringParameters=query, **changes), CONTEXT)


def begun(query: dict[str, str] | None = None) -> tuple[dict[str, Any], str]:
    """Begin to sign in; return the reply and the cookie, as a browser sends it back."""
    reply = called("/sign_in", query or GOAL)
    (kept,) = reply["cookies"]
    return reply, kept.partition(";")[0]


def back(query: dict[str, str], *cookies: str) -> dict[str, Any]:
    return called("/sign_in/callback", query, *cookies)


def failed(reply: dict[str, Any], status: int, words: str) -> Page:
    assert reply["statusCode"] == status
    assert reply["headers"]["referrer-policy"] == "no-referrer"
    assert "cookies" not in reply
    page = Page(reply["body"])
    assert words in page.text
    return page


def test_the_browser_is_sent_to_the_provider_and_keeps_the_rest(stage: FakeSignIn) -> None:
    reply, cookie = begun()
    assert reply["statusCode"] == 303
    assert reply["headers"]["location"].startswith(f"{PAGE}?")
    assert reply["headers"]["cache-control"] == "no-store"
    assert reply["headers"]["referrer-policy"] == "no-referrer"
    assert reply["cookies"][0].endswith("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure")
    assert cookie.startswith("__Host-leave-sign-in=")
    assert SECRET not in reply["headers"]["location"]
    assert R1 not in reply["headers"]["location"]
    assert len(reply["cookies"][0]) < 4096
    assert stage.provider.asked[-1]["choose"] is False
    begun(GOAL | {"choose": "account"})
    assert stage.provider.asked[-1]["choose"] is True


def test_who_comes_back_is_signed_in_on_the_decision_page(stage: FakeSignIn) -> None:
    """Where to return to is not taken from the callback."""
    _, cookie = begun()
    told = {"decision": "denied", "link": "//evil", "redirect_uri": "https://evil.example.com"}
    reply = back(stage.provider.sent_back() | told, "other=1", cookie)
    assert reply["statusCode"] == 303
    assert reply["headers"]["location"] == f"{API_URL}/leave_lead_response/approved/{LINK}"
    session, forgotten = reply["cookies"]
    assert session.startswith("__Host-leave-session=")
    assert session.endswith("; Path=/; Max-Age=28800; HttpOnly; SameSite=Lax; Secure")
    assert forgotten.startswith("__Host-leave-sign-in=; Path=/; Max-Age=0;")
    value = session.partition("=")[2].partition(";")[0]
    assert stage.sessions.email(value) == "john@foo.com"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"decision": "approved"},
        {"link": LINK},
        {"decision": "approved", "link": "//evil.example.com"},
        {"decision": "//evil.example.com", "link": LINK},
        {"decision": "approved", "link": f"{LINK}@evil.example.com"},
        {"decision": "approved,denied", "link": LINK},
    ],
)
def test_a_sign_in_leads_to_decision_links_only(stage: FakeSignIn, query: dict[str, str]) -> None:
    reply = called("/sign_in", query)
    assert reply["statusCode"] == 404
    assert "location" not in reply["headers"]
    assert stage.provider.asked == []


def test_a_callback_without_its_cookie_signs_nobody_in(stage: FakeSignIn) -> None:
    begun()
    page = failed(back(stage.provider.sent_back()), 400, "no longer valid")
    assert page.links == []
    assert "open the link in your mail again" in page.text
    failed(handler(event("GET", "/sign_in/callback"), CONTEXT), 400, "no longer valid")


@pytest.mark.parametrize("changes", [{"state": "forged"}, {"state": ""}, {"code": ""}])
def test_a_callback_that_does_not_fit_offers_to_begin_again(
    stage: FakeSignIn, changes: dict[str, str]
) -> None:
    _, cookie = begun()
    page = failed(back(stage.provider.sent_back() | changes, cookie), 400, "no longer valid")
    ((target, words),) = page.links
    assert words == "Sign in again"
    assert dict(parse_qsl(urlsplit(target).query)) == GOAL
    assert target.startswith(f"{API_URL}/sign_in?")


def test_a_code_is_good_once_and_an_attempt_not_for_long(stage: FakeSignIn) -> None:
    _, cookie = begun()
    back(stage.provider.sent_back(), cookie)
    failed(back(stage.provider.sent_back(), cookie), 400, "already used")
    _, cookie = begun()
    stage.clock.go_on(ATTEMPT)
    failed(back(stage.provider.sent_back(), cookie), 400, "too long ago")


@pytest.mark.parametrize(
    ("email", "claims"),
    [
        ("john@example.org", {}),
        ("john@gmail.com", {"hd": None}),
        ("john@foo.com", {"email_verified": False}),
    ],
)
def test_a_stranger_may_choose_another_account(
    stage: FakeSignIn, email: str, claims: dict[str, Any]
) -> None:
    stage.provider.email, stage.provider.claims = email, claims
    _, cookie = begun()
    page = failed(back(stage.provider.sent_back(), cookie), 403, "not an account of the company")
    ((target, _),) = page.links
    assert dict(parse_qsl(urlsplit(target).query)) == GOAL | {"choose": "account"}


def test_a_person_may_give_up(stage: FakeSignIn) -> None:
    _, cookie = begun()
    query = {"error": "access_denied", "state": stage.provider.sent_back()["state"]}
    page = failed(back(query, cookie), 403, "was cancelled")
    assert len(page.links) == 1


@pytest.mark.parametrize("call", ["authorization_url", "redeem"])
@pytest.mark.parametrize("error", [UnavailableError("no answer"), RuntimeError("defect")])
def test_trouble_is_told_kindly_and_logged(
    stage: FakeSignIn, logged: Callable[[], str], call: str, error: Exception
) -> None:
    _, cookie = begun()
    stage.provider.hooks.before(call, raising(error))
    sent_back = stage.provider.sent_back()
    reply = called("/sign_in", GOAL) if call == "authorization_url" else back(sent_back, cookie)
    page = failed(reply, 503, "Please try again in a minute")
    assert str(error) not in page.text
    assert str(error) in logged()


def test_nothing_secret_is_logged(stage: FakeSignIn, logged: Callable[[], str]) -> None:
    _, cookie = begun()
    back(stage.provider.sent_back() | {"state": "forged"}, cookie)
    back({"error": "access_denied"}, cookie)
    back(stage.provider.sent_back(), cookie)
    told = logged()
    hidden = (SECRET, cookie.partition("=")[2], SIGNING_KEY.reveal(), *stage.provider.used)
    assert [text for text in hidden if text in told] == []
