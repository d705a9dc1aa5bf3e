"""ID tokens: what they say, and how a new one is got without asking anybody."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from cli.errors import CommandError
from cli.web import Call, NoAnswerError, send
from leave.domain.values import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.account.profiles import Profile, Profiles
    from cli.web import Web

# A token that ends while the call is under way would be refused.
_LEFT_SECONDS = 60
_OK = 200
TOKEN_VARIABLE = "LEAVE_ID_TOKEN"  # noqa: S105 - the name of a variable


def claims_of(id_token: Secret) -> dict[str, Any]:
    """Return what an ID token says, unverified: it came from Google itself, and the API checks it.

    Empty for what is no token.
    """
    parts = id_token.reveal().split(".")
    try:
        text = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims: Any = json.loads(text)
    except (ValueError, IndexError):
        return {}
    return cast("dict[str, Any]", claims) if isinstance(claims, dict) else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class IdTokens:
    """The ID tokens of signed-in profiles; `now` returns seconds since 1970."""

    profiles: Profiles
    web: Web = send
    now: Callable[[], float] = field(default=time.time)

    def valid(self, profile: Profile) -> Profile:
        """Return the profile with an ID token that is good for a while.

        Raises `CommandError` when nobody is signed in, or Google no longer agrees.
        """
        if profile.id_token is not None and self._lasts(profile.id_token):
            return profile
        return self.renewed(profile)

    def renewed(self, profile: Profile) -> Profile:
        """Return the profile with a new ID token, which is kept."""
        if profile.refresh_token is None:
            raise CommandError(f"You are not signed in to {profile.name}. Run `leave login`.")
        fresh = replace(profile, id_token=self._refresh(profile, profile.refresh_token))
        self.profiles.keep(fresh)
        return fresh

    def _lasts(self, id_token: Secret) -> bool:
        expires = claims_of(id_token).get("exp")
        return isinstance(expires, int | float) and expires > self.now() + _LEFT_SECONDS

    def _refresh(self, profile: Profile, refresh_token: Secret) -> Secret:
        client = profile.client
        form = {
            "grant_type": "refresh_token",
            "client_id": client.client_id,
            "client_secret": client.client_secret.reveal(),
            "refresh_token": refresh_token.reveal(),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        call = Call(
            method="POST",
            url=client.token_uri,
            headers=headers,
            body=urlencode(form).encode(),
        )
        try:
            answer = self.web(call)
        except NoAnswerError as error:
            raise CommandError(
                f"{client.token_uri} does not answer ({error}), so the sign-in cannot be renewed."
                " Try again."
            ) from error
        told = answer.document()
        if answer.status == _OK and isinstance(told.get("id_token"), str):
            return Secret(told["id_token"])
        if answer.status == _OK:
            raise CommandError("The sign-in gives no ID token. Run `leave login` again.")
        why = f"{told.get('error', answer.status)} {told.get('error_description', '')}".strip(" .")
        if told.get("error") == "invalid_grant":
            raise CommandError(f"The sign-in has ended ({why}). Run `leave login` again.")
        raise CommandError(f"The sign-in cannot be renewed: {why}.")


@dataclass(kw_only=True, slots=True)
class SignedIn:
    """The ID tokens of one profile."""

    profile: Profile
    tokens: IdTokens

    def valid(self) -> Secret:
        """Return one that is good for a while; raises `CommandError` as `IdTokens` does."""
        self.profile = self.tokens.valid(self.profile)
        return self.profile.id_token or Secret("")

    def renewed(self) -> Secret:
        """Return another one."""
        self.profile = self.tokens.renewed(self.profile)
        return self.profile.id_token or Secret("")


@dataclass(frozen=True, slots=True)
class GivenToken:
    """One ID token, from the environment, in place of a sign-in."""

    token: Secret

    def valid(self) -> Secret:
        """Return the token."""
        return self.token

    def renewed(self) -> Secret:
        """Raise `CommandError`: there is no other one."""
        raise CommandError(
            f"The API does not accept the token in {TOKEN_VARIABLE}; it may have ended. Set another"
            " one, or unset the variable and sign in with `leave login`."
        )
