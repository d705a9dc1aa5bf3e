"""Signing in over a fake provider, with real seals."""

from __future__ import annotations

from dataclasses import dataclass, field

from leave.adapters.hmac_seal import HmacSeal
from leave.domain.secrets import Secret
from leave.services.gatekeeper import Gatekeeper
from leave.services.sign_in import Sessions, SignIn
from tests.leave.fake_provider import FakeProvider
from tests.leave.fakes import FakeClock

API_URL = "https://abc.execute-api.eu-central-1.amazonaws.com/test"
SIGNING_KEY = Secret("signing-key-that-must-not-leak")


@dataclass(kw_only=True)
class FakeSignIn:
    """A stage that asks leads to sign in."""

    clock: FakeClock = field(default_factory=FakeClock)
    provider: FakeProvider = field(default_factory=FakeProvider)
    seal: HmacSeal = field(
        default_factory=lambda: HmacSeal(read_secret=lambda: SIGNING_KEY, place=API_URL)
    )

    used: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def sessions(self) -> Sessions:
        return Sessions(clock=self.clock, seal=self.seal)

    @property
    def sign_in(self) -> SignIn:
        return SignIn(
            clock=self.clock,
            provider=self.provider,
            gatekeeper=Gatekeeper(company_domain="foo.com", admins=frozenset()),
            seal=self.seal,
            sessions=self.sessions,
            used=self.used,
        )
