"""Task tokens that Step Functions refuses, and executions whose time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
import pytest
from leave.services import unit_of_work
from tests.proof.invariants import assert_sound
from tests.proof.journeys import JOURNEYS, Journey, Repeats
from tests.proof.test_crash_anywhere import assert_ends_well
from tests.proof.wire import Wire
from tests.proof.world import World
from copy import deepcopy
from typing import TYPE_CHECKING
from leave.domain.history import Status
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from tests.leave.builders import JOHN
from tests.leave.services.stage import a_wish
from tests.proof.invariants import assert_sound, kinds
from tests.proof.journeys import PEOPLE, RULES, Repeats, answers, asks, changes
from tests.proof.world import DAY, HOUR, World
from tests.step_functions import TELL

if TYPE_CHECKING:
    from collections.abc import Callable
    from tests.proof.conftest import Size
    from tests.proof.figures import Recorder
    from tests.step_functions import Execution



PROMISE = "AWS may fail, and nothing is left half written"
REFUSALS = ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken")
REPORTING = ("Workflow.answer", "Workflow.fail")
A_WEEK = timedelta(days=7)
TIME_TO_ANSWER = timedelta(days=31)

by_every_name = pytest.mark.parametrize("refusal", REFUSALS)


@pytest.fixture(autouse=True)
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_of_work, "_FIRST_PAUSE_SECONDS", 0)


def worlds(closed: str, lies: Callable[[], str] = lambda: "") -> Callable[..., World]:
    """Make worlds in which Step Functions has these words for a token."""

    def make(*people: Any, **settings: Any) -> World:
        world = World.make(*people, **settings)
        world.machine.closed, world.machine.lies = closed, lies
        return world

    return make


def whole(journey: Journey, refusal: str, rest: timedelta) -> World:
    """Play a journey in which nobody dies, and what is late is refused by this name."""
    world = journey.play(Wire(), make=worlds(refusal), rest=rest)
    assert_sound(world, crashes=0)
    return world


@by_every_name
def test_a_token_that_was_used_is_refused(refusal: str, size: Size, report: Recorder) -> None:
    """Whoever reported the answer died before they knew, so it is reported again."""
    tried = 0
    for journey in JOURNEYS:
        undisturbed = whole(journey, refusal, A_WEEK)
        calls = enumerate(undisturbed.wire.calls, start=1)
        numbers = [number for number, call in calls if call in REPORTING]
        for number in numbers[:: size(small=3, full=1)]:
            for repeats in Repeats:
                wire = Wire(plan=frozenset({(number, "after")}))
                world = journey.play(wire, repeats=repeats, make=worlds(refusal), rest=A_WEEK)
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
        undisturbed = whole(journey, refusal, TIME_TO_ANSWER)
        reported = sum(call in REPORTING for call in undisturbed.wire.calls)
        for number in range(1, reported + 1, size(small=3, full=1)):
            told = Lie(refusal, number)
            world = journey.play(Wire(), make=worlds(refusal, told), rest=TIME_TO_ANSWER)
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

    def make(*people: Any, **settings: Any) -> World:
        world = World.make(*people, **settings)
        setattr(world.machine, way, True)
        return world

    for journey in JOURNEYS:
        undisturbed = journey.play(Wire(), make=make, rest=A_WEEK)
        calls = enumerate(undisturbed.wire.calls, start=1)
        numbers = [number for number, call in calls if call in REPORTING]
        for number in numbers[:: size(small=3, full=1)]:
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
