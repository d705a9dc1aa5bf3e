"""Signing in: only what belongs together, in time and to the company, proves who it is."""

import json
from datetime import timedelta
from typing import Any

import pytest

from leave.adapters.google_oidc import HmacSigner
from leave.domain.errors import NotAllowedError, UnauthenticatedError, UnavailableError
from leave.domain.history import Decision
from leave.domain.values import Secret
from leave.services.sign_in import ATTEMPT, SESSION, Goal
from tests.leave.builders import NOW, R1
from tests.leave.hooks import raising
from tests.leave.sign_ins import API_URL, SIGNING_KEY, FakeSignIn

LINK = f"{R1}.{'s' * 43}"
GOAL = Goal(decision=Decision.APPROVED, link=Secret(LINK))
SECOND = timedelta(seconds=1)


@pytest.fixture
def stage() -> FakeSignIn:
    return FakeSignIn()


def test_who_comes_back_is_signed_in_and_sees_the_page_they_wanted(stage: FakeSignIn) -> None:
    started = stage.sign_in.start(GOAL, choose=False)
    finished = stage.sign_in.finish(started.attempt.reveal(), **stage.provider.sent_back())
    assert finished.goal == GOAL
    assert stage.sessions.email(finished.session.reveal()) == "john@foo.com"


def test_the_provider_is_told_nothing_of_the_link(stage: FakeSignIn) -> None:
    started = stage.sign_in.start(GOAL, choose=True)
    assert LINK not in started.url
    assert R1 not in started.url
    assert "s" * 43 not in started.url
    assert LINK not in repr(started)
    assert LINK not in repr(GOAL)


def test_every_attempt_has_secrets_of_its_own(stage: FakeSignIn) -> None:
    for _ in range(2):
        stage.sign_in.start(GOAL, choose=False)
    first, second = stage.provider.asked
    for name in ("state", "nonce", "challenge"):
        assert first[name] != second[name]
        assert len(first[name]) >= 43


def test_another_account_can_be_chosen(stage: FakeSignIn) -> None:
    stage.sign_in.start(GOAL, choose=True)
    assert stage.provider.asked[-1]["choose"] is True


@pytest.mark.parametrize("attempt", [None, "", "x", "x.y", "é" * 50])
def test_a_callback_without_an_attempt_of_this_browser_signs_nobody_in(
    stage: FakeSignIn, attempt: str | None
) -> None:
    stage.sign_in.start(GOAL, choose=False)
    with pytest.raises(UnauthenticatedError):
        stage.sign_in.finish(attempt, **stage.provider.sent_back())
    assert stage.provider.used == set()


def test_an_attempt_that_was_changed_or_cut_off_is_none(stage: FakeSignIn) -> None:
    attempt = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    body, _, proof = attempt.partition(".")
    for forged in (attempt[:-1], attempt[1:], f"{body}.{'A' * 43}", f"{body[:-2]}.{proof}", body):
        with pytest.raises(UnauthenticatedError):
            stage.sign_in.finish(forged, **stage.provider.sent_back())
        assert stage.sign_in.goal(forged) is None
    assert stage.provider.used == set()


@pytest.mark.parametrize("state", ["", "x", "\ud800"])
def test_another_state_signs_nobody_in_and_uses_no_code(stage: FakeSignIn, state: str) -> None:
    attempt = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    code = stage.provider.sent_back()["code"]
    with pytest.raises(UnauthenticatedError):
        stage.sign_in.finish(attempt, state=state, code=code)
    assert stage.provider.used == set()


def test_the_answer_to_somebody_elses_attempt_signs_nobody_in(stage: FakeSignIn) -> None:
    """An attacker's own code, slipped to a lead, would sign the lead in as the attacker."""
    johns = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    stage.sign_in.start(GOAL, choose=False)
    attackers = stage.provider.sent_back()
    with pytest.raises(UnauthenticatedError):
        stage.sign_in.finish(johns, **attackers)
    with pytest.raises(UnauthenticatedError):
        stage.sign_in.finish(johns, state=stage.provider.sent_back(0)["state"], code="stolen")


def test_a_code_of_another_attempt_fails_by_its_verifier(stage: FakeSignIn) -> None:
    johns = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    stage.sign_in.start(GOAL, choose=False)
    with pytest.raises(UnauthenticatedError):
        stage.sign_in.finish(
            johns,
            state=stage.provider.sent_back(0)["state"],
            code=stage.provider.sent_back(1)["code"],
        )


def test_a_code_is_good_once(stage: FakeSignIn) -> None:
    attempt = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    stage.sign_in.finish(attempt, **stage.provider.sent_back())
    with pytest.raises(UnauthenticatedError):
        stage.sign_in.finish(attempt, **stage.provider.sent_back())


def test_an_attempt_ends_after_ten_minutes(stage: FakeSignIn) -> None:
    attempt = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    stage.clock.go_on(ATTEMPT - SECOND)
    assert stage.sign_in.goal(attempt) == GOAL
    stage.clock.go_on(SECOND)
    assert stage.sign_in.goal(attempt) is None
    with pytest.raises(UnauthenticatedError):
        stage.sign_in.finish(attempt, **stage.provider.sent_back())


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"nonce": "of another sign-in"}, UnauthenticatedError),
        ({"nonce": None}, UnauthenticatedError),
        ({"nonce": ""}, UnauthenticatedError),
        ({"exp": None}, UnauthenticatedError),
        ({"exp": True}, UnauthenticatedError),
        ({"exp": "1803900000"}, UnauthenticatedError),
        ({"exp": int(NOW.timestamp())}, UnauthenticatedError),
        ({"email": None}, UnauthenticatedError),
        ({"email_verified": False}, NotAllowedError),
        ({"email_verified": None}, NotAllowedError),
        ({"hd": None}, NotAllowedError),
        ({"hd": "example.org"}, NotAllowedError),
        ({"email": "john@example.org"}, NotAllowedError),
        ({"email": "john@notfoo.com", "hd": "foo.com"}, NotAllowedError),
    ],
)
def test_a_token_that_proves_too_little_signs_nobody_in(
    stage: FakeSignIn, claims: dict[str, Any], error: type[Exception]
) -> None:
    stage.provider.claims = claims
    attempt = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    with pytest.raises(error):
        stage.sign_in.finish(attempt, **stage.provider.sent_back())


def test_a_provider_that_does_not_answer_is_no_refusal(stage: FakeSignIn) -> None:
    attempt = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    stage.provider.hooks.before("redeem", raising(UnavailableError("no answer")))
    with pytest.raises(UnavailableError):
        stage.sign_in.finish(attempt, **stage.provider.sent_back())
    assert stage.sign_in.goal(attempt) == GOAL, "so that the page can offer to begin again"


def test_an_attempt_asks_the_provider_once_whatever_comes_of_it(stage: FakeSignIn) -> None:
    """Otherwise one cookie would be enough to have Google called without end."""
    calls: list[str] = []
    attempt = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    stage.provider.hooks.before("redeem", lambda: calls.append("redeem"), times=3)
    state = stage.provider.sent_back()["state"]
    for code in ("made up", "another", "a third"):
        with pytest.raises(UnauthenticatedError):
            stage.sign_in.finish(attempt, state=state, code=code)
    assert calls == ["redeem"]


def test_what_never_asked_the_provider_uses_no_attempt_up(stage: FakeSignIn) -> None:
    """Or a page of somebody else could end the sign-in of a lead who visits it."""
    attempt = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    for state, code in (("x", "code"), (stage.provider.sent_back()["state"], "")):
        with pytest.raises(UnauthenticatedError):
            stage.sign_in.finish(attempt, state=state, code=code)
    assert stage.sign_in.finish(attempt, **stage.provider.sent_back()).goal == GOAL


def test_used_attempts_are_forgotten_when_they_would_have_ended(stage: FakeSignIn) -> None:
    for _ in range(3):
        attempt = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
        stage.sign_in.finish(attempt, **stage.provider.sent_back())
        stage.clock.go_on(ATTEMPT / 2)
    assert len(stage.used) == 2


def test_a_session_lasts_eight_hours(stage: FakeSignIn) -> None:
    session = stage.sessions.begin("john@foo.com")
    stage.clock.go_on(SESSION - SECOND)
    assert stage.sessions.email(session) == "john@foo.com"
    stage.clock.go_on(SECOND)
    assert stage.sessions.email(session) is None


@pytest.mark.parametrize("lasts", [SESSION + timedelta(minutes=2), timedelta(days=36_500)])
def test_a_session_that_lasts_too_long_is_nobodys(stage: FakeSignIn, lasts: timedelta) -> None:
    """The clocks of two functions may be apart by a minute, and no more."""
    kept = {"email": "john@foo.com", "expires": (NOW + lasts).timestamp()}
    assert stage.sessions.email(stage.signer.sign("session", json.dumps(kept))) is None
    kept["expires"] = (NOW + SESSION + timedelta(seconds=59)).timestamp()
    assert stage.sessions.email(stage.signer.sign("session", json.dumps(kept))) == "john@foo.com"


def test_an_attempt_that_would_last_longer_than_any_is_none(stage: FakeSignIn) -> None:
    attempt = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    stage.clock.go_on(-timedelta(minutes=2))
    assert stage.sign_in.goal(attempt) is None


@pytest.mark.parametrize("session", [None, "", "john@foo.com", "e30.e30"])
def test_what_is_no_session_is_nobodys(stage: FakeSignIn, session: str | None) -> None:
    assert stage.sessions.email(session) is None


def test_a_session_that_was_changed_or_cut_off_is_nobodys(stage: FakeSignIn) -> None:
    session = stage.sessions.begin("jane@foo.com")
    johns = stage.sessions.begin("john@foo.com")
    swapped = f"{johns.partition('.')[0]}.{session.partition('.')[2]}"
    for forged in (session[:-1], session[:-44], f"{session}=", f" {session}", swapped):
        assert stage.sessions.email(forged) is None


def test_an_attempt_is_no_session_and_a_session_no_attempt(stage: FakeSignIn) -> None:
    attempt = stage.sign_in.start(GOAL, choose=False).attempt.reveal()
    assert stage.sessions.email(attempt) is None
    assert stage.sign_in.goal(stage.sessions.begin("john@foo.com")) is None
    same = json.dumps({"email": "john@foo.com", "expires": NOW.timestamp() + 60})
    assert stage.sessions.email(stage.signer.sign("attempt", same)) is None
    assert stage.sessions.email(stage.signer.sign("session", same)) == "john@foo.com"


@pytest.mark.parametrize(
    ("key", "place"), [("another key", API_URL), (SIGNING_KEY.reveal(), f"{API_URL}2")]
)
def test_a_session_of_another_stage_or_key_is_nobodys(
    stage: FakeSignIn, key: str, place: str
) -> None:
    stage.signer = HmacSigner(read_secret=lambda: Secret(key), place=place)
    session = stage.sessions.begin("john@foo.com")
    assert FakeSignIn().sessions.email(session) is None


@pytest.mark.parametrize(
    ("decision", "link"),
    [
        ("approved", "https://evil.example.com"),
        ("approved", f"//evil.example.com/{LINK}"),
        ("approved", f"{LINK}/../../.."),
        ("approved", f"{LINK}\n"),
        ("approved", f"{R1}.short"),
        ("approved", ""),
        ("", LINK),
        ("../x", LINK),
        ("APPROVED", LINK),
        ("//evil.example.com", LINK),
    ],
)
def test_nothing_but_a_decision_link_can_be_returned_to(decision: str, link: str) -> None:
    assert Goal.parse(decision, link) is None
