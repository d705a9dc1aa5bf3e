"""Who signs in, and what Google says about them in an ID token."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUR = 3600
# Accounts of these have no hosted domain, as at Google.
_CONSUMER_DOMAINS = {"gmail.com", "googlemail.com"}


def subject(email: str) -> str:
    """Return the account's `sub`: 21 digits, the same for the same address."""
    digest = hashlib.sha256(email.strip().lower().encode("utf-8", "replace")).digest()
    return "1" + str(int.from_bytes(digest, "big"))[:20]


def hosted_domain(email: str) -> str | None:
    """Return the Workspace domain of an address; a consumer account has none."""
    domain = email.rpartition("@")[2].strip().lower()
    return None if domain in _CONSUMER_DOMAINS else domain


def id_claims(
    *,
    email: str,
    issuer: str,
    audience: object,
    expires_in: float = HOUR,
    changes: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Return the claims of Google's ID token for `email`.

    A negative `expires_in` (seconds) makes a token that expired that long ago, an hour after it
    was issued. `changes` replace claims; None leaves a claim out.
    """
    now = int(time.time())
    expiry = now + int(expires_in)
    claims: dict[str, object] = {
        "iss": issuer,
        "azp": audience,
        "aud": audience,
        "sub": subject(email),
        "hd": hosted_domain(email),
        "email": email,
        "email_verified": True,
        "iat": min(now, expiry - HOUR) if expires_in <= 0 else now,
        "exp": expiry,
    }
    claims.update(changes or {})
    return {name: value for name, value in claims.items() if value is not None}
