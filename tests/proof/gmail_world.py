"""A Google on loopback that fails as a proof says, and worlds whose mails go through it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from icalendar import Calendar

from leave.adapters.gmail.credentials import Urllib3Http
from leave.adapters.gmail.mailer import GmailMailer
from leave.domain.calendar import Period
from leave.domain.employee import Employee
from leave.domain.views import CalendarEntry, Mail, Method
from tests.leave.adapters.gmail.scripted_google import (
    DROP,
    HANG,
    SEND_PATH,
    TOKEN_PATH,
    Line,
    Post,
    ScriptedGoogle,
    answer,
    gmail_error,
    oauth_error,
)
from tests.leave.builders import NOW
from tests.proof.world import World


@dataclass(frozen=True, kw_only=True)
class GoogleFault:
    """What Google does: `line` in the place of an answer, at the `send` or the `token` endpoint.

    `delivers` tells whether the mail leaves all the same, `seconds` how long the answer takes.
    """

    name: str
    line: Line
    at: str = "send"
    delivers: bool = False
    seconds: float = 0

    def __str__(self) -> str:
        return f"{self.at} {self.name}"


TAKEN = answer(
    200, {"id": "18c0ffee18c0ffee", "threadId": "18c0ffee18c0ffee", "labelIds": ["SENT"]}
)
# https://developers.google.com/workspace/gmail/api/guides/handle-errors
SENDING = (
    GoogleFault(name="429 rateLimitExceeded", line=gmail_error(429, "rateLimitExceeded")),
    GoogleFault(name="500 internalError", line=gmail_error(500, "internalError")),
    GoogleFault(name="503 backendError", line=gmail_error(503, "backendError")),
    GoogleFault(name="403 rateLimitExceeded", line=gmail_error(403, "rateLimitExceeded")),
    GoogleFault(name="403 userRateLimitExceeded", line=gmail_error(403, "userRateLimitExceeded")),
    GoogleFault(name="403 dailyLimitExceeded", line=gmail_error(403, "dailyLimitExceeded")),
    GoogleFault(name="403 domainPolicy", line=gmail_error(403, "domainPolicy")),
    GoogleFault(
        name="403 insufficientPermissions", line=gmail_error(403, "insufficientPermissions")
    ),
    GoogleFault(name="400 failedPrecondition", line=gmail_error(400, "failedPrecondition")),
    GoogleFault(name="401 authError", line=gmail_error(401, "authError")),
    GoogleFault(name="dropped before it was taken", line=DROP),
    GoogleFault(name="dropped after it was taken", line=DROP, delivers=True),
    GoogleFault(name="no answer in time", line=HANG),
    GoogleFault(name="taken, and no answer in time", line=HANG, delivers=True),
    GoogleFault(name="slow", line=TAKEN, delivers=True, seconds=0.1),
)
REFUSED = GoogleFault(name="400 invalidArgument", line=gmail_error(400, "invalidArgument"))
# https://developers.google.com/identity/protocols/oauth2
TOKENS = (
    GoogleFault(at="token", name="invalid_grant", line=oauth_error(400, "invalid_grant")),
    GoogleFault(at="token", name="invalid_client", line=oauth_error(401, "invalid_client")),
    GoogleFault(at="token", name="429", line=oauth_error(429, "rate_limit_exceeded")),
    GoogleFault(at="token", name="500", line=oauth_error(500, "internal_failure")),
    GoogleFault(at="token", name="dropped", line=DROP),
    GoogleFault(at="token", name="no answer in time", line=HANG),
)


@dataclass
class ProofGoogle(ScriptedGoogle):
    """`fault` says what becomes of a call to `send` or `token`.

    `sent` are the mails that were taken, at these `moments`.
    """

    fault: Callable[[str], GoogleFault | None] = lambda _endpoint: None
    refused: set[str] = field(default_factory=set[str])
    hangs: Callable[[], None] = lambda: None
    sent: list[Mail] = field(default_factory=list[Mail])
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    moments: list[datetime] = field(default_factory=list[datetime])
    tried: int = 0

    def take(self, path: str, headers: dict[str, str], body: bytes) -> Line:
        """Note a request and return its line."""
        endpoint = {TOKEN_PATH: "token", SEND_PATH: "send"}[path]
        fault = self.fault(endpoint)
        self.tried += endpoint == "send"
        if fault and fault.line.hang:
            self.hangs()
        time.sleep(fault.seconds if fault else 0)
        if endpoint == "token" or (fault and not fault.delivers):
            if fault:
                return fault.line
            token = {"access_token": "ya29.token", "expires_in": 3599}
            return answer(200, token)
        post = Post(bearer=headers["authorization"], raw=json.loads(body)["raw"])
        if post.mail["To"] is None:  # it is only asked whether it would take a mail
            return fault.line if fault and fault.line is not TAKEN else REFUSED.line
        mail = _read(post)
        if mail.to in self.refused:
            return REFUSED.line
        self.sent.append(mail)
        self.moments.append(self.now())
        return fault.line if fault else TAKEN


def _read(post: Post) -> Mail:
    """Return what the letters of proofs wrote."""
    mail = post.mail
    text = mail.get_body(("plain",))
    assert text is not None
    thread = mail["References"].removeprefix("<leave-").partition("@")[0]
    about = text.get_content().strip()
    return Mail(
        to=mail["To"],
        subject=mail["Subject"],
        text=about,
        html="",
        thread=thread,
        calendar=_entry(mail),
    )


def _entry(mail: EmailMessage) -> CalendarEntry | None:
    """Return what the attached calendar file says, of whole days."""
    for part in mail.walk():
        if part.get_content_type() == "application/ics":
            calendar: Any = Calendar.from_ical(part.get_content())
            (event,) = calendar.walk("VEVENT")
            start, after = event["DTSTART"].dt, event["DTEND"].dt
            return CalendarEntry(
                uid=str(event["UID"]),
                sequence=event["SEQUENCE"],
                method=Method(calendar["METHOD"]),
                period=Period(start=start, end=after - timedelta(days=1)),
                summary=str(event["SUMMARY"]),
                at=event["DTSTAMP"].dt,
                time_zone=UTC,
            )
    return None


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
