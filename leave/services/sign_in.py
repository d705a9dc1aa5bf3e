"""Sign-in with Google in the browser, for a working day.

The authorization code flow of OpenID Connect with PKCE. What must come back is kept by the
browser, signed, so that nothing of it goes to Google but what Google has to return:
https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
https://datatracker.ietf.org/doc/html/rfc7636
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from leave.domain.errors import UnauthenticatedError
from leave.domain.history import Decision
from leave.domain.invitations import Link
from leave.domain.values import Secret, Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leave.services.authorization import Authenticator
    from leave.services.ports import Clock, IdentityProvider, Signer

SESSION = timedelta(hours=8)
ATTEMPT = timedelta(minutes=10)
# How far the clocks of two machines may be apart.
_SKEW = timedelta(minutes=1)
_BYTES = 32
# RFC 6749, appendix A.11; Google's are of up to 256 bytes.
_CODE = re.compile(r"[ -~]{1,512}")
_STALE = "The sign-in was not started in this browser, or was started too long ago."


class Goal(Value):
    """The decision page a person wants to see; `link` is the last part of its address."""

    decision: Decision
    link: Secret

    @classmethod
    def parse(cls, decision: str, link: str) -> Self | None:
        """Return the goal; None for anything but the parts of a decision link."""
        if decision not in set(Decision) or Link.parse(link) is None:
            return None
        return cls(decision=Decision(decision), link=Secret(link))


class Started(Value):
    """Where the browser goes now, and what it keeps until it comes back."""

    url: str
    attempt: Secret


class Finished(Value):
    """What proves from now on who uses this browser, and the page they wanted to see."""

    session: Secret
    goal: Goal


@dataclass(kw_only=True, slots=True, eq=False)
class Sessions:
    """Who is signed in, by what their browser keeps."""

    clock: Clock
    signer: Signer

    def begin(self, email: str) -> str:
        """Return what proves for eight hours that this person signed in."""
        expires = (self.clock.now() + SESSION).timestamp()
        return self.signer.sign("session", json.dumps({"email": email, "expires": expires}))

    def email(self, session: str | None) -> str | None:
        """Return who signed in; None for nobody, or too long ago."""
        stored = _opened(self.signer, "session", session, lasts=SESSION, now=self.clock.now())
        return stored["email"] if stored else None


@dataclass(kw_only=True, slots=True, eq=False)
class SignIn:
    """The use case: send a browser to the provider, and believe what comes back only if it fits.

    `used` holds the attempts that have come back, by their state, until they end by themselves.
    """

    clock: Clock
    provider: IdentityProvider
    authenticator: Authenticator
    signer: Signer
    sessions: Sessions
    used: dict[str, float] = field(default_factory=dict[str, float])

    def start(self, goal: Goal, *, choose: bool) -> Started:
        """Begin an attempt; `choose` offers other accounts than the one that is signed in."""
        state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
        url = self.provider.authorization_url(
            state=state, nonce=nonce, challenge=_challenge(verifier), choose=choose
        )
        kept = {
            "decision": goal.decision.value,
            "link": goal.link.reveal(),
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "expires": (self.clock.now() + ATTEMPT).timestamp(),
        }
        attempt = Secret(self.signer.sign("attempt", json.dumps(kept)))
        return Started(url=url, attempt=attempt)

    def goal(self, attempt: str | None) -> Goal | None:
        """Return where an attempt was to lead, so that it can be made again."""
        kept = self._kept(attempt)
        return Goal.parse(kept["decision"], kept["link"]) if kept else None

    def finish(self, attempt: str | None, *, state: str, code: str) -> Finished:
        """Sign in whoever the provider sends back with this state and code.

        Raises `UnauthenticatedError` for what does not belong together, `NotAllowedError` for an
        account that is not the company's, `UnavailableError` when the provider does not answer.
        """
        kept, goal = self._kept(attempt), self.goal(attempt)
        if not kept or not goal or not _same(kept["state"], state) or not _CODE.fullmatch(code):
            raise UnauthenticatedError(_STALE)
        self._use_up(kept)
        claims = self.provider.redeem(code, verifier=kept["verifier"])
        self._check(claims, nonce=kept["nonce"])
        email = self.authenticator.authenticate(claims).email
        return Finished(session=Secret(self.sessions.begin(email)), goal=goal)

    def _use_up(self, attempt: Mapping[str, Any]) -> None:
        """Let an attempt ask the provider once, or it would be asked as often as anybody likes."""
        now = self.clock.now().timestamp()
        for ended in [state for state, expires in self.used.items() if expires <= now]:
            del self.used[ended]
        if attempt["state"] in self.used:
            raise UnauthenticatedError("This sign-in was already used.")
        self.used[attempt["state"]] = attempt["expires"]

    def _check(self, claims: Mapping[str, Any], *, nonce: str) -> None:
        """Check the token's time and that it answers this attempt (section 3.1.3.7)."""
        expires = claims.get("exp")
        if isinstance(expires, bool) or not isinstance(expires, int | float):
            raise UnauthenticatedError("The ID token has no expiry.")
        # Python reads NaN and Infinity as numbers, and neither is a time.
        if not self.clock.now().timestamp() < expires < math.inf:
            raise UnauthenticatedError("The ID token has expired.")
        if not _same(nonce, str(claims.get("nonce", ""))):
            raise UnauthenticatedError("The ID token belongs to another sign-in.")

    def _kept(self, attempt: str | None) -> dict[str, Any] | None:
        return _opened(self.signer, "attempt", attempt, lasts=ATTEMPT, now=self.clock.now())


def _opened(
    signer: Signer, purpose: str, text: str | None, *, lasts: timedelta, now: datetime
) -> dict[str, Any] | None:
    """Return what was signed and has not ended; nothing lasts longer than what is begun now."""
    content = signer.unsign(purpose, text) if text else None
    if content is None:
        return None
    kept: dict[str, Any] = json.loads(content)
    left = kept["expires"] - now.timestamp()
    return kept if 0 < left <= (lasts + _SKEW).total_seconds() else None


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))
