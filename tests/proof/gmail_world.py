"""A world of fakes whose mails go through the real mailer to a Google that has its days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from leave.adapters.gmail.mailer import GmailMailer
from tests.leave.builders import NOW
from tests.proof.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from leave.adapters.gmail.credentials import Urllib3Http
    from leave.domain.employee import Employee
    from leave.domain.views import Mail
    from tests.proof.proof_google import GoogleFault, ProofGoogle

ONCE = timedelta(0)


@dataclass(kw_only=True)
class ColdMailer:
    """Reads its credentials anew for each mail, as a function does that was not called for long."""

    google: ProofGoogle
    transport: Callable[[], Urllib3Http]

    def send(self, mail: Mail) -> None:
        mailer(self.google, self.transport()).send(mail)

    def check(self) -> None:
        mailer(self.google, self.transport()).check()


def mailer(google: ProofGoogle, transport: Urllib3Http) -> GmailMailer:
    """Return a mailer that has read nothing yet."""
    return GmailMailer(
        read_credentials=google.credentials,
        endpoint=google.url,
        sender="leave-bot@foo.com",
        company_domain="foo.com",
        transport=transport,
    )


@dataclass(kw_only=True)
class Outage:
    """A fault of Google from a moment on: `ONCE`, or for so long; `met` counts who met it."""

    fault: GoogleFault
    begins: timedelta
    lasts: timedelta
    met: int = 0

    def is_on(self, now: datetime) -> bool:
        """Tell whether it lasts."""
        begun = now >= NOW + self.begins
        return begun and (now < self.ends if self.lasts else not self.met)

    @property
    def ends(self) -> datetime:
        """When Google is back."""
        return NOW + self.begins + self.lasts

    def at(self, endpoint: str, now: datetime) -> GoogleFault | None:
        """Return what is wrong with an endpoint."""
        if endpoint != self.fault.at or not self.is_on(now):
            return None
        self.met += 1
        return self.fault


@dataclass(kw_only=True)
class GmailWorlds:
    """Makes worlds over one Google with one outage.

    While no answer comes anyway, nobody waits long for it: `hurried` is the transport then.
    """

    google: ProofGoogle
    transport: Urllib3Http
    hurried: Urllib3Http
    outage: Outage

    def make(self, employees: tuple[Employee, ...], **settings: Any) -> World:
        """Return a world in which nothing has happened yet."""
        world = World.make(employees, **settings)
        google: Any = self.google
        google.sent.clear()
        google.moments.clear()
        google.tried, google.now = 0, lambda: world.now
        google.fault = lambda endpoint: self.outage.at(endpoint, world.now)

        def transport() -> Urllib3Http:
            hangs = self.outage.fault.line.hang and self.outage.is_on(world.now)
            return self.hurried if hangs else self.transport

        world.mails = google
        world.wire_up({"Mailer": ColdMailer(google=google, transport=transport)})
        return world
