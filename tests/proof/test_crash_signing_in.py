"""The function behind the sign-in dies at every call; nothing is left behind, and leads get in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import UnauthenticatedError
from leave.services.sign_in import Goal
from tests.leave.builders import R1
from tests.leave.sign_ins import FakeSignIn
from tests.proof.test_crash_anywhere import PROMISE
from tests.proof.wire import Crash, Moment, Wire

if TYPE_CHECKING:
    from tests.proof.figures import Recorder

LINK = f"{R1}.{'a' * 43}"
CALLS = ("authorization_url", "redeem")


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2])
def test_dying_costs_an_attempt_and_no_more(number: int, moment: Moment, report: Recorder) -> None:
    wire = Wire(plan=frozenset({(number, moment)}))
    stage = FakeSignIn()
    provider = stage.provider
    stage.provider = wire.around(provider, "IdentityProvider")
    with pytest.raises(Crash):
        sign_in(stage)
    assert wire.crashes == [f"{moment} IdentityProvider.{CALLS[number - 1]}"]
    assert stage.sessions.email(sign_in(stage)) == "john@foo.com"
    report(PROMISE, "ways to die while a lead signs in", 1, gather="sum")


def test_a_code_that_was_redeemed_and_lost_opens_nothing() -> None:
    """The browser sends the same address again, since its first call was not answered."""
    stage = FakeSignIn()
    provider = stage.provider
    stage.provider = Wire(plan=frozenset({(2, "after")})).around(provider, "IdentityProvider")
    started = stage.sign_in.start(goal(), choose=False)
    back = provider.sent_back()
    with pytest.raises(Crash):
        stage.sign_in.finish(started.attempt.reveal(), **back)
    with pytest.raises(UnauthenticatedError):
        stage.sign_in.finish(started.attempt.reveal(), **back)


def goal() -> Goal:
    found = Goal.parse("approved", LINK)
    assert found is not None
    return found


def sign_in(stage: FakeSignIn) -> str:
    """Return the session of a lead who signs in."""
    started = stage.sign_in.start(goal(), choose=False)
    return stage.sign_in.finish(
        started.attempt.reveal(), **stage.provider.sent_back()
    ).session.reveal()
