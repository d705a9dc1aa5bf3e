"""Gmail and Google's token endpoint fail in every known way: for one call, an hour, and days."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

import google.auth._exponential_backoff as google_backoff
import pytest

from leave.adapters.gmail.credentials import Urllib3Http
from leave.domain.errors import MailUnavailableError
from leave.domain.request import ApprovalPolicy
from leave.services.ports import Metric
from tests.leave.builders import JOHN
from tests.leave.hooks import raising
from tests.leave.services.stage import a_wish
from tests.proof.conftest import Size
from tests.proof.gmail_world import (
    ONCE,
    SENDING,
    TOKENS,
    GmailWorlds,
    GoogleFault,
    Outage,
    ProofGoogle,
    mailer,
)
from tests.proof.invariants import assert_sound, kinds, mails
from tests.proof.journeys import PEOPLE, RULES, Journey, Repeats, answers, asks, patiently
from tests.proof.reporting import Recorder
from tests.proof.world import DAY, HOUR, Wire, World

pytestmark = pytest.mark.usefixtures("nobody_sleeps")
PROMISE = "Gmail may fail, and no mail is lost over it"
FAULTS = (*SENDING, *TOKENS)
LENGTHS = (ONCE, HOUR, 3 * DAY)
BEFORE_THE_BRIEF, BEFORE_THE_DECISION = timedelta(minutes=30), timedelta(minutes=90)
CASES = list(product(FAULTS, LENGTHS, (BEFORE_THE_BRIEF, BEFORE_THE_DECISION)))
APPROVED = Journey(name="approved", acts=[asks(), answers(JOHN, "approved")])


@pytest.fixture(autouse=True)
def google_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_backoff, "time", SimpleNamespace(sleep=lambda _: None))


@pytest.fixture(name="google")
def fixture_google() -> Iterator[ProofGoogle]:
    with ProofGoogle() as made:
        yield made


@pytest.fixture(name="transport")
def fixture_transport() -> Iterator[Urllib3Http]:
    made = Urllib3Http(read=2)
    yield made
    made.close()


@pytest.fixture(name="hurried")
def fixture_hurried() -> Iterator[Urllib3Http]:
    made = Urllib3Http(read=0.1)
    yield made
    made.close()


def test_google_fails(
    google: ProofGoogle,
    transport: Urllib3Http,
    hurried: Urllib3Http,
    size: Size,
    report: Recorder,
) -> None:
    chance = random.Random("outages")  # noqa: S311 - the same ones in every run
    tried = chance.sample(CASES, size(small=7, full=len(CASES)))
    most, latest, tries = 0, timedelta(0), 0
    for fault, lasts, begins in tried:
        outage = Outage(fault=fault, begins=begins, lasts=lasts)
        worlds = GmailWorlds(google=google, transport=transport, hurried=hurried, outage=outage)
        world = APPROVED.play(Wire(), make=worlds.make, rest=4 * DAY)
        note = f"{fault} for {lasts} from {begins} on"
        assert outage.met, f"{note} was met by nobody"
        assert kinds(world) == {("ask", JOHN.email, ""), ("tell", "jim@foo.com", "approved")}, note
        try:
            assert_sound(world, crashes=1)
        except AssertionError as error:
            raise AssertionError(f"{note}: {error}") from error
        most = max(most, *mails(world).values())
        if lasts and not fault.delivers:
            latest = max(latest, first_after(outage.ends, google.moments) - outage.ends)
        tries = max(tries, google.tried)
    report(PROMISE, "outages: fault, how long, before which mail", len(tried))
    report(PROMISE, "times that one mail left, at most", most)
    report(PROMISE, "tries to send in three days without Gmail, at most", tries)
    report(PROMISE, "from Gmail's return to the mail, at most", latest / HOUR, "h")
    assert latest <= HOUR


def first_after(moment: datetime, moments: list[datetime]) -> datetime:
    return min(one for one in moments if one >= moment)


def test_a_mailbox_agrees_again_and_the_functions_need_no_restart(
    google: ProofGoogle, transport: Urllib3Http, report: Recorder
) -> None:
    """The function is warm: it holds credentials that worked until they were revoked."""
    revoked = {"send": gone("send", "401 authError"), "token": gone("token", "invalid_grant")}
    world = World.make(PEOPLE, wire=Wire(), rules=RULES)
    mails_seen: Any = google
    world.mails = mails_seen
    google.now = lambda: world.now
    warm = mailer(google, transport)
    world.wire_up({"Mailer": warm})
    patiently(world, lambda: asks()(world, Repeats.AT_ONCE), HOUR)
    world.run_for(HOUR)
    assert len(google.sent) == 1
    google.fault = revoked.get
    patiently(world, lambda: answers(JOHN, "approved")(world, Repeats.AT_ONCE), HOUR)
    world.run_for(2 * DAY)
    assert len(google.sent) == 1
    told: Any = world.stage.metrics
    alarms = told.names.count(Metric.CREDENTIALS_REJECTED)
    assert alarms > 40, "an alarm for each try"
    google.fault = lambda _endpoint: None
    world.run_for(HOUR)
    assert [mail.subject for mail in google.sent] == ["ask", "tell"]
    assert_sound(world, crashes=0)
    report(PROMISE, "from new credentials to the mail, less than", 1, "h")


def gone(at: str, name: str) -> GoogleFault:
    return next(fault for fault in FAULTS if (fault.at, fault.name) == (at, name))


def test_gmail_is_away_for_longer_than_an_execution_can_wait(size: Size, report: Recorder) -> None:
    """An execution may have 25,000 events; the sweep starts the next one when they are used up."""
    months = size(small=5, full=9)
    world = World.make(
        PEOPLE, wire=Wire(), rules=RULES, policy=ApprovalPolicy(), answer_timeout_days=300
    )
    away = range(1_000_000)
    world.mails.hooks.before("send", raising(MailUnavailableError("Gmail")), times=len(away))
    wanted = a_wish("2028-02-01", "2028-02-04")
    patiently(world, lambda: asks(wanted)(world, Repeats.AT_ONCE), HOUR)
    world.run_for(months * 30 * DAY)
    request = world.the_request()
    executions = [one.status for one in world.machine.executions.values()]
    assert executions.count("FAILED") == request.restarts >= 1
    assert not world.mails.sent
    world.mails.hooks.forget()
    world.run_for(DAY)
    patiently(world, lambda: answers(JOHN, "approved")(world, Repeats.AT_ONCE), HOUR)
    world.run_for(DAY)
    assert_sound(world, crashes=0)
    assert [mail.subject for mail in world.mails.sent].count("tell") == 1
    report(PROMISE, "days without Gmail that one request outlasts", months * 30)
    report(PROMISE, "executions that were used up meanwhile", request.restarts)
