"""Who calls, from the claims that API Gateway's JWT authorizer has verified.

The authorizer checks signature, issuer, audience and times, and leaves the rest to the function:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
What `hd` and `email_verified` mean:
https://developers.google.com/identity/openid-connect/openid-connect
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leave.domain.errors import NotAllowedError, UnauthenticatedError
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping

_ADDRESS_LENGTH = 254


@value
class Caller:
    """Who calls, as the identity provider proved it; `email` is in lower case."""

    email: str
    is_admin: bool


@dataclass(kw_only=True, slots=True, eq=False)
class Authenticator:
    """Lets in the verified accounts of one company; `admins` are mail addresses in lower case."""

    company_domain: str
    admins: frozenset[str]

    def authenticate(self, claims: Mapping[str, Any]) -> Caller:
        """Return who calls.

        Raises `UnauthenticatedError` without usable claims, `NotAllowedError` for a stranger.
        """
        email = str(claims.get("email", "")).lower()
        # A token without an expiry would open this door for ever.
        if not email or not claims.get("exp"):
            raise UnauthenticatedError("The ID token must have `email` and `exp`. Sign in again.")
        # A client of a Google Cloud project may ask for tokens for another one of it, such as the
        # mailbox's for that of employees:
        # https://developers.google.com/identity/protocols/oauth2/cross-client-identity
        # https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation, rule 5
        asked_by, audiences = claims.get("azp"), str(claims.get("aud", "")).strip("[]").split()
        if asked_by is not None and asked_by not in audiences:
            raise UnauthenticatedError(
                "The client that requested the ID token (`azp`) is not in its audience (`aud`)."
                " Sign in with the OAuth client of this stage."
            )
        # Some letters turn into others in lower case, such as the sign of the kelvin into a k, and
        # no address of a directory has them; nor is one longer (RFC 5321, section 4.5.3.1.3).
        if not str(claims["email"]).isascii() or len(email) > _ADDRESS_LENGTH:
            raise NotAllowedError(
                f"The mail address of this account has more than {_ADDRESS_LENGTH} characters or"
                " characters outside ASCII. Sign in with another account."
            )
        domain = self.company_domain.lower()
        if str(claims.get("email_verified", "")).lower() != "true":
            raise NotAllowedError(
                "The mail address of this account is not verified. Verify it with Google, and sign"
                " in again."
            )
        if str(claims.get("hd", "")).lower() != domain or not email.endswith(f"@{domain}"):
            raise NotAllowedError(
                f"Only accounts of {domain} are allowed. Sign in with such an account."
            )
        return Caller(email=email, is_admin=email in self.admins)
