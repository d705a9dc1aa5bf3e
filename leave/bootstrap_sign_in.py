"""The composition root of signing in, apart from the other, as most stages do without.

It also reads what every page says of the company, whether or not the stage asks for a sign-in.

Nothing is connected at import, and nothing is imported before a stage turns out to ask for it.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from leave.config import Environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leave.adapters.secretsmanager import SignInSecret
    from leave.domain.employee import Company
    from leave.services.sign_in import Sessions, SignIn


def company(variables: Mapping[str, str]) -> Company | None:
    """Return the company as pages name it."""
    return Environment(variables).company()


def sessions(variables: Mapping[str, str]) -> tuple[str, Sessions] | None:
    """Build who is signed in, with the API's address; None where no sign-in is asked for."""
    environment = Environment(variables)
    if environment.optional("LEAVE_SIGN_IN_SECRET") is None:
        return None
    api_url = environment.require("LEAVE_API_URL")
    return api_url, _sessions(_secret(environment), api_url)


def sign_in(variables: Mapping[str, str]) -> tuple[str, SignIn]:
    """Build the use case of GET /sign_in and its callback, with the API's address."""
    from leave.adapters.google_oidc import GoogleSignIn
    from leave.services.authorization import Authenticator
    from leave.services.sign_in import SignIn

    environment = Environment(variables)
    api_url = environment.require("LEAVE_API_URL")
    domain = environment.require("LEAVE_COMPANY_DOMAIN")
    secret = _secret(environment)
    kept = _sessions(secret, api_url)
    provider = GoogleSignIn(
        issuer=environment.require("LEAVE_OIDC_ISSUER"),
        company_domain=domain,
        redirect_uri=f"{api_url}/sign_in/callback",
        read_client=secret.read,
    )
    return api_url, SignIn(
        clock=kept.clock,
        provider=provider,
        authenticator=Authenticator(company_domain=domain, admins=frozenset()),
        signer=kept.signer,
        sessions=kept,
    )


def _secret(environment: Environment) -> SignInSecret:
    from leave.adapters.secretsmanager import SignInSecret
    from leave.adapters.system import connect

    client = connect("secretsmanager", read_seconds=2, attempts=2)
    return SignInSecret(client=client, secret_id=environment.require("LEAVE_SIGN_IN_SECRET"))


def _sessions(secret: SignInSecret, api_url: str) -> Sessions:
    from leave.adapters.google_oidc import HmacSigner
    from leave.adapters.system import SystemClock
    from leave.services.sign_in import Sessions

    # Of the clock only the moment is needed, which is the same in every time zone.
    signer = HmacSigner(read_secret=secret.read_signing_key, place=api_url)
    return Sessions(clock=SystemClock(UTC), signer=signer)
