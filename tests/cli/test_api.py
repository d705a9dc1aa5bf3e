"""Calling the API when things go wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cli.account.target import own_profiles
from cli.account.tokens import IdTokens, SignedIn
from cli.api import ATTEMPTS, Api
from cli.errors import CommandError
from leave.domain.values import Secret
from tests.cli.loopback import DROPPED, Loopback, Reply, Script, an_id_token, replying
from tests.cli.signed_in import a_client, sign_in

if TYPE_CHECKING:
    from cli.account.profiles import Profile
    from tests.cli.terminal import Terminal

DONE = replying(200, {"done": True})
PROBLEM = "application/problem+json"


class Pauses:
    """Waits for nothing, and remembers how long it would have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


def api_of(profile: Profile, pauses: Pauses) -> Api:
    tokens = SignedIn(profile=profile, tokens=IdTokens(profiles=own_profiles()))
    return Api(api_url=profile.api_url, tokens=tokens, pause=pauses)


def post(server: Loopback, pauses: Pauses) -> object:
    api = api_of(sign_in(server.url), pauses)
    return api.post("/request_leave", {"date": "2027-05-03"}, idempotency_key="the-key")


def get(server: Loopback, pauses: Pauses) -> object:
    return api_of(sign_in(server.url), pauses).get("/leave_requests", {"year": None})


@pytest.mark.parametrize("lost", [DROPPED, *(Reply(status=status) for status in (502, 503, 504))])
def test_a_request_whose_answer_is_lost_is_sent_again_with_the_same_key(
    lost: Reply, pauses: Pauses
) -> None:
    with Loopback(Script(lost, lost, DONE)) as server:
        assert post(server, pauses) == {"done": True}
    assert [call.headers["idempotency-key"] for call in server.received] == ["the-key"] * 3
    assert len({call.body for call in server.received}) == 1
    assert pauses.seconds == [0.5, 1.0]


def test_when_no_answer_comes_at_all_it_is_told_how_to_repeat_it_safely(pauses: Pauses) -> None:
    with Loopback(Script(DROPPED)) as server, pytest.raises(CommandError) as caught:
        post(server, pauses)
    assert len(server.received) == ATTEMPTS
    assert "it is not known whether this was recorded" in str(caught.value)
    assert "--idempotency-key the-key, which is safe" in str(caught.value)


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_what_is_not_safe_to_repeat_is_not_repeated(method: str, pauses: Pauses) -> None:
    with Loopback(Script(DROPPED, DONE)) as server:
        api = api_of(sign_in(server.url), pauses)
        with pytest.raises(CommandError, match="not known whether this was done: look with"):
            _ = api.patch("/x", {}) if method == "patch" else api.delete("/x")
    assert len(server.received) == 1


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_call_that_was_turned_away_unseen_is_repeated_all_the_same(
    method: str, pauses: Pauses
) -> None:
    busy = replying(429, {"message": "Too Many Requests"})
    with Loopback(Script(busy, DONE)) as server:
        api = api_of(sign_in(server.url), pauses)
        _ = api.patch("/x", {}) if method == "patch" else api.delete("/x")
    assert len(server.received) == 2


def test_a_pause_is_as_long_as_the_api_asks_within_reason(pauses: Pauses) -> None:
    busy = [replying(503, {}, Retry_After=seconds) for seconds in ("2", "3600", "soon")]
    with Loopback(Script(*busy, DONE)) as server:
        get(server, pauses)
    assert pauses.seconds == [2.0, 10.0, 2.0]


def test_an_api_that_stays_busy_is_told(pauses: Pauses) -> None:
    document = {"title": "Please try again", "detail": "DynamoDB get_item: Throttled"}
    with Loopback(Script(replying(503, document))) as server, pytest.raises(CommandError) as caught:
        get(server, pauses)
    assert str(caught.value) == "Please try again: DynamoDB get_item: Throttled"
    assert len(server.received) == ATTEMPTS


def test_an_error_of_the_api_is_no_reason_to_ask_again(pauses: Pauses) -> None:
    document = {"title": "Internal error", "instance": "urn:leave:call:1"}
    with Loopback(Script(replying(500, document))) as server, pytest.raises(CommandError) as caught:
        post(server, pauses)
    assert str(caught.value) == "Internal error (500). (urn:leave:call:1)"
    assert len(server.received) == 1


def test_a_problem_is_kept_for_scripts(pauses: Pauses) -> None:
    document = {
        "title": "The request is malformed",
        "detail": "end: too early",
        "errors": [{"field": "end", "message": "too early"}],
    }
    with Loopback(Script(replying(400, document))) as server, pytest.raises(CommandError) as caught:
        get(server, pauses)
    assert str(caught.value) == "The request is malformed:\n  end: too early"
    assert caught.value.document == document


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (replying(403, {"message": "Forbidden"}), "Forbidden (403)."),
        (Reply(status=500, body=b"<html>"), "The API answered 500 (500)."),
        (Reply(status=302, headers={"Location": "/"}), "The API answered 302 (302)."),
        (replying(404, {"title": "a\x1b[2Jb", "detail": "c"}), "a\N{REPLACEMENT CHARACTER}[2Jb: c"),
        (Reply(body=b"<html>"), "The answer is not a JSON object. Sign in to the right address"),
        (replying(200, [1]), "The answer is not a JSON object. Sign in to the right address"),
    ],
)
def test_whatever_answers_is_told_in_a_sentence(reply: Reply, told: str, pauses: Pauses) -> None:
    with Loopback(Script(reply)) as server, pytest.raises(CommandError) as caught:
        get(server, pauses)
    assert str(caught.value).startswith(told)


def test_a_redirect_gets_no_token(pauses: Pauses) -> None:
    with Loopback(Script(DONE)) as elsewhere:
        away = Reply(status=307, headers={"Location": elsewhere.url})
        with Loopback(Script(away)) as server, pytest.raises(CommandError):
            get(server, pauses)
    assert elsewhere.received == []


def test_an_api_that_is_not_there_is_told(leave: Terminal) -> None:
    with Loopback(Script(DONE)) as server:
        pass
    sign_in(server.url)
    told = leave.told("status")
    assert told == (
        f"{server.url} does not answer (Connection refused). Check the network, and whether the"
        " stage is there.\n"
    )


def test_a_proxy_is_not_asked_for_this_machine(
    pauses: Pauses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Loopback(Script(DONE)) as server:
        assert get(server, pauses) == {"done": True}


def test_the_token_that_is_kept_is_sent(pauses: Pauses) -> None:
    with Loopback(Script(DONE)) as server:
        profile = sign_in(server.url)
        api_of(profile, pauses).get("/leave_requests", {"employeeId": "E 2&x"})
    (call,) = server.received
    assert profile.id_token
    assert call.headers["authorization"] == f"Bearer {profile.id_token.reveal()}"
    assert call.query == {"employeeId": "E 2&x"}


def test_a_token_that_ends_is_renewed_and_kept(pauses: Pauses) -> None:
    fresh = an_id_token("jim@foo.com", jti="fresh")
    with (
        Loopback(Script(replying(200, {"id_token": fresh}))) as google,
        Loopback(Script(DONE)) as server,
    ):
        profile = sign_in(server.url, expires_in=30, client=a_client(google.url))
        api = api_of(profile, pauses)
        api.get("/a")
        api.get("/b")
    assert [call.headers["authorization"] for call in server.received] == [f"Bearer {fresh}"] * 2
    assert [call.form for call in google.received] == [
        {
            "grant_type": "refresh_token",
            "client_id": "leave-cli",
            "client_secret": "client-secret-that-must-not-leak",
            "refresh_token": "refresh-token-that-must-not-leak",
        }
    ]
    kept = own_profiles().find("test")
    assert kept is not None
    assert kept.id_token is not None
    assert kept.id_token.reveal() == fresh


def test_a_token_the_api_refuses_is_renewed_once(pauses: Pauses) -> None:
    refused = replying(401, {"message": "Unauthorized"})
    fresh = replying(200, {"id_token": an_id_token(jti="fresh")})
    with Loopback(Script(fresh)) as google:
        with Loopback(Script(refused, DONE)) as server:
            api = api_of(sign_in(server.url, client=a_client(google.url)), pauses)
            assert api.patch("/x", {}) == {"done": True}
        with Loopback(Script(refused)) as server, pytest.raises(CommandError) as caught:
            api_of(sign_in(server.url, client=a_client(google.url)), pauses).get("/x")
    assert str(caught.value) == "Unauthorized (401). Sign in again with `leave login`."
    assert len(server.received) == 2
    assert len(google.received) == 2


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (
            replying(400, {"error": "invalid_grant", "error_description": "Token was revoked."}),
            "The sign-in has ended (invalid_grant Token was revoked). Run `leave login` again.",
        ),
        (
            replying(401, {"error": "invalid_client"}),
            "The sign-in cannot be renewed: invalid_client.",
        ),
        (Reply(status=500), "The sign-in cannot be renewed: 500."),
        (replying(200, {}), "The sign-in gives no ID token. Run `leave login` again."),
        (DROPPED, "does not answer (Remote end closed connection without response), so the"),
    ],
)
def test_a_sign_in_that_can_not_be_renewed_is_told_without_its_secrets(
    reply: Reply, told: str, leave: Terminal
) -> None:
    with Loopback(Script(reply)) as google:
        sign_in("https://api.example.com/test", expires_in=-1, client=a_client(google.url))
        said = leave.told("status")
    assert told in said
    assert "must-not-leak" not in said


@pytest.mark.parametrize("options", [(), ("--stage", "prod"), ("--api-url", "https://x.com/p")])
def test_whoever_is_not_signed_in_is_told_how_to(options: tuple[str, ...], leave: Terminal) -> None:
    told = leave.told("status", *options)
    assert told.startswith("You are not signed in")
    assert "`leave login" in told
    assert ("--ready-file FILE`." in told) is ("--api-url" not in options)


def test_the_address_of_another_api_is_not_called_with_a_token_of_this_one(
    leave: Terminal,
) -> None:
    sign_in("https://api.example.com/test")
    with Loopback(Script(DONE)) as server:
        assert "You are not signed in to" in leave.told("status", "--api-url", f"{server.url}/test")
    assert server.received == []


@pytest.mark.parametrize("url", ["http://api.example.com/x", "ftp://127.0.0.1/x", "api", "https:"])
def test_tokens_are_sent_to_safe_addresses_only(url: str, leave: Terminal) -> None:
    told = leave.told("status", "--api-url", url)
    assert told == f"--api-url must be an https:// address, not {url!r}.\n"


def test_each_stage_has_a_sign_in_of_its_own(leave: Terminal) -> None:
    page = replying(200, {"leaveRequests": [], "cursor": None})
    with Loopback(Script(page)) as server:
        sign_in(f"{server.url}/dev", "jim@foo.com", name="dev")
        sign_in(f"{server.url}/prod", "jane@foo.com", name="prod")
        leave.done("status")
        leave.done("status", "--stage", "dev")
        leave.done("status", "--api-url", f"{server.url}/dev/")
    assert [call.path.split("/")[1] for call in server.received] == ["prod", "dev", "dev"]


def test_a_list_that_never_ends_is_not_followed_for_ever(
    leave: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.showing._PAGES", 3)
    page = Reply(body=json.dumps({"leaveRequests": [], "cursor": "again"}).encode())
    with Loopback(Script(page)) as server:
        sign_in(server.url)
        assert "choose a year" in leave.told("status")
    assert len(server.received) == 3


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.W10.c"])
def test_a_kept_token_that_is_none_is_renewed(token: str, pauses: Pauses) -> None:
    fresh = replying(200, {"id_token": an_id_token()})
    with Loopback(Script(fresh)) as google, Loopback(Script(DONE)) as server:
        profile = sign_in(server.url, client=a_client(google.url))
        api_of(replace(profile, id_token=Secret(token)), pauses).get("/x")
    assert len(google.received) == 1


def test_a_profile_nobody_is_signed_in_to_is_told(pauses: Pauses) -> None:
    profile = replace(sign_in("https://api.example.com/test"), refresh_token=None, id_token=None)
    with pytest.raises(CommandError, match=r"You are not signed in to test\. Run `leave login`\."):
        api_of(profile, pauses).get("/x")
