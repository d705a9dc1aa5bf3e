"""Functions die twice: at every two places of a journey, one after the other."""

from __future__ import annotations

from itertools import product

import pytest

from tests.proof.conftest import Size
from tests.proof.invariants import mails
from tests.proof.journeys import JOURNEYS, Journey, Repeats
from tests.proof.reporting import Recorder
from tests.proof.test_crash_anywhere import PROMISE, assert_ends_well
from tests.proof.world import Point, Wire, World

pytestmark = pytest.mark.usefixtures("nobody_sleeps")
MOST_CALLS = 60
"""A journey of more calls is one of many days that are alike, and of hours of pairs."""
SOON = 6
"""There, the second death is at most so many calls after the first: while that is made up for."""
WAYS = [*product(Repeats, (False, True))]
"""Who was not answered, and Step Functions, repeat in one of these ways, by turns."""


def points(calls: range) -> list[Point]:
    """Return all places to die at these calls."""
    return [(number, moment) for number in calls for moment in ("before", "after")]


@pytest.mark.parametrize("journey", JOURNEYS, ids=str)
def test_functions_die_twice(journey: Journey, size: Size, report: Recorder) -> None:
    whole = journey.play(Wire())
    calls = len(whole.wire.calls)
    first_step, second_step = size(small=29, full=1), size(small=13, full=1)
    pairs = most = 0
    for turn, first in enumerate(points(range(1, calls + 1))[::first_step]):
        repeats, keeps_token = WAYS[turn % len(WAYS)]

        def played(*deaths: Point, way: tuple[Repeats, bool] = (repeats, keeps_token)) -> World:
            wire = Wire(plan=frozenset(deaths))
            world = journey.play(wire, repeats=way[0], keeps_token=way[1])
            note = f"{journey}: {wire.crashes}, repeated {way}"
            assert len(wire.crashes) == len(deaths), f"{note}: died elsewhere"
            assert_ends_well(whole, world, note)
            return world

        for second in seconds(first, played(first), calls)[::second_step]:
            world = played(first, second)
            pairs += 1
            most = max(most, *mails(world).values(), 0)
    report(PROMISE, "ways to die twice, at every two places", pairs, gather="sum")
    report(PROMISE, "times that one mail left after two deaths, at most", most, gather="most")
    assert pairs


def seconds(first: Point, world: World, calls: int) -> list[Point]:
    """Return where functions can die once more after the first death, which was played."""
    begin, end = first[0] + 1, len(world.wire.calls) + 1
    return points(range(begin, min(end, begin + SOON) if calls > MOST_CALLS else end))
