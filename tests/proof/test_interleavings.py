"""Two who act at once, in every order in which their calls can take effect."""

from __future__ import annotations

from itertools import permutations
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.errors import LeaveError, UnavailableError
from leave.domain.requests import LeaveRequest
from leave.services import attempts
from leave.services.request_leave import Submitted
from leave.services.round_steps import LOST
from leave.services.submit_lead_response import Answer
from tests.proof.interleavings import every_order
from tests.proof.pairs import (
    PAIRS,
    ask_while_an_earlier_attempt_still_asks,
    click,
    edit,
    round_that_restarts_and_approve,
    round_that_tells_and_undo,
    withdraw,
)
from tests.proof.scenes import Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proof.conftest import Size
    from tests.proof.figures import Recorder
    from tests.proof.interleavings import Turns
    from tests.proof.pairs import Acts

PROMISE = "Two at once come to one outcome, and all hear of the same"
WITH_A_LOSS = frozenset((round_that_restarts_and_approve, round_that_tells_and_undo))
"""Where an execution was lost before, a later round may be needed to make up for it."""


@pytest.fixture(autouse=True)
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let those who lost a race try again at once."""
    monkeypatch.setattr(attempts, "time", SimpleNamespace(sleep=lambda _: None))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.__name__)
def test_any_order_comes_to_one_outcome(
    pair: Callable[[Scene], Acts], size: Size, report: Recorder
) -> None:
    """In `make test` every order with up to two interruptions, else every order there is."""
    orders = repaired = 0

    def play(turns: Turns) -> None:
        nonlocal repaired
        scene = Scene(turns=turns)
        results = scene.play(*pair(scene))
        scene.let_all_settle()
        scene.check()
        check_that_all_hear_the_same(scene, results)
        repaired += scene.repaired

    for _ in every_order(play, interruptions=size(small=2, full=1_000)):
        orders += 1
    report(PROMISE, pair.__name__.replace("_", " "), orders, "orders")
    assert orders > 1
    assert not repaired or pair in WITH_A_LOSS, "nobody has to wait for the daily round"


@pytest.mark.parametrize("then", [click, edit, withdraw], ids=lambda then: then.__name__)
def test_a_token_that_nobody_waits_for_is_made_up_for(
    then: Callable[[Scene, str], Callable[[], Any]], size: Size, report: Recorder
) -> None:
    """Whichever call wrote last, what happens then is heard of, by the next day's round."""
    orders = misled = 0

    def play(turns: Turns) -> None:
        nonlocal misled
        scene = Scene(turns=turns)
        scene.play(*ask_while_an_earlier_attempt_still_asks(scene))
        (request,) = scene.store.stored.values()
        misled += request.task_token != scene.run_of(request.request_id).token
        then(scene, scene.stage.link(request.request_id))()
        scene.let_all_settle()
        scene.stage.clock.go_on(LOST)
        scene.let_all_settle()
        (request,) = scene.store.stored.values()
        waiting = {run.token for run in scene.executions.active() if run.phase == "wait"}
        assert request.task_token in waiting or not request.is_open
        assert request.lead_mailed or not request.is_open
        assert request.restarts <= 1, "and no more than that"
        scene.check_mails(request)

    for _ in every_order(play, interruptions=size(small=2, full=1_000)):
        orders += 1
    report(PROMISE, f"two calls that ask, then {then.__name__}", orders, "orders")
    assert 0 < misled < orders


def check_that_all_hear_the_same(scene: Scene, results: list[Any]) -> None:
    """Whoever saw an outcome at once saw the one that stands; of two that clash, one is taken."""
    for result in results:
        seen = result.opened.request if isinstance(result, Answer) else result
        if isinstance(seen, LeaveRequest) and seen.outcome is not None:
            stands = scene.store[seen.request_id].history
            assert seen.outcome in stands
    refused = [result for result in results if isinstance(result, LeaveError)]
    asked = [result for result in results if isinstance(result, Submitted)]
    assert len({one.request_id for one in asked}) == len(scene.store.stored) or not asked
    assert len(refused) < len(results), "one of them gets what it wants"
    assert not any(isinstance(error, UnavailableError) for error in refused)


def test_every_order_is_gone_through_once() -> None:
    """Three calls and two can follow each other in ten ways, two of which interrupt nobody."""
    seen: list[str] = []

    def play(turns: Turns) -> None:
        letters: list[str] = []
        say = turns.on(letters).append
        turns.run(lambda: [say("a"), say("a"), say("a")], lambda: [say("b"), say("b")])
        seen.append("".join(letters))

    list(every_order(play, interruptions=9))
    assert sorted(seen) == sorted({"".join(order) for order in permutations("aaabb")})
    seen.clear()
    list(every_order(play, interruptions=0))
    assert seen == ["aaabb", "bbaaa"]
