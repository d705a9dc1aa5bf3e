# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
from __future__ import annotations

import threading
import urllib.request
import webbrowser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from google.auth import jwt
from google_auth_oauthlib.flow import InstalledAppFlow

from tests.emulator.google.callers import SEND_SCOPE, call

if TYPE_CHECKING:
    from emulator.google import GoogleStandIn

OPENID = ["openid", "https://www.googleapis.com/auth/userinfo.email"]
CONSENT = "/o/oauth2/v2/auth"
HOME = "http://127.0.0.1:4711/"
# The verifier and challenge of RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # pragma: allowlist secret
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # pragma: allowlist secret


class Browser(webbrowser.BaseBrowser):
    """Follows the consent page's redirect, as a person's browser would."""

    def open(self, url: str, *_: Any, **__: Any) -> bool:
        def visit() -> None:
            with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - loopback
                answer.read()

        threading.Thread(target=visit).start()
        return True


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `webbrowser` use `Browser`, and let oauthlib talk to plain http."""

    def chosen(_: str | None = None) -> Browser:
        return Browser()

    monkeypatch.setattr(webbrowser, "get", chosen)
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")


def sign_in(google: GoogleStandIn, scopes: list[str], **extra: str) -> Any:
    flow = InstalledAppFlow.from_client_config(
        google.client_file("leave-cli"), scopes, autogenerate_code_verifier=True
    )
    wish: dict[str, Any] = {"access_type": "offline", "prompt": "consent"} | extra
    return flow.run_local_server(host="127.0.0.1", port=0, timeout_seconds=60, **wish)


def consent_query(**changes: str) -> str:
    query = {
        "client_id": "leave-cli",
        "redirect_uri": HOME,
        "response_type": "code",
        "scope": "openid email",
        "state": "xyz",
        "login_hint": "jim@foo.com",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    return f"{CONSENT}?{urlencode({k: v for k, v in query.items() if v})}"


def consented(google: GoogleStandIn, **changes: str) -> dict[str, str]:
    answer = call(google, "GET", consent_query(**changes))
    assert answer.status == 302, answer.text
    target = urlsplit(answer.headers["Location"])
    return {name: values[0] for name, values in parse_qs(target.query).items()}


def redeemed(google: GoogleStandIn, given: str, /, **changes: str) -> Any:
    client = google.client_file("leave-cli")["installed"]
    fields = {
        "grant_type": "authorization_code",
        "code": given,
        "redirect_uri": HOME,
        "code_verifier": VERIFIER,
        "client_id": str(client["client_id"]),
        "client_secret": str(client["client_secret"]),
    } | changes
    return call(google, "POST", "/token", form={k: v for k, v in fields.items() if v})


@pytest.mark.usefixtures("browser")
def test_googles_desktop_flow_signs_in_whom_the_hint_names(google: GoogleStandIn) -> None:
    granted = sign_in(google, [*OPENID, SEND_SCOPE], login_hint="bot@foo.com")
    assert granted.refresh_token
    assert SEND_SCOPE in granted.granted_scopes
    claims = jwt.decode(granted.id_token, verify=False)
    assert (claims["email"], claims["aud"], claims["hd"]) == ("bot@foo.com", "leave-cli", "foo.com")


@pytest.mark.usefixtures("browser")
def test_a_test_can_untick_a_scope_and_sign_in_somebody_else(google: GoogleStandIn) -> None:
    choice = {"email": "other@foo.com", "unticked": [SEND_SCOPE]}
    assert call(google, "POST", "/_fake/consent", body=choice).status == 204

    granted = sign_in(google, [*OPENID, SEND_SCOPE], login_hint="bot@foo.com")

    assert granted.granted_scopes == OPENID
    assert jwt.decode(granted.id_token, verify=False)["email"] == "other@foo.com"
    again = sign_in(google, [*OPENID, SEND_SCOPE], login_hint="bot@foo.com")
    assert jwt.decode(again.id_token, verify=False)["email"] == "bot@foo.com"


def test_a_test_can_deny_the_consent(google: GoogleStandIn) -> None:
    call(google, "POST", "/_fake/consent", body={"denied": True})
    assert consented(google) == {"error": "access_denied", "state": "xyz"}
    assert "code" in consented(google)


@pytest.mark.parametrize("choice", [{"email": 7}, {"unticked": "x"}, {"denied": "yes"}, {"x": 1}])
def test_an_odd_choice_is_refused(google: GoogleStandIn, choice: dict[str, Any]) -> None:
    assert call(google, "POST", "/_fake/consent", body=choice).status == 400
    assert "code" in consented(google)


def test_the_redirect_keeps_state_and_its_own_query(google: GoogleStandIn) -> None:
    answer = call(google, "GET", consent_query(redirect_uri=f"{HOME}back?a=1", state="a b&c"))
    assert answer.headers["Location"].startswith(f"{HOME}back?a=1&code=")
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["state"] == ["a b&c"]


def test_without_a_hint_the_mailbox_signs_in(google: GoogleStandIn) -> None:
    tokens = redeemed(google, consented(google, login_hint="")["code"]).json
    assert jwt.decode(tokens["id_token"], verify=False)["email"] == "leave-bot@foo.com"


def test_the_nonce_comes_back_in_the_id_token(google: GoogleStandIn) -> None:
    tokens = redeemed(google, consented(google, nonce="n-1")["code"]).json
    assert jwt.decode(tokens["id_token"], verify=False)["nonce"] == "n-1"


def test_without_openid_there_is_no_id_token(google: GoogleStandIn) -> None:
    tokens = redeemed(google, consented(google, scope=SEND_SCOPE)["code"]).json
    assert "id_token" not in tokens


def test_a_refresh_token_is_given_once_unless_consent_is_asked_again(
    google: GoogleStandIn,
) -> None:
    def offered(**changes: str) -> bool:
        return "refresh_token" in redeemed(google, consented(google, **changes)["code"]).json

    assert not offered()
    assert offered(access_type="offline")
    assert not offered(access_type="offline")
    assert offered(access_type="offline", prompt="consent")
    assert offered(access_type="offline", login_hint="jane@foo.com")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "wrong"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": f"{HOME}other"}, "redirect_uri_mismatch"),
        ({"code": "4/unknown"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
    ],
)
def test_a_code_is_redeemed_only_with_all_that_belongs_to_it(
    google: GoogleStandIn, changes: dict[str, str], error: str
) -> None:
    code = consented(google)["code"]
    assert redeemed(google, code, **changes).json["error"] == error


def test_a_code_is_good_once_and_for_its_client_only(google: GoogleStandIn) -> None:
    code = consented(google)["code"]
    assert redeemed(google, code).status == 200
    assert redeemed(google, code).json["error"] == "invalid_grant"
    foreign = consented(google, client_id="leave-api")["code"]
    assert redeemed(google, foreign).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://127.0.0.1/",
        "http://example.com/",
        "http://127.0.0.1.example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http://127.0.0.1/#here",
        "http://127.0.0.1/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "urn:ietf:wg:oauth:2.0:oob",
    ],
)
def test_only_a_loopback_address_is_redirected_to(google: GoogleStandIn, uri: str) -> None:
    answer = call(google, "GET", consent_query(redirect_uri=uri))
    assert answer.status == 400
    assert "Location" not in answer.headers
    assert "redirect_uri_mismatch" in answer.json["error"]["message"]


@pytest.mark.parametrize("uri", ["http://localhost:1/", "http://[::1]:8080/x", "http://127.1.2.3"])
def test_every_loopback_address_is_good(google: GoogleStandIn, uri: str) -> None:
    assert call(google, "GET", consent_query(redirect_uri=uri)).status == 302


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": "nobody"}, 401),
        ({"response_type": "token"}, 400),
        ({"scope": " "}, 400),
        ({"code_challenge_method": "plain"}, 400),
        ({"code_challenge_method": ""}, 400),
    ],
)
def test_an_odd_request_for_consent_is_refused(
    google: GoogleStandIn, changes: dict[str, str], status: int
) -> None:
    assert call(google, "GET", consent_query(**changes)).status == status
