"""The OpenID Connect provider, against the stand-in for Google and against scripted trouble."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from emulator.google import GoogleStandIn
from leave.adapters.google_oidc import GoogleSignIn
from leave.adapters.secretsmanager import WebClient
from leave.domain.errors import UnauthenticatedError, UnavailableError
from leave.domain.values import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLBACK = "http://127.0.0.1:4711/stage/sign_in/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
KEY = Secret("k" * 43)
CLIENT = WebClient(client_id="web-client", client_secret=Secret("must-not-leak"), signing_key=KEY)


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    with GoogleStandIn(audiences=["leave-cli"], mailbox="leave@foo.com") as started:
        started.register_redirect_uri(CALLBACK)
        yield started


@pytest.fixture
def provider(google: GoogleStandIn) -> GoogleSignIn:
    client = google.web_client()
    return a_provider(
        google.url,
        WebClient(
            client_id=client["client_id"],
            client_secret=Secret(client["client_secret"]),
            signing_key=KEY,
        ),
    )


def a_provider(issuer: str, client: WebClient = CLIENT) -> GoogleSignIn:
    return GoogleSignIn(
        issuer=issuer, company_domain="foo.com", redirect_uri=CALLBACK, read_client=lambda: client
    )


def url_of(provider: GoogleSignIn, *, choose: bool = False) -> str:
    return provider.authorization_url(
        state="state 1&2", nonce="nonce", challenge=CHALLENGE, choose=choose
    )


def code_for(provider: GoogleSignIn, email: str = "john@foo.com") -> str:
    """Agree on the consent page, and return the code that comes back."""
    hint = f"{url_of(provider)}&login_hint={email}"
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


def test_a_code_becomes_the_claims_of_who_agreed(provider: GoogleSignIn) -> None:
    claims = provider.redeem(code_for(provider), verifier=VERIFIER)
    assert claims["email"] == "john@foo.com"
    assert claims["email_verified"] is True
    assert (claims["hd"], claims["nonce"]) == ("foo.com", "nonce")


def test_a_code_is_good_once(provider: GoogleSignIn) -> None:
    code = code_for(provider)
    provider.redeem(code, verifier=VERIFIER)
    with pytest.raises(UnauthenticatedError, match="invalid_grant"):
        provider.redeem(code, verifier=VERIFIER)


@pytest.mark.parametrize(("code", "verifier"), [(None, "w" * 43), (None, ""), ("4/none", VERIFIER)])
def test_a_code_needs_its_verifier(provider: GoogleSignIn, code: str | None, verifier: str) -> None:
    with pytest.raises(UnauthenticatedError, match="invalid_grant"):
        provider.redeem(code or code_for(provider), verifier=verifier)


def test_a_client_that_google_does_not_know_is_ours_to_mend(google: GoogleStandIn) -> None:
    """And not the person's fault, who is asked to try again later."""
    with pytest.raises(UnavailableError, match="invalid_client"):
        a_provider(google.url).redeem("4/code", verifier=VERIFIER)


ISSUER = "https://accounts.example.com"
DESCRIBED = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": "https://oauth2.example.com/token",
}


@dataclass(frozen=True)
class Said:
    """What a provider answers."""

    status: int
    data: bytes


@dataclass
class ScriptedHttp:
    """Answers one after the other, or does not; the last one for ever."""

    answers: list[Said | Exception]
    called: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def request(self, method: str, url: str, **sent: Any) -> Said:
        assert sent["redirect"] is False, "a token is for one address only"
        self.called.append((method, url))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def saying(document: object, status: int = 200) -> Said:
    return Said(status, json.dumps(document).encode())


def scripted(*answers: Said | Exception) -> tuple[GoogleSignIn, ScriptedHttp]:
    http: Any = ScriptedHttp(list(answers))
    provider = a_provider(ISSUER)
    provider.http = http
    return provider, http


def a_token(**changes: Any) -> str:
    claims = {"iss": ISSUER, "aud": "web-client", "email": "john@foo.com"} | changes
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{body}.c2ln"


def test_the_description_is_asked_for_once() -> None:
    provider, http = scripted(saying(DESCRIBED), saying({"id_token": a_token()}))
    assert url_of(provider).startswith(f"{ISSUER}/auth?")
    assert provider.redeem("code", verifier=VERIFIER)["email"] == "john@foo.com"
    assert http.called == [
        ("GET", f"{ISSUER}/.well-known/openid-configuration"),
        ("POST", "https://oauth2.example.com/token"),
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
    provider, _ = scripted(saying(DESCRIBED | changes))
    with pytest.raises(UnavailableError):
        url_of(provider)


@pytest.mark.parametrize(
    "answer",
    [
        Said(200, b"<html>"),
        Said(200, b"[]"),
        Said(404, b""),
        Said(302, b""),
        Said(429, b"{}"),
        Said(503, b""),
        ProtocolError("broken"),
        ReadTimeoutError(HTTPConnectionPool("accounts.example.com"), "/", "timed out"),
    ],
)
def test_a_provider_in_trouble_is_asked_again_the_next_time(answer: Said | Exception) -> None:
    provider, _ = scripted(answer, saying(DESCRIBED))
    with pytest.raises(UnavailableError):
        url_of(provider)
    assert url_of(provider)


def test_a_provider_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnavailableError, match="NewConnectionError"):
        url_of(a_provider(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize(
    "answer",
    [
        Said(500, b""),
        Said(429, b""),
        ProtocolError("broken"),
        saying({"error": "invalid_client"}, 401),
        saying({"error": "redirect_uri_mismatch"}, 400),
    ],
)
def test_trouble_at_the_token_endpoint_is_no_refusal(answer: Said | Exception) -> None:
    provider, _ = scripted(saying(DESCRIBED), answer)
    with pytest.raises(UnavailableError):
        provider.redeem("code", verifier=VERIFIER)


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
    provider, _ = scripted(saying(DESCRIBED), saying({"id_token": a_token(**claims)}))
    with pytest.raises(UnauthenticatedError):
        provider.redeem("code", verifier=VERIFIER)


def test_an_issuer_may_be_named_without_its_scheme_as_google_does() -> None:
    provider, _ = scripted(
        saying(DESCRIBED), saying({"id_token": a_token(iss="accounts.example.com")})
    )
    assert provider.redeem("code", verifier=VERIFIER)["email"] == "john@foo.com"


@pytest.mark.parametrize(
    "token", [None, 7, "", "a.b", "a.b.c.d", "e30.W10.x", "e30.***.x", "a.é.c"]
)
def test_what_is_no_token_is_refused(token: object) -> None:
    provider, _ = scripted(saying(DESCRIBED), saying({"id_token": token}))
    with pytest.raises(UnauthenticatedError):
        provider.redeem("code", verifier=VERIFIER)


def test_no_error_tells_the_clients_secret() -> None:
    provider, _ = scripted(saying(DESCRIBED), saying({"error": "invalid_client"}, 401))
    with pytest.raises(UnavailableError) as caught:
        provider.redeem("code", verifier=VERIFIER)
    assert "must-not-leak" not in "".join(traceback.format_exception(caught.value))
    assert "must-not-leak" not in repr(provider.read_client())
