"""ID tokens on demand, good ones and every kind of bad one, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.google.exchange import refused
from emulator.google.identities import HOUR, id_claims
from emulator.google.keys import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_CLAIMS = (
    "aud", "azp", "email_verified", "exp", "hd", "iat", "iss", "name", "nbf", "nonce", "sub",
)  # fmt: skip
_FIELDS = ("email", "expires_in", "forged", *_CLAIMS)
_CENTURY = 100 * 365 * 24 * HOUR


@dataclass(frozen=True, kw_only=True)
class IdTokens:
    """Makes ID tokens for the stage; the first of `audiences` is the default one."""

    key: SigningKey
    audiences: Sequence[str]
    issuer: Callable[[], str]

    def make(self, wish: Mapping[str, object]) -> str:
        """Return a token for `email`; other fields replace claims, None leaves a claim out.

        `expires_in` is in seconds and may be negative; a true `forged` signs with a key that is
        not published, under the name of the one that is. RefusalError for anything else.
        """
        if unknown := set(wish) - set(_FIELDS):
            raise refused(f"unknown fields {sorted(unknown)}; allowed are {', '.join(_FIELDS)}")
        email = wish.get("email")
        if not isinstance(email, str) or not email:
            raise refused("email must be a non-empty string")
        key = SigningKey.generate() if wish.get("forged") else self.key
        claims = id_claims(
            email=email,
            issuer=self.issuer(),
            audience=wish.get("aud", self.audiences[0]),
            expires_in=_seconds(wish.get("expires_in", HOUR)),
            changes={name: wish[name] for name in _CLAIMS if name in wish},
        )
        return key.sign(claims, kid=self.key.kid)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _CENTURY:
        raise refused("expires_in must be a number of seconds, at most a century")
    return value
