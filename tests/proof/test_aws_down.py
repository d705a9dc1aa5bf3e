"""Each call to AWS fails in each of the ways AWS has, or the function dies at it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest

from tests.proof.aws_wire import (
    DIES_AFTER,
    DIES_BEFORE,
    HANGS,
    THROTTLES,
    AwsWire,
    Trouble,
    troubles_of,
)
from tests.proof.conftest import Size, short_form
from tests.proof.deployed import Company, company
from tests.proof.journeys import JOURNEYS, Journey, Repeats
from tests.proof.reporting import Recorder
from tests.proof.test_crash_anywhere import PROMISE as KILLED
from tests.proof.test_crash_anywhere import assert_ends_well
from tests.proof.world import World

PROMISE = "AWS may fail, and nothing is left half written"
NAMES = ("approved", "changed", "cancelled", "lead can not be reached", "execution lost")
MAIN = [one for one in JOURNEYS if one.name in NAMES]
TO_DIE_IN = [one for one in JOURNEYS if one.name in {"approved", "approved twice", "cancelled"}]
HOUR = timedelta(hours=1)
ATTEMPTS = 3
"""How often botocore tries: leave/bootstrap."""
NOT_TRIED_AGAIN = {
    *("AccessDeniedException", "ExpiredTokenException", "ResourceNotFoundException"),
    *("DecryptionFailure", "InvalidRequestException", "ExecutionLimitExceeded"),
}
"""What botocore gives up at: one try is a whole call, and three are the sweeps of three days."""
MOST_SECONDS = {
    "request_leave": 20,
    "change_leave_request": 20,
    "submit_lead_response": 20,
    "process_leave_request": 60,
    "process_lead_response": 60,
}
"""When Lambda ends them: infrastructure/function_table.py."""


class Case(NamedTuple):
    """Which call of a journey fails how, and how many times in a row."""

    number: int
    call: str
    trouble: Trouble
    times: int

    def __str__(self) -> str:
        return f"call {self.number}, {self.call}: {self.times} times {self.trouble}"


@pytest.fixture(scope="module", name="leave_company")
def fixture_company() -> Iterator[Company]:
    with company() as made:
        yield made


def cases(calls: list[str], chance: random.Random) -> list[Case]:
    """Return every case, those first that are the first of their kind."""
    every = [
        Case(number, call, trouble, times)
        for number, call in enumerate(calls, start=1)
        for trouble in troubles_of(call)
        for times in ((1,) if trouble.code in NOT_TRIED_AGAIN else (1, ATTEMPTS))
    ]
    chance.shuffle(every)
    first = {(case.call, case.trouble, case.times): case for case in reversed(every)}
    return [*first.values(), *(case for case in every if case not in first.values())]


@pytest.mark.parametrize("journey", short_form(MAIN, of=3), ids=str)
def test_a_call_fails(
    journey: Journey, leave_company: Company, size: Size, report: Recorder
) -> None:
    chance = random.Random(str(journey))  # noqa: S311 - the same cases in every run
    repeats = chance.choice([Repeats.AT_ONCE, Repeats.LATER])
    whole = journey.play(AwsWire(), make=leave_company.make, repeats=repeats)
    tried = cases(whole.wire.calls, chance)[: size(small=2, full=100)]
    for case in tried:
        wire = AwsWire(trouble=failing(case))
        world = journey.play(wire, make=leave_company.make, repeats=repeats)
        assert wire.crashes, f"{case} was never met"
        assert_ends_well(whole, world, f"{journey}: {case}")
        assert_in_time(world)
    kinds = {(case.call, case.trouble) for case in tried}
    report(PROMISE, "failing calls, each in one of AWS's ways", len(tried), gather="sum")
    report(PROMISE, "pairs of a call and a way, at most in one journey", len(kinds), gather="most")


@pytest.mark.parametrize("service", ["DynamoDB", "StepFunctions", "SecretsManager"])
def test_a_service_is_away_for_an_hour(
    service: str, leave_company: Company, size: Size, report: Recorder
) -> None:
    chance = random.Random(service)  # noqa: S311 - the same hours in every run
    played = [
        (journey, journey.play(AwsWire(), make=leave_company.make, repeats=Repeats.LATER))
        for journey in MAIN[: size(small=1, full=len(MAIN))]
    ]
    concerned = [
        (journey, whole, number)
        for journey, whole in played
        for number, call in enumerate(whole.wire.calls, 1)
        if call.startswith(service)
    ]
    longest = 0.0
    hours = chance.sample(concerned, min(size(small=1, full=25), len(concerned)))
    for journey, whole, number in hours:
        trouble = chance.choice([HANGS, *troubles_of(f"{service}.Any")])
        trouble = HANGS if trouble.effect else trouble
        wire = AwsWire()
        wire.trouble = away(service, number, trouble, wire)
        world = journey.play(
            wire, make=leave_company.make, repeats=Repeats.LATER, rest=timedelta(days=3)
        )
        assert wire.crashes
        note = f"{journey}: {service} away from call {number} on, {trouble}"
        assert_ends_well(whole, world, note)
        assert_in_time(world)
        longest = max(longest, *world.stage.longest.values())  # type: ignore[attr-defined]
    report(PROMISE, f"{service}: hours away", len(hours), "h")
    report(PROMISE, f"{service}: longest that a function waited in vain", longest, "s")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_aws_throttles(share: float, leave_company: Company, size: Size, report: Recorder) -> None:
    """All services do, at random, for three hours: two of ten calls, or eight."""
    chance = random.Random(share)  # noqa: S311 - the same calls in every run
    throttled = 0
    for journey in MAIN[: size(small=1, full=len(MAIN))]:
        whole = journey.play(AwsWire(), make=leave_company.make, repeats=Repeats.LATER)
        for _ in range(size(small=1, full=4)):
            wire = AwsWire()
            wire.trouble = throttling(share, wire, chance)
            world = journey.play(
                wire, make=leave_company.make, repeats=Repeats.LATER, rest=timedelta(days=3)
            )
            assert_ends_well(whole, world, f"{journey}: {len(wire.crashes)} calls throttled")
            assert_in_time(world)
            throttled += len(wire.crashes)
    report(PROMISE, "calls throttled, of all services at once", throttled, gather="sum")
    assert throttled


def failing(case: Case) -> Callable[[int, str], Trouble | None]:
    """Let a call have a trouble, and as many of its repetitions."""
    left = case.times

    def trouble(number: int, call: str) -> Trouble | None:
        nonlocal left
        if number < case.number or call != case.call or not left:
            return None
        left -= 1
        return case.trouble

    return trouble


def away(
    service: str, number: int, trouble: Trouble, wire: AwsWire
) -> Callable[[int, str], Trouble | None]:
    """Let a service have a trouble for an hour, from a call on."""
    until = None

    def found(called: int, call: str) -> Trouble | None:
        nonlocal until
        assert wire.machine is not None
        now = wire.machine.clock.now()
        if called == number:
            until = now + HOUR
        is_away = until is not None and now < until and call.startswith(service)
        return trouble if is_away else None

    return found


def throttling(
    share: float, wire: AwsWire, chance: random.Random
) -> Callable[[int, str], Trouble | None]:
    """Let every service throttle such a share of its calls, until three hours have passed."""
    until = None

    def found(_called: int, call: str) -> Trouble | None:
        nonlocal until
        assert wire.machine is not None
        now = wire.machine.clock.now()
        until = until or now + 3 * HOUR
        if now >= until or chance.random() >= share:
            return None
        ways = THROTTLES[call.partition(".")[0]]
        return chance.choice([way for way in ways if way in troubles_of(call)])

    return found


def assert_in_time(world: World) -> None:
    """Check that no function is ended by Lambda while it waits for an answer."""
    for name, seconds in world.stage.longest.items():  # type: ignore[attr-defined]
        most = MOST_SECONDS.get(name, 840)
        assert seconds < most, f"{name} waits {seconds:.0f} s in vain, and has {most} s"


@pytest.mark.parametrize("journey", short_form(TO_DIE_IN), ids=str)
def test_a_deployed_function_dies_once(
    journey: Journey, leave_company: Company, size: Size, report: Recorder
) -> None:
    whole = journey.play(AwsWire(), make=leave_company.make)
    assert_ends_well(whole, whole, "nobody died")
    numbers = range(1, len(whole.wire.calls) + 1, size(small=23, full=1))
    for number in numbers:
        for death in (DIES_BEFORE, DIES_AFTER):
            wire = AwsWire(trouble=failing(Case(number, whole.wire.calls[number - 1], death, 1)))
            world = journey.play(wire, make=leave_company.make)
            assert len(wire.crashes) == 1
            assert_ends_well(whole, world, f"{journey}: {wire.crashes}")
    report(
        KILLED, "ways to die at an HTTP call to AWS, as deployed", 2 * len(numbers), gather="sum"
    )
