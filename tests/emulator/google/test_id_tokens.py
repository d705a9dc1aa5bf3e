# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false
from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.auth import jwt
from google.auth.exceptions import InvalidValue, MalformedError

from tests.emulator.google.callers import call

if TYPE_CHECKING:
    from emulator.google import GoogleStandIn


def published_keys(google: GoogleStandIn) -> dict[str, bytes]:
    """Return the issuer's keys by id, found the way an authorizer finds them."""
    document = call(google, "GET", "/.well-known/openid-configuration").json
    path = document["jwks_uri"].removeprefix(google.url)
    keys: dict[str, bytes] = {}
    for key in call(google, "GET", path).json["keys"]:
        n, e = (
            int.from_bytes(base64.urlsafe_b64decode(key[part] + "=="), "big") for part in ("n", "e")
        )
        public = RSAPublicNumbers(e, n).public_key()
        keys[key["kid"]] = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return keys


def id_token(google: GoogleStandIn, **wish: Any) -> str:
    answer = call(google, "POST", "/_fake/id_token", body={"email": "jim@foo.com"} | wish)
    assert answer.status == 200, answer.text
    return answer.json["id_token"]


def verified(google: GoogleStandIn, token: str, audience: Any = "leave-api") -> Any:
    return jwt.decode(token, certs=published_keys(google), audience=audience)


def test_the_issuer_describes_itself(google: GoogleStandIn) -> None:
    document = call(google, "GET", "/.well-known/openid-configuration").json
    assert document["issuer"] == google.url
    for endpoint in ("authorization", "token", "revocation"):
        path = document[f"{endpoint}_endpoint"].removeprefix(google.url)
        assert path.startswith("/")
        assert call(google, "GET", path).status in (400, 405)
    assert document["id_token_signing_alg_values_supported"] == ["RS256"]
    assert document["code_challenge_methods_supported"] == ["S256"]


def test_a_token_is_good_for_an_hour_and_verifies_against_the_published_keys(
    google: GoogleStandIn,
) -> None:
    claims = verified(google, id_token(google))
    now = time.time()
    assert claims["iss"] == google.url
    assert claims["aud"] == "leave-api"
    assert claims["email"] == "jim@foo.com"
    assert claims["email_verified"] is True
    assert claims["hd"] == "foo.com"
    assert claims["exp"] - claims["iat"] == 3600
    assert abs(claims["iat"] - now) < 5


def test_a_person_keeps_their_subject(google: GoogleStandIn) -> None:
    first, again, other = (
        verified(google, id_token(google, email=email))["sub"]
        for email in ("jim@foo.com", "Jim@FOO.com", "jane@foo.com")
    )
    assert first == again != other
    assert first.isdigit()
    assert len(first) == 21


@pytest.mark.parametrize("email", ["jim@gmail.com", "jim@GoogleMail.com"])
def test_a_consumer_account_has_no_hosted_domain(google: GoogleStandIn, email: str) -> None:
    assert "hd" not in verified(google, id_token(google, email=email))


def test_claims_can_be_replaced_and_left_out(google: GoogleStandIn) -> None:
    wish = {"hd": None, "email_verified": False, "aud": "other", "sub": "7", "name": "Jim"}
    claims = verified(google, id_token(google, **wish, iss="https://evil.example"), "other")
    assert "hd" not in claims
    assert claims["email_verified"] is False
    assert (claims["sub"], claims["name"], claims["iss"]) == ("7", "Jim", "https://evil.example")


def test_a_token_can_be_expired_already(google: GoogleStandIn) -> None:
    token = id_token(google, expires_in=-60)
    with pytest.raises(InvalidValue, match="expired"):
        verified(google, token)
    claims = jwt.decode(token, verify=False)
    assert claims["iat"] < claims["exp"] < time.time()


def test_a_forged_token_does_not_verify(google: GoogleStandIn) -> None:
    with pytest.raises(MalformedError, match="signature"):
        verified(google, id_token(google, forged=True))


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"email": ""}, "email must be"),
        ({"email": None}, "email must be"),
        ({"email": ["jim@foo.com"]}, "email must be"),
        ({"expires_in": "3600"}, "expires_in must be"),
        ({"expires_in": True}, "expires_in must be"),
        ({"expires_in": 1e300}, "expires_in must be"),
        ({"expire_in": 60}, "unknown fields ['expire_in']; allowed are email, expires_in"),
    ],
)
def test_an_odd_wish_is_refused(google: GoogleStandIn, wish: dict[str, Any], said: str) -> None:
    answer = call(google, "POST", "/_fake/id_token", body={"email": "jim@foo.com"} | wish)
    assert answer.status == 400
    assert said in answer.json["error"]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"7", b'{"email": "x", "expires_in": NaN}', b"\x80"])
def test_a_malformed_wish_is_refused(google: GoogleStandIn, body: bytes) -> None:
    assert call(google, "POST", "/_fake/id_token", body=body).status == 400
