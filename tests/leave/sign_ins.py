"""Signing in over a fake provider, with real seals."""

from __future__ import annotations

from dataclasses import dataclass, field

from leave.adapters.google_oidc import HmacSigner
from leave.domain.values import Secret
from leave.services.authorization import Authenticator
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
    signer: HmacSigner = field(
        default_factory=lambda: HmacSigner(read_secret=lambda: SIGNING_KEY, place=API_URL)
    )

    used: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def sessions(self) -> Sessions:
        return Sessions(clock=self.clock, signer=self.signer)

    @property
    def sign_in(self) -> SignIn:
        return SignIn(
            clock=self.clock,
            provider=self.provider,
            authenticator=Authenticator(company_domain="foo.com", admins=frozenset()),
            signer=self.signer,
            sessions=self.sessions,
            used=self.used,
        )
