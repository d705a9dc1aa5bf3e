"""A provider that signs in whoever a test says, and gives each code out once."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from leave.domain.errors import UnauthenticatedError
from tests.leave.builders import NOW
from tests.leave.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = "https://accounts.google.com/o/oauth2/v2/auth"


@dataclass(kw_only=True)
class FakeProvider:
    """`claims` replace what the next ID token says; None leaves one out."""

    email: str = "john@foo.com"
    claims: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    used: set[str] = field(default_factory=set[str])
    hooks: Hooks = field(default_factory=Hooks)

    def authorization_url(self, *, state: str, nonce: str, challenge: str, choose: bool) -> str:
        with self.hooks.around("authorization_url"):
            self.asked.append(
                {"state": state, "nonce": nonce, "challenge": challenge, "choose": choose}
            )
            return f"{PAGE}?{urlencode(self.asked[-1])}"

    def redeem(self, code: str, *, verifier: str) -> Mapping[str, Any]:
        with self.hooks.around("redeem"):
            (wanted,) = [one for one in self.asked if f"code for {one['state']}" == code] or [None]
            digest = hashlib.sha256(verifier.encode()).digest()
            proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if wanted is None or code in self.used or proof != wanted["challenge"]:
                raise UnauthenticatedError("Malformed auth code.")
            self.used.add(code)
            claims = {
                "email": self.email,
                "email_verified": True,
                "hd": self.email.partition("@")[2],
                "exp": int(NOW.timestamp()) + 3600,
                "nonce": wanted["nonce"],
            } | self.claims
            return {name: value for name, value in claims.items() if value is not None}

    def sent_back(self, number: int = -1) -> dict[str, str]:
        """Return the query with which an attempt comes back, by default the last one."""
        state = self.asked[number]["state"]
        return {"state": state, "code": f"code for {state}"}
