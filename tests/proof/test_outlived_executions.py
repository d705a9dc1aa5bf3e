"""Executions whose time is over while another one waits for the answer, or none does."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.history import Status
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from leave.services import unit_of_work
from tests.leave.builders import JOHN
from tests.leave.services.stage import a_wish
from tests.proof.invariants import assert_sound, kinds
from tests.proof.journeys import PEOPLE, RULES, Repeats, answers, asks, changes
from tests.proof.world import DAY, HOUR, World
from tests.step_functions import TELL

if TYPE_CHECKING:
    from tests.step_functions import Execution

DAYS_TO_ANSWER = 60
WISH = a_wish("2027-08-02", "2027-08-06")
OTHER_WISH = a_wish("2027-08-03", "2027-08-04")
PATIENT = ApprovalPolicy(remind_after_days=200, escalate_after_days=200)


@pytest.fixture(name="world")
def fixture_world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world in which John has the mail, and takes his time."""
    monkeypatch.setattr(unit_of_work, "_FIRST_PAUSE_SECONDS", 0)
    rules = replace(RULES, horizon_days=365)
    world = World.make(PEOPLE, policy=PATIENT, rules=rules, answer_timeout_days=DAYS_TO_ANSWER)
    asks(WISH)(world, Repeats.AT_ONCE)
    world.run_for(HOUR)
    return world


def lose_token(world: World) -> Execution:
    """Let Step Functions make the call that asks again, and the first be the last to write."""
    (one,) = world.machine.live()
    world.machine.tokens[f"second {one.token}"] = world.machine.tokens.pop(one.token)
    one.token = f"second {one.token}"
    return one


def succeeded_after_a_change(world: World) -> tuple[Execution, Execution]:
    """Return an execution that waits for nothing, and the one that asked anew on day 40 or so."""
    first = lose_token(world)
    world.run_for(40 * DAY)
    changes(OTHER_WISH)(world, Repeats.AT_ONCE)
    world.run_for(3 * DAY)
    both = world.machine.live()
    assert [one.name for one in both] == [first.name, f"{first.name}.1"]
    return both[0], both[1]


def test_a_question_outlives_the_execution_that_lost_it(world: World) -> None:
    first, second = succeeded_after_a_change(world)
    world.run_for(DAYS_TO_ANSWER * DAY - 42 * DAY)
    assert (first.status, second.status) == ("SUCCEEDED", "RUNNING")
    assert world.the_request().status is Status.PENDING
    answers(JOHN, "approved")(world, Repeats.AT_ONCE)
    world.run_for(HOUR)
    assert world.the_request().status is Status.APPROVED
    assert_sound(world, crashes=0)


def test_it_expires_when_the_time_of_its_own_execution_is_over(world: World) -> None:
    _, second = succeeded_after_a_change(world)
    asked_at = world.the_request().asked_at
    assert asked_at is not None
    over = asked_at + DAYS_TO_ANSWER * DAY
    world.run_until(over - timedelta(minutes=1))
    assert world.the_request().status is Status.PENDING
    world.run_until(over + timedelta(minutes=1))
    assert world.the_request().status is Status.EXPIRED
    assert second.status == "SUCCEEDED"
    assert_sound(world, crashes=0)


def test_an_execution_that_is_redriven_beside_its_successor_lets_nothing_expire(
    world: World,
) -> None:
    (first,) = world.machine.live()
    world.machine.stop(first, "FAILED")
    world.run_for(DAY)
    assert [one.name for one in world.machine.live()] == [f"{first.name}.1"]
    first.status, first.state, first.due = "RUNNING", "ExpireRequest", world.now
    first.waits_until = None
    calls = world.invocations[TELL]
    world.run_for(HOUR)
    assert world.invocations[TELL] == calls + 1
    assert first.status == "SUCCEEDED"
    assert world.the_request().status is Status.PENDING
    assert_sound(world, crashes=0)


def test_an_execution_with_a_definition_of_before_expires_what_it_asked(world: World) -> None:
    """It has run since before the update, does not tell its name, and calls the new function."""
    before = deepcopy(world.machine.definition)
    del before["States"]["ExpireRequest"]["Arguments"]["Payload"]["execution"]
    world.machine.definition = before
    world.run_for((DAYS_TO_ANSWER + 1) * DAY)
    assert world.the_request().status is Status.EXPIRED
    assert ("tell", "jim@foo.com", "expired") in kinds(world)
    assert_sound(world, crashes=0)
