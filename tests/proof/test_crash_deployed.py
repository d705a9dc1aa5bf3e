"""The deployed functions die before and after the HTTP calls they make to AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.proof.aws_wire import DIES_AFTER, DIES_BEFORE, AwsWire, Trouble
from tests.proof.conftest import short_form
from tests.proof.deployed_world import Company, company
from tests.proof.journeys import JOURNEYS, Journey
from tests.proof.test_crash_anywhere import PROMISE, assert_ends_well

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.proof.conftest import Size
    from tests.proof.figures import Recorder

MAIN = [one for one in JOURNEYS if one.name in {"approved", "approved twice", "cancelled"}]


@pytest.fixture(scope="module", name="leave_company")
def fixture_company() -> Iterator[Company]:
    with company() as made:
        yield made


@pytest.mark.parametrize("journey", short_form(MAIN), ids=str)
def test_a_deployed_function_dies_once(
    journey: Journey, leave_company: Company, size: Size, report: Recorder
) -> None:
    whole = journey.play(AwsWire(), make=leave_company.make)
    assert_ends_well(whole, whole, "nobody died")
    numbers = range(1, len(whole.wire.calls) + 1, size(small=23, full=1))
    for number in numbers:
        for death in (DIES_BEFORE, DIES_AFTER):
            wire = AwsWire(trouble=at(number, death))
            world = journey.play(wire, make=leave_company.make)
            assert len(wire.crashes) == 1
            assert_ends_well(whole, world, f"{journey}: {wire.crashes}")
    report(
        PROMISE, "ways to die at an HTTP call to AWS, as deployed", 2 * len(numbers), gather="sum"
    )


def at(number: int, trouble: Trouble) -> Callable[[int, str], Trouble | None]:
    """Let one call have this trouble."""
    return lambda called, _: trouble if called == number else None
