"""Functions die before and after every call they make, and every request still ends well."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from leave.domain.errors import UnauthenticatedError
from leave.services.sign_in import Goal
from tests.leave.builders import JOHN, R1
from tests.leave.sign_ins import FakeSignIn
from tests.proof.conftest import Size
from tests.proof.invariants import assert_sound, kinds, mails
from tests.proof.journeys import JOURNEYS, SICK, Journey, Repeats, asks, withdraws
from tests.proof.reporting import Recorder
from tests.proof.world import IMPORTING, PURE, ROLES, Crash, Moment, Point, Wire, World, protocols
from tests.step_functions import TELL, LostCallError

pytestmark = pytest.mark.usefixtures("nobody_sleeps")
PROMISE = "Killed anywhere, a request still comes to one outcome"


def test_every_port_has_its_wire() -> None:
    """A port that is added has to be named: where it is filled in, or that it touches nothing."""
    assert set(protocols()) == {*ROLES, *PURE, *IMPORTING}
    assert protocols()["Workflow"] == {"start", "ensure", "answer", "fail"}


def ways(world: World, number: int) -> Iterator[tuple[Repeats, bool]]:
    """Yield what can follow a death at a call: a person's repetition, or Step Functions'."""
    if any(number in calls for calls in world.calls_of_people):
        yield from ((repeats, False) for repeats in Repeats)
    else:
        yield from ((Repeats.AT_ONCE, keeps) for keeps in (False, True))


def assert_ends_well(whole: World, world: World, note: str, *, crashes: int = 0) -> None:
    """Check a world in which functions died against the one where nothing happened."""
    try:
        assert_sound(world, crashes=crashes or len(world.wire.crashes))
        missing = set() if world.gave_up else kinds(whole) - kinds(world)
        assert not missing, f"not sent: {missing}"
    except AssertionError as error:
        raise AssertionError(f"{note}: {error}") from error


@pytest.mark.parametrize("journey", JOURNEYS, ids=str)
def test_a_function_dies_once(journey: Journey, size: Size, report: Recorder) -> None:
    whole = journey.play(Wire())
    assert_sound(whole, crashes=0)
    numbers = range(1, len(whole.wire.calls) + 1, size(small=12, full=1))
    deaths = 0
    for number in numbers:
        points: list[Point] = [(number, "before"), (number, "after")]
        for point in points:
            for repeats, keeps_token in ways(whole, number):
                wire = Wire(plan=frozenset({point}))
                world = journey.play(wire, repeats=repeats, keeps_token=keeps_token)
                note = f"{journey}: {wire.crashes}, repeated {repeats}, {keeps_token=}"
                assert len(wire.crashes) == 1, f"{note}: died nowhere"
                assert_ends_well(whole, world, note)
                deaths += 1
    report(PROMISE, "journeys", 1, gather="sum")
    report(PROMISE, "calls, each of them died before and after", len(numbers), gather="sum")
    report(PROMISE, "ways to die once and be repeated", deaths, gather="sum")


@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "done"])
def test_the_end_of_a_call_is_lost_and_the_time_out_ends_it(
    report: Recorder, *, is_done: bool
) -> None:
    """Of a call that waits for its token, Step Functions needs no end."""
    lost = 0
    for journey in JOURNEYS:
        whole = journey.play(Wire())
        for number in range(1, whole.invocations[TELL] + 1):
            world = journey.play(Wire(), make=partial(losing, number, is_done=is_done))
            note = f"{journey}: the end of call {number} is lost, {is_done=}"
            assert_ends_well(whole, world, note, crashes=1)
            lost += 1
    report(PROMISE, "calls whose end Step Functions never learns", lost, gather="sum")
    assert lost >= len(JOURNEYS) / 2


def losing(number: int, *people: Any, is_done: bool, **settings: Any) -> World:
    """Make a world in which one call about the outcome is lost before or after it is done."""
    world = World.make(*people, **settings)
    invoke, calls = world.machine.invoke, count(1)

    def lose(name: str, payload: dict[str, Any]) -> Any:
        is_lost = name == TELL and next(calls) == number
        if is_lost and not is_done:
            raise LostCallError
        returned = invoke(name, payload)
        if is_lost:
            raise LostCallError
        return returned

    world.machine.invoke = lose
    return world


@pytest.mark.parametrize("journey", JOURNEYS, ids=str)
def test_functions_die_again_and_again(journey: Journey, size: Size, report: Recorder) -> None:
    """Each death may send one mail once more: nobody can know whether it had left."""
    whole = journey.play(Wire())
    chance = random.Random(str(journey))  # noqa: S311 - the same deaths in every run
    deaths, most = Counter[int](), 0
    for _ in range(size(small=6, full=500)):
        wire = Wire(plan=plan_of_deaths(chance, len(whole.wire.calls)))
        world = journey.play(
            wire, repeats=chance.choice(list(Repeats)), keeps_token=chance.random() < 0.5
        )
        assert_ends_well(whole, world, f"{journey}: {wire.crashes}")
        deaths[len(wire.crashes)] += 1
        most = max(most, *mails(world).values(), 0)
    report(PROMISE, "ways to die several times, at random", deaths.total(), gather="sum")
    report(PROMISE, "deaths in one of them, at most", max(deaths), gather="most")
    report(PROMISE, "times that one mail left then, at most", most, gather="most")


def plan_of_deaths(chance: random.Random, calls: int) -> frozenset[Point]:
    """Return two to eight deaths, many of them soon after the one before."""
    number, points = 0, set[Point]()
    for _ in range(chance.randint(2, 8)):
        number += chance.choice([chance.randint(1, 12), chance.randint(1, max(calls, 2))])
        points.add((number, chance.choice(["before", "after"])))
    return frozenset(points)


# Sooner than Step Functions calls a function again that died.
AT_ONCE = Journey(
    name="cancelled at once", acts=[asks(SICK), withdraws()], pause=timedelta(milliseconds=1)
)


def test_the_lead_hears_that_leave_is_cancelled_if_the_note_may_be_out(report: Recorder) -> None:
    calls = len(AT_ONCE.play(Wire()).wire.calls)
    seen: set[tuple[str, ...]] = set()
    deaths = 0
    for number in range(1, calls + 1):
        for moment in ("before", "after"):
            wire = Wire(plan=frozenset({(number, moment)}))
            world = AT_ONCE.play(wire, repeats=Repeats.AT_ONCE)
            assert_sound(world, crashes=1)
            (request,) = world.requests()
            assert (request.status, request.is_open) == ("cancelled", False), wire.crashes
            notes = [mail for mail in mails(world) if mail[:2] == ("note", JOHN.email)]
            heard = tuple(about.split()[0] for _, _, _, about in notes)
            assert heard in {(), ("approved", "cancelled"), ("cancelled",)}, wire.crashes
            seen.add(heard)
            deaths += 1
    assert {(), ("approved", "cancelled")} <= seen
    report(PROMISE, "ways to die while a note is due that is wanted no more", deaths, gather="sum")


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
