"""Step Functions refuses a task token, by whatever name: late ones, used ones, and good ones.

Of a token that is waited for, AWS has no reason to say so. `TaskTimedOut` means that it has expired
or its task is closed, `InvalidToken` that it is none, `TaskDoesNotExist` that an activity is gone:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
Whoever is told so believes it, and the record is right all the same; so even if it was not true, a
sweep makes up for it. An execution that nobody answers then ends when its time to answer does.
"""

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

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proof.conftest import Size
    from tests.proof.figures import Recorder

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
