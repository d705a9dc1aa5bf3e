"""Profiles of people who have signed in."""

from __future__ import annotations

import shutil

from cli.account.oauth_client import OAuthClient
from cli.account.profiles import Profile
from cli.account.target import own_profiles
from leave.domain.values import Secret
from tests.cli.loopback import an_id_token


def a_client(token_uri: str = "https://oauth2.example.com/token") -> OAuthClient:
    """Return an OAuth client whose tokens come from there."""
    return OAuthClient(
        client_id="leave-cli",
        client_secret=Secret("client-secret-that-must-not-leak"),
        auth_uri="https://accounts.example.com/auth",
        token_uri=token_uri,
    )


def sign_in(
    api_url: str,
    email: str = "jim@foo.com",
    *,
    name: str = "test",
    expires_in: float = 3600,
    client: OAuthClient | None = None,
) -> Profile:
    """Let somebody be signed in to an API, as `leave login` would."""
    profile = Profile(
        name=name,
        api_url=api_url,
        client=client or a_client(),
        refresh_token=Secret("refresh-token-that-must-not-leak"),
        id_token=Secret(an_id_token(email, expires_in=expires_in)),
    )
    profiles = own_profiles()
    profiles.keep(profile)
    profiles.choose(name)
    return profile


def sign_out() -> None:
    """Forget who is signed in, and to what."""
    shutil.rmtree(own_profiles().folder)
