"""Task tokens that Step Functions refuses, and executions whose time is over.

Of a token that is waited for, AWS has no reason to refuse it. `TaskTimedOut` means that it has
expired or its task is closed, `InvalidToken` that it is none, `TaskDoesNotExist` that an activity
is gone: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
The record is right all the same: even if the refusal was not true, a sweep makes up for it, and an
execution that nobody answers ends when its time to answer does.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from leave.domain.history import Status
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from tests.leave.builders import JOHN
from tests.leave.services.stage import a_wish
from tests.proof.conftest import Size
from tests.proof.invariants import assert_sound, kinds
from tests.proof.journeys import JOURNEYS, PEOPLE, RULES, Journey, Repeats, answers, asks, changes
from tests.proof.reporting import Recorder
from tests.proof.test_crash_anywhere import assert_ends_well
from tests.proof.world import DAY, HOUR, Wire, World
from tests.step_functions import TELL, Execution

pytestmark = pytest.mark.usefixtures("nobody_sleeps")
PROMISE = "AWS may fail, and nothing is left half written"
REFUSALS = ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken")
REPORTING = ("Workflow.answer", "Workflow.fail")
A_WEEK = timedelta(days=7)
TIME_TO_ANSWER = timedelta(days=31)

by_every_name = pytest.mark.parametrize("refusal", REFUSALS)


def worlds(**ways: Any) -> Callable[..., World]:
    """Make worlds in which Step Functions has these ways."""

    def make(*people: Any, **settings: Any) -> World:
        world = World.make(*people, **settings)
        vars(world.machine).update(ways)
        return world

    return make


def whole(journey: Journey, make: Callable[..., World], rest: timedelta) -> World:
    """Play a journey in which nobody dies."""
    world = journey.play(Wire(), make=make, rest=rest)
    assert_sound(world, crashes=0)
    return world


def reports_of(world: World) -> list[int]:
    """Return the numbers of the calls that reported an answer."""
    return [n for n, call in enumerate(world.wire.calls, start=1) if call in REPORTING]


@by_every_name
def test_a_token_that_was_used_is_refused(refusal: str, size: Size, report: Recorder) -> None:
    """Whoever reported the answer died before they knew, so it is reported again."""
    tried = 0
    make = worlds(closed=refusal)
    for journey in JOURNEYS:
        undisturbed = whole(journey, make, A_WEEK)
        for number in reports_of(undisturbed)[:: size(small=3, full=1)]:
            for repeats in Repeats:
                wire = Wire(plan=frozenset({(number, "after")}))
                world = journey.play(wire, repeats=repeats, make=make, rest=A_WEEK)
                assert len(wire.crashes) == 1
                assert_ends_well(undisturbed, world, f"{journey}: {wire.crashes}, then {refusal}")
                tried += 1
    report(PROMISE, "task tokens refused that were used", tried, gather="sum")
    assert tried >= len(Repeats)


@by_every_name
def test_a_token_that_is_waited_for_is_refused_once(
    refusal: str, size: Size, report: Recorder
) -> None:
    tried = 0
    for journey in JOURNEYS:
        undisturbed = whole(journey, worlds(closed=refusal), TIME_TO_ANSWER)
        for number in range(1, len(reports_of(undisturbed)) + 1, size(small=3, full=1)):
            told = Lie(refusal, number)
            make = worlds(closed=refusal, lies=told)
            world = journey.play(Wire(), make=make, rest=TIME_TO_ANSWER)
            assert told.heard >= number, "it was told to nobody"
            assert_ends_well(undisturbed, world, f"{journey}: {refusal} to report {number}")
            tried += 1
    report(PROMISE, "task tokens refused that were good", tried, gather="sum")
    assert tried >= 10


@pytest.mark.parametrize("way", ["raise_wins", "last_answer_wins"])
def test_a_function_dies_after_it_answered_and_the_answer_may_not_count(
    way: str, size: Size, report: Recorder
) -> None:
    """AWS does not document it, so the other way ends as well as the one that all proofs take."""
    tried = 0
    make = worlds(**{way: True})
    for journey in JOURNEYS:
        undisturbed = whole(journey, make, A_WEEK)
        for number in reports_of(undisturbed)[:: size(small=3, full=1)]:
            wire = Wire(plan=frozenset({(number, "after")}))
            world = journey.play(wire, make=make, rest=A_WEEK)
            assert_ends_well(undisturbed, world, f"{journey}: {wire.crashes}, {way}")
            tried += 1
    report(PROMISE, "answers that may not count, as AWS does not say", tried, gather="sum")
    assert tried >= len(JOURNEYS) / 3


class Lie:
    """Refuses the report of one number."""

    def __init__(self, refusal: str, number: int) -> None:
        self._refusal, self._number = refusal, number
        self.heard = 0

    def __call__(self) -> str:
        self.heard += 1
        return self._refusal if self.heard == self._number else ""


DAYS_TO_ANSWER = 60
WISH = a_wish("2027-08-02", "2027-08-06")
OTHER_WISH = a_wish("2027-08-03", "2027-08-04")
PATIENT = ApprovalPolicy(remind_after_days=200, escalate_after_days=200)


@pytest.fixture(name="world")
def fixture_world() -> World:
    """Return a world in which John has the mail, and takes his time."""
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
