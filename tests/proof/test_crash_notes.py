"""Functions die while leave without approval is noted, and it is cancelled before they are back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.services import unit_of_work
from tests.leave.builders import JOHN
from tests.proof.invariants import assert_sound, mails
from tests.proof.journeys import SICK, Journey, Repeats, asks, withdraws
from tests.proof.test_crash_anywhere import PROMISE
from tests.proof.wire import Wire

if TYPE_CHECKING:
    from tests.proof.figures import Recorder
    from tests.proof.world import World

# Sooner than Step Functions calls a function again that died.
AT_ONCE = Journey(
    name="cancelled at once", acts=[asks(SICK), withdraws], pause=timedelta(milliseconds=1)
)


@pytest.fixture(autouse=True)
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_of_work, "_FIRST_PAUSE_SECONDS", 0)


def notes(world: World) -> list[str]:
    """Return what the lead was told of the leave: `approved`, `cancelled`, each once."""
    return [about.split()[0] for kind, to, _, about in mails(world) if (kind, to) == NOTE]


NOTE = ("note", JOHN.email)


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
            heard = tuple(notes(world))
            assert heard in {(), ("approved", "cancelled"), ("cancelled",)}, wire.crashes
            seen.add(heard)
            deaths += 1
    assert {(), ("approved", "cancelled")} <= seen
    report(PROMISE, "ways to die while a note is due that is wanted no more", deaths, gather="sum")
