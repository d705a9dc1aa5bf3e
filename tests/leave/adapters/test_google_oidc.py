"""Signing in with Google, against the stand-in and scripted trouble, and signed texts."""

import base64
import hashlib
import json
import socket
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from emulator.google import GoogleStandIn
from leave.adapters.google_oidc import GoogleSignIn, HmacSigner
from leave.adapters.secretsmanager import WebClient
from leave.domain.errors import UnauthenticatedError, UnavailableError
from leave.domain.values import Secret

CALLBACK = "http://127.0.0.1:4711/stage/sign_in/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]


def a_provider(
    issuer: str, client_id: str = "web-client", client_secret: str = "must-not-leak"
) -> GoogleSignIn:
    client = WebClient(
        client_id=client_id,
        client_secret=Secret(client_secret),
        signing_key=Secret("k" * 43),
    )
    return GoogleSignIn(
        issuer=issuer, company_domain="foo.com", redirect_uri=CALLBACK, read_client=lambda: client
    )


def url_of(provider: GoogleSignIn, *, choose: bool = False) -> str:
    return provider.authorization_url(
        state="state 1&2", nonce="nonce", challenge=CHALLENGE, choose=choose
    )


def redeem(provider: GoogleSignIn, code: str = "code") -> str:
    return provider.redeem(code, verifier=VERIFIER)["email"]


# The flow, against the stand-in for Google


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    with GoogleStandIn(audiences=["leave-cli"], mailbox="leave@foo.com") as started:
        started.register_redirect_uri(CALLBACK)
        yield started


@pytest.fixture
def provider(google: GoogleStandIn) -> GoogleSignIn:
    client = google.web_client()
    return a_provider(google.url, client["client_id"], client["client_secret"])


def code_for(provider: GoogleSignIn) -> str:
    """Agree on the consent page, and return the code that comes back."""
    hint = f"{url_of(provider)}&login_hint=john@foo.com"
    answer = urllib3.PoolManager().request("GET", hint, redirect=False)
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
    query = dict(parse_qsl(back.query))
    assert query["state"] == "state 1&2"
    return query["code"]


def test_the_browser_is_sent_with_all_that_the_flow_asks_for(provider: GoogleSignIn) -> None:
    address = urlsplit(url_of(provider))
    assert f"{address.scheme}://{address.netloc}" == provider.issuer
    assert dict(parse_qsl(address.query)) == {
        "client_id": provider.read_client().client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid email",
        "hd": "foo.com",
        "state": "state 1&2",
        "nonce": "nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    assert url_of(provider, choose=True).endswith("&prompt=select_account")


def test_a_code_becomes_once_the_claims_of_who_agreed(provider: GoogleSignIn) -> None:
    code = code_for(provider)
    claims = provider.redeem(code, verifier=VERIFIER)
    assert (claims["email"], claims["email_verified"]) == ("john@foo.com", True)
    assert (claims["hd"], claims["nonce"]) == ("foo.com", "nonce")
    with pytest.raises(UnauthenticatedError, match="invalid_grant"):
        redeem(provider, code)


@pytest.mark.parametrize(("code", "verifier"), [(None, "w" * 43), (None, ""), ("4/none", VERIFIER)])
def test_a_code_needs_its_verifier(provider: GoogleSignIn, code: str | None, verifier: str) -> None:
    with pytest.raises(UnauthenticatedError, match="invalid_grant"):
        provider.redeem(code or code_for(provider), verifier=verifier)


def test_a_client_that_google_does_not_know_is_ours_to_mend(google: GoogleStandIn) -> None:
    """And not the person's fault, who is asked to try again later."""
    with pytest.raises(UnavailableError, match="invalid_client"):
        redeem(a_provider(google.url))


def test_a_provider_that_is_not_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnavailableError, match="NewConnectionError"):
        url_of(a_provider(f"http://127.0.0.1:{port}"))


# Trouble, by a script

ISSUER = "https://accounts.example.com"
TOKEN_URL = "https://oauth2.example.com/token"
DESCRIBED = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": TOKEN_URL,
}


@dataclass(frozen=True)
class Answer:
    """What a provider answers."""

    status: int
    data: bytes


@dataclass
class ScriptedHttp:
    """Answers one after the other, or does not; the last one for ever."""

    answers: list[Answer | Exception]
    called: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def request(self, method: str, url: str, **sent: Any) -> Answer:
        assert sent["redirect"] is False, "a token is for one address only"
        self.called.append((method, url))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def answer(document: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode())


def scripted(*answers: Answer | Exception) -> GoogleSignIn:
    http: Any = ScriptedHttp(list(answers))
    provider = a_provider(ISSUER)
    provider.http = http
    return provider


def answering_token(token: object = None, **changes: Any) -> GoogleSignIn:
    """Return a provider whose token endpoint answers with this token, or with one of claims."""
    claims = {"iss": ISSUER, "aud": "web-client", "email": "john@foo.com"} | changes
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return scripted(
        answer(DESCRIBED), answer({"id_token": f"e30.{body}.c2ln" if changes else token})
    )


def test_the_description_is_asked_for_once_and_the_scheme_may_be_left_out() -> None:
    """Google names itself with a scheme or without."""
    for issuer in (ISSUER, "accounts.example.com"):
        provider = answering_token(iss=issuer)
        assert url_of(provider).startswith(f"{ISSUER}/auth?")
        assert redeem(provider) == "john@foo.com"
        assert provider.http.called == [  # type: ignore[attr-defined]
            ("GET", f"{ISSUER}/.well-known/openid-configuration"),
            ("POST", TOKEN_URL),
        ]


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example.com"},
        {"issuer": None},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "http://accounts.example.com/auth"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_description_that_does_not_fit_is_not_gone_by(changes: dict[str, Any]) -> None:
    with pytest.raises(UnavailableError):
        url_of(scripted(answer(DESCRIBED | changes)))


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(200, b"<html>"),
        Answer(200, b"[]"),
        *(Answer(status, b"{}") for status in (302, 404, 429, 503)),
        ProtocolError("broken"),
        ReadTimeoutError(HTTPConnectionPool("accounts.example.com"), "/", "timed out"),
    ],
)
def test_a_provider_in_trouble_is_asked_again_the_next_time(trouble: Answer | Exception) -> None:
    provider = scripted(trouble, answer(DESCRIBED))
    with pytest.raises(UnavailableError):
        url_of(provider)
    assert url_of(provider)


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(500, b""),
        Answer(429, b""),
        ProtocolError("broken"),
        answer({"error": "invalid_client"}, 401),
        answer({"error": "redirect_uri_mismatch"}, 400),
    ],
)
def test_trouble_at_the_token_endpoint_is_no_refusal_and_shows_no_secret(
    trouble: Answer | Exception,
) -> None:
    provider = scripted(answer(DESCRIBED), trouble)
    with pytest.raises(UnavailableError) as caught:
        redeem(provider)
    assert "must-not-leak" not in "".join(traceback.format_exception(caught.value))
    assert "must-not-leak" not in repr(provider.read_client())


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example.com"},
        {"iss": None},
        {"iss": f"{ISSUER}/"},
        {"aud": "another-client"},
        {"aud": ["web-client", "another-client"]},
        {"aud": None},
    ],
)
def test_a_token_of_or_for_somebody_else_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(UnauthenticatedError):
        redeem(answering_token(**claims))


@pytest.mark.parametrize(
    "token", [None, 7, "", "a.b", "a.b.c.d", "e30.W10.x", "e30.***.x", "a.é.c"]
)
def test_what_is_no_token_is_refused(token: object) -> None:
    with pytest.raises(UnauthenticatedError):
        redeem(answering_token(token))


# Texts that only a stage itself can have made

PLACE = "https://api.example.com/test"


def a_signer(secret: str = "secret", place: str = PLACE) -> HmacSigner:
    return HmacSigner(read_secret=lambda: Secret(secret), place=place)


@given(content=st.text(alphabet=st.characters(exclude_categories=["Cs"])).filter(bool))
def test_what_was_signed_is_read_again(content: str) -> None:
    text = a_signer().sign("session", content)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert a_signer().unsign("session", text) == content


@given(position=st.integers(min_value=0), sign=st.sampled_from("AZaz09-_.= \n"))
def test_a_text_with_one_other_character_is_not_read(position: int, sign: str) -> None:
    text = a_signer().sign("session", '{"email": "john@foo.com"}')
    place = position % len(text)
    forged = text[:place] + sign + text[place + 1 :]
    assert (a_signer().unsign("session", forged) is None) == (forged != text)


@pytest.mark.parametrize(
    ("purpose", "signer"),
    [
        ("attempt", a_signer()),
        ("session", a_signer("another")),
        ("session", a_signer(place="https://api.example.com/prod")),
    ],
)
def test_another_purpose_secret_or_place_reads_nothing(purpose: str, signer: HmacSigner) -> None:
    assert signer.unsign(purpose, a_signer().sign("session", "x")) is None


@pytest.mark.parametrize("text", ["", ".", "x", "a.b.c", f"x.{'é' * 43}", f"x.{'A' * 43}\n"])
def test_what_has_not_the_shape_is_not_read(text: str) -> None:
    assert a_signer().unsign("session", text) is None


def test_the_proof_stays_the_same() -> None:
    """Any change of it would end every session, so none happens unnoticed."""
    signed = a_signer().sign("session", "hello")
    assert signed == "aGVsbG8.stMacLVa6GonTJhJeOE6CaQ2phR1BGccZXHjFa1j09c"
