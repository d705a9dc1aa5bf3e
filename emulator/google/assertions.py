"""What a service account may assert about itself: the jwt-bearer grant (RFC 7523)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from emulator.google.google_errors import NOT_DELEGATED, DeniedError
from emulator.google.grants import Grant
from emulator.google.keys import TokenError, unverified_claims, verified_claims

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.google.clients import ServiceAccount, ServiceAccounts

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
