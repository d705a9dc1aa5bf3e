"""Sign-in with Google, and signed values."""

from __future__ import annotations

import base64
import hmac
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from leave.domain.errors import UnauthenticatedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leave.adapters.secretsmanager import WebClient
    from leave.domain.values import Secret


_SHAPE = re.compile(r"(?P<body>[A-Za-z0-9_-]+)\.(?P<proof>[A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(kw_only=True, slots=True, eq=False)
class HmacSigner:
    """Implements `Signer`. `place` keeps apart stages that share a secret, such as their address.

    There is a key for each purpose and place, derived from the secret, so that no text can be
    passed off as one of another kind or stage.
    """

    read_secret: Callable[[], Secret]
    place: str

    def sign(self, purpose: str, content: str) -> str:
        """Return the content with its proof."""
        body = _encode(content.encode())
        return f"{body}.{self._proof(purpose, body)}"

    def unsign(self, purpose: str, text: str) -> str | None:
        """Return the content if its proof is right, compared in constant time."""
        if not (match := _SHAPE.fullmatch(text)):
            return None
        body, proof = match["body"], match["proof"]
        if not hmac.compare_digest(proof, self._proof(purpose, body)):
            return None
        return base64.urlsafe_b64decode(f"{body}{'=' * (-len(body) % 4)}").decode()

    def _proof(self, purpose: str, body: str) -> str:
        secret = self.read_secret().reveal().encode()
        key = hmac.digest(secret, f"leave\n{purpose}\n{self.place}".encode(), "sha256")
        return _encode(hmac.digest(key, body.encode(), "sha256"))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# https://developers.google.com/identity/openid-connect/openid-connect


# Both calls and the secret's come one after the other, in a function that has 20 seconds.
CONNECT_SECONDS, READ_SECONDS = 2.0, 3.0
_DISCOVERY = "/.well-known/openid-configuration"
_OK, _SERVER_ERROR, _TOO_MANY = 200, 500, 429


def _pool() -> urllib3.PoolManager:
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    return urllib3.PoolManager(timeout=timeout, retries=False)


@dataclass(kw_only=True, slots=True)
class GoogleSignIn:
    """Implements `IdentityProvider`; what the issuer says about itself is asked for once.

    `hd` makes Google offer the company's accounts first; that the account is one of them is
    checked where the claims are used.
    """

    issuer: str
    company_domain: str
    redirect_uri: str
    read_client: Callable[[], WebClient]
    http: urllib3.PoolManager = field(default_factory=_pool)
    _endpoints: Mapping[str, str] | None = None

    def authorization_url(self, *, state: str, nonce: str, challenge: str, choose: bool) -> str:
        """Return the address of the provider's page, with all it must be told."""
        query = {
            "client_id": self.read_client().client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid email",
            "hd": self.company_domain,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if choose:
            query["prompt"] = "select_account"
        return f"{self._endpoint('authorization_endpoint')}?{urlencode(query)}"

    def redeem(self, code: str, *, verifier: str) -> Mapping[str, Any]:
        """Exchange a code; the ID token comes straight from the provider, over TLS.

        So its signature need not be checked, but issuer and audience do:
        https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
        """
        client = self.read_client()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": client.client_id,
            "client_secret": client.client_secret.reveal(),
            "code_verifier": verifier,
        }
        status, answer = self._call("POST", self._endpoint("token_endpoint"), form)
        if status != _OK:
            why = f"The token endpoint answers {status}: {answer.get('error', 'no reason')}"
            # Of these only the code is the person's; everything else is for us to mend.
            if answer.get("error") == "invalid_grant":
                raise UnauthenticatedError(why)
            raise UnavailableError(why)
        claims = _claims(answer.get("id_token"))
        # Google may leave out the scheme: its OpenID Connect reference, on `iss`.
        if claims.get("iss") not in (self.issuer, self.issuer.removeprefix("https://")):
            raise UnauthenticatedError("The ID token is of another issuer.")
        if claims.get("aud") != client.client_id:
            raise UnauthenticatedError("The ID token is for another client.")
        return claims

    def _endpoint(self, name: str) -> str:
        if self._endpoints is None:
            status, document = self._call("GET", f"{self.issuer}{_DISCOVERY}")
            if status != _OK or document.get("issuer") != self.issuer:
                raise UnavailableError(f"{self.issuer} has no OpenID configuration: {status}")
            self._endpoints = document
        address = self._endpoints.get(name)
        # An issuer that can only be spoken to over TLS does not point elsewhere.
        if not isinstance(address, str) or urlsplit(address).scheme != urlsplit(self.issuer).scheme:
            raise UnavailableError(f"The OpenID configuration of {self.issuer} lacks {name}")
        return address

    def _call(
        self, method: str, url: str, form: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Accept": "application/json"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form) if form is not None else None
        try:
            answer = self.http.request(method, url, body=body, headers=headers, redirect=False)
        except HTTPError as error:
            raise UnavailableError(f"{url}: {type(error).__name__}") from error
        if answer.status >= _SERVER_ERROR or answer.status == _TOO_MANY:
            raise UnavailableError(f"{url} answers {answer.status}")
        return answer.status, _object(answer.data)


def _claims(token: object) -> dict[str, Any]:
    parts = token.split(".") if isinstance(token, str) else []
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature: RFC 7515
        raise UnauthenticatedError("The answer of the token endpoint has no ID token.")
    try:
        return _object(base64.urlsafe_b64decode(f"{parts[1]}{'=' * (-len(parts[1]) % 4)}"))
    except ValueError as error:
        raise UnauthenticatedError("The ID token cannot be read.") from error


def _object(body: bytes) -> dict[str, Any]:
    try:
        value: Any = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
