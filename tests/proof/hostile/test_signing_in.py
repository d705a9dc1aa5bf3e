"""Nobody is signed in but who the provider names, in the browser in which they began."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import strategies as st

from leave.functions import sign_in
from tests.leave.functions.events import CONTEXT, event
from tests.leave.functions.test_sign_in import GOAL, LINK
from tests.leave.sign_ins import API_URL, FakeSignIn
from tests.proof.conftest import ANY_TEXT, Size, each
from tests.proof.reporting import Recorder

pytestmark = pytest.mark.timeout(1800)
PROMISE = "Only who the provider vouches for is signed in"
EVIL = "https://evil.example"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> FakeSignIn:
    stage = FakeSignIn()
    monkeypatch.setattr(sign_in, "application", lambda: (API_URL, stage.sign_in))
    return stage


def called(path: str, query: dict[str, Any], *cookies: str) -> dict[str, Any]:
    made = event("GET", path, queryStringParameters=query, cookies=list(cookies))
    return sign_in.handler(made, CONTEXT)


def begun() -> str:
    (kept,) = called("/sign_in", GOAL)["cookies"]
    return kept.partition(";")[0]


def back(query: dict[str, Any], *cookies: str) -> dict[str, Any]:
    return called("/sign_in/callback", query, *cookies)


def nobody(reply: dict[str, Any]) -> None:
    """Check that a reply signs nobody in, leads nowhere, and is no defect."""
    assert 400 <= reply["statusCode"] < 500
    assert "cookies" not in reply
    assert "location" not in reply["headers"]
    assert EVIL not in reply["body"]
    assert "Traceback" not in reply["body"]
    reply["body"].encode()


def test_no_altered_attempt_state_or_code_signs_anybody_in(
    stage: FakeSignIn, size: Size, report: Recorder
) -> None:
    cookie = begun()
    right = stage.provider.sent_back()
    name, _, value = cookie.partition("=")
    place = st.integers(0, len(value) - 1)
    cookies = st.one_of(
        st.builds(
            lambda at, c: f"{name}={value[:at]}{c}{value[at + 1 :]}",
            place,
            st.sampled_from("AZaz09-_.=%;") | st.characters(),
        ).filter(lambda text: text.strip() != cookie and not text.startswith(f"{cookie};")),
        st.builds(lambda at: f"{name}={value[:at]}", place),
        ANY_TEXT.map(lambda text: f"{name}={text}"),
        ANY_TEXT,
        st.just(f"leave-sign-in={value}"),
        st.just(f"__Host-leave-session={value}"),
    )
    states = st.one_of(ANY_TEXT, st.just(right["state"][:-1]), st.just(right["state"] + "A"))
    codes = st.one_of(ANY_TEXT, st.just("x" * 10_000), st.just("\ud800"))
    shots = st.one_of(
        st.tuples(cookies, st.just(right)),
        st.tuples(st.just(cookie), states.map(lambda state: right | {"state": state})),
        st.tuples(st.just(cookie), codes.map(lambda code: right | {"code": code})),
        st.tuples(st.just(cookie), st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3)),
        st.tuples(st.just(cookie), ANY_TEXT.map(lambda text: right | {"error": text})),
    )
    number = each(
        shots, lambda one: nobody(back(one[1], one[0])), examples=size(small=200, full=10_000)
    )
    report(PROMISE, "altered attempts, states and codes", number)
    cookie = begun()
    assert back(stage.provider.sent_back(), cookie)["statusCode"] == 303, "the right one still does"


def test_no_odd_claim_signs_anybody_in(stage: FakeSignIn, size: Size, report: Recorder) -> None:
    odd = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(max_value=1_000),
        st.floats(max_value=1_000),
        st.sampled_from([math.nan, math.inf]),
        ANY_TEXT,
        st.lists(ANY_TEXT, max_size=2),
        st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=2),
        st.sampled_from(["john@foo.com", ["john@foo.com"], "foo.com", "FOO.COM.", "1", "yes"]),
    )

    def check(claim: tuple[str, Any]) -> None:
        cookie = begun()
        stage.provider.claims = dict([claim])
        nobody(back(stage.provider.sent_back(), cookie))

    names = st.sampled_from(["nonce", "exp", "hd", "email_verified"])
    claims = st.tuples(names, odd).filter(
        lambda one: one[0] != "email_verified" or str(one[1]).lower() != "true"
    )
    claims = claims.filter(lambda one: one != ("hd", "foo.com"))
    number = each(claims, check, examples=size(small=100, full=3_000))
    report(PROMISE, "odd claims in an ID token", number)


@pytest.mark.parametrize(
    "goal",
    [
        GOAL | {"link": f"{EVIL}/{LINK}"},
        GOAL | {"link": f"{LINK}\r\nLocation: {EVIL}"},
        GOAL | {"link": f"@{EVIL}"},
        GOAL | {"link": f"{LINK}?next={EVIL}"},
        GOAL | {"link": f"../{LINK}"},
        GOAL | {"decision": EVIL},
        GOAL | {"decision": "approved/../../.."},
        {"next": EVIL},
        {},
    ],
    ids=str,
)
def test_a_sign_in_leads_nowhere_but_to_a_decision(stage: FakeSignIn, goal: dict[str, str]) -> None:
    nobody(called("/sign_in", goal))
    assert stage.provider.asked == []


@pytest.mark.parametrize("more", ["next", "redirect_uri", "return_to", "link"])
def test_what_comes_back_can_not_choose_the_page(stage: FakeSignIn, more: str) -> None:
    cookie = begun()
    reply = back(stage.provider.sent_back() | {more: EVIL}, cookie)
    found = urlsplit(reply["headers"]["location"])
    assert (
        f"{found.scheme}://{found.netloc}{found.path}"
        == f"{API_URL}/leave_lead_response/approved/{LINK}"
    )


def test_an_attempt_of_another_browser_signs_nobody_in(stage: FakeSignIn) -> None:
    """Somebody sends a link by which a lead would be signed in as them, or the other way round."""
    mine = begun()
    theirs = stage.provider.sent_back()
    begun()
    yours = stage.provider.sent_back()
    nobody(back(yours, mine))
    nobody(back(theirs))
    nobody(back(yours | {"state": theirs["state"]}, mine))


def test_what_was_used_once_is_used_up(stage: FakeSignIn) -> None:
    cookie = begun()
    query = stage.provider.sent_back()
    assert back(query, cookie)["statusCode"] == 303
    nobody(back(query, cookie))
