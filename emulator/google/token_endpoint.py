"""Google's token and revocation endpoints, with assertions (RFC 7523)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from emulator.google.grants import ACCESS_SECONDS, Code, Grant, Grants
from emulator.google.http import (
    NOT_DELEGATED,
    DeniedError,
    Reply,
    Request,
    form,
    json_reply,
    oauth_error,
)
from emulator.google.id_tokens import (
    TokenError,
    b64url,
    id_claims,
    unverified_claims,
    verified_claims,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulator.google.clients import OAuthClients, ServiceAccount, ServiceAccounts
    from emulator.google.id_tokens import SigningKey

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_NO_GRANT = "Token has been expired or revoked."


class TokenEndpoint:
    """Answers `POST /token` and `POST /revoke`."""

    def __init__(
        self,
        *,
        grants: Grants,
        clients: OAuthClients,
        accounts: ServiceAccounts,
        key: SigningKey,
        issuer: Callable[[], str],
    ) -> None:
        self._grants = grants
        self._clients = clients
        self._accounts = accounts
        self._key = key
        self._issuer = issuer

    def token(self, request: Request) -> Reply:
        """Exchange a grant for tokens."""
        try:
            fields = form(request.body.decode())
        except ValueError:
            return oauth_error("invalid_request", "The body is not a form.")
        kinds = {
            "refresh_token": self._refresh,
            "authorization_code": self._redeem,
            _JWT_BEARER: self._assertion,
        }
        kind = fields.get("grant_type", "")
        if kind not in kinds:
            return oauth_error("unsupported_grant_type", f"Invalid grant_type: {kind}")
        try:
            return json_reply(kinds[kind](_with_basic(fields, request)))
        except DeniedError as denied:
            return denied.reply

    def revoke(self, request: Request) -> Reply:
        """Revoke the token in the form or the query, with its whole grant."""
        try:
            fields = {**request.query, **form(request.body.decode())}
        except ValueError:
            return oauth_error("invalid_request", "The body is not a form.")
        if self._grants.revoke(fields.get("token", "")):
            return json_reply({})
        return oauth_error("invalid_token", "Token expired or revoked")

    def _refresh(self, fields: Mapping[str, str]) -> dict[str, object]:
        client_id = self._client(fields)
        grant = self._grants.refreshable(fields.get("refresh_token", ""))
        if grant is None:
            raise DeniedError("invalid_grant", _NO_GRANT)
        if grant.client_id != client_id:
            raise DeniedError("unauthorized_client", "Unauthorized", status=401)
        # Fewer scopes may be asked for than were granted, never others (RFC 6749 section 6).
        scopes = tuple(fields.get("scope", "").split()) or grant.scopes
        if not set(scopes) <= set(grant.scopes):
            raise DeniedError("invalid_scope", "Bad Request")
        return self._tokens(replace(grant, scopes=scopes))

    def _redeem(self, fields: Mapping[str, str]) -> dict[str, object]:
        client_id = self._client(fields)
        code = self._grants.redeem(fields.get("code", ""))
        if code is None or code.grant.client_id != client_id:
            raise DeniedError("invalid_grant", "Malformed auth code.")
        if code.redirect_uri != fields.get("redirect_uri"):
            raise DeniedError("redirect_uri_mismatch", "Bad Request")
        _prove(code, fields.get("code_verifier", ""))
        tokens = self._tokens(code.grant, nonce=code.nonce)
        if code.offline:
            tokens["refresh_token"] = self._grants.refresh_token(code.grant)
        return tokens

    def _assertion(self, fields: Mapping[str, str]) -> dict[str, object]:
        grant = asserted(fields.get("assertion", ""), self._accounts, issuer=self._issuer())
        return self._tokens(grant)

    def _client(self, fields: Mapping[str, str]) -> str:
        client_id = fields.get("client_id", "")
        secret = self._clients.secret(client_id)
        if secret is None:
            raise DeniedError("invalid_client", "The OAuth client was not found.", status=401)
        offered = fields.get("client_secret", "").encode("utf-8", "replace")
        if not hmac.compare_digest(secret.encode(), offered):
            raise DeniedError(
                "invalid_client", "The provided client secret is invalid.", status=401
            )
        return client_id

    def _tokens(self, grant: Grant, *, nonce: str = "") -> dict[str, object]:
        access = self._grants.access_token(grant)
        tokens: dict[str, object] = {
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "scope": " ".join(grant.scopes),
            "token_type": "Bearer",
        }
        if "openid" in grant.scopes:
            at_hash = b64url(hashlib.sha256(access.encode()).digest()[:16])
            claims = id_claims(
                email=grant.email,
                issuer=self._issuer(),
                audience=grant.client_id,
                changes={"at_hash": at_hash, "nonce": nonce or None},
            )
            tokens["id_token"] = self._key.sign(claims)
        return tokens


def _prove(code: Code, verifier: str) -> None:
    """Check PKCE (RFC 7636, S256 only)."""
    if not code.challenge:
        return
    if not verifier:
        raise DeniedError("invalid_grant", "Missing code verifier.")
    proof = b64url(hashlib.sha256(verifier.encode("utf-8", "replace")).digest())
    if not hmac.compare_digest(proof.encode(), code.challenge.encode("utf-8", "replace")):
        raise DeniedError("invalid_grant", "Invalid code verifier.")


def _with_basic(fields: dict[str, str], request: Request) -> dict[str, str]:
    """Add client id and secret from HTTP Basic, which some OAuth libraries prefer."""
    scheme, _, encoded = request.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return fields
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return fields
    return {"client_id": name, "client_secret": secret, **fields}


# google-auth names this one whatever the key file says.
_PUBLIC_AUDIENCE = "https://oauth2.googleapis.com/token"
_LONGEST_SECONDS = 3600
_SKEW_SECONDS = 300
_BAD_TIMES = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


def asserted(assertion: str, accounts: ServiceAccounts, *, issuer: str) -> Grant:
    """Return what an assertion grants; DeniedError when anything about it is not right."""
    try:
        account = accounts.find(str(unverified_claims(assertion).get("iss")))
        if account is None:
            raise DeniedError("invalid_grant", "Invalid grant: account not found")
        claims = verified_claims(assertion, account.public_pem)
    except TokenError as error:
        raise DeniedError("invalid_grant", "Invalid JWT Signature.") from error
    _check_times(claims)
    if claims.get("aud") not in (f"{issuer}/token", _PUBLIC_AUDIENCE):
        raise DeniedError("invalid_grant", "Invalid JWT: wrong audience")
    return _delegated(claims, account)


def _delegated(claims: Mapping[str, object], account: ServiceAccount) -> Grant:
    person = str(claims.get("sub") or account.email)
    if "@" not in person:
        raise DeniedError("invalid_grant", "Invalid email or User ID")
    scopes = tuple(str(claims.get("scope", "")).split())
    if not scopes:
        raise DeniedError("invalid_scope", "Empty or missing scope not allowed.")
    if not set(scopes) <= set(account.scopes):
        raise DeniedError("unauthorized_client", NOT_DELEGATED, status=401)
    return Grant(email=person, client_id=account.email, scopes=scopes)


def _check_times(claims: Mapping[str, object]) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or not isinstance(expires, int | float):
        raise DeniedError("invalid_grant", _BAD_TIMES)
    fits = issued - _SKEW_SECONDS <= time.time() <= expires + _SKEW_SECONDS
    if not fits or not 0 < expires - issued <= _LONGEST_SECONDS + _SKEW_SECONDS:
        raise DeniedError("invalid_grant", _BAD_TIMES)
