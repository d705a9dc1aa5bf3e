"""Two or three who act at once, in every order in which their calls can take effect."""

from __future__ import annotations

from functools import partial

import pytest

from leave.domain.values import Secret
from leave.services.daily_sweep import STALLED_AFTER
from tests.proof.conftest import Size, short_form
from tests.proof.interleavings import Turns
from tests.proof.orders import every_difference, every_order
from tests.proof.pairs import (
    ASKED_TWICE,
    PAIRS,
    RESTARTS,
    TELLS,
    TRIOS,
    Begin,
    Pair,
    acts,
    click,
    edit,
    withdraw,
)
from tests.proof.reporting import Recorder
from tests.proof.scenes import PEOPLE, Scene, SceneStage

pytestmark = pytest.mark.usefixtures("nobody_sleeps")
PROMISE = "Two at once come to one outcome, and all hear of the same"
WITH_A_LOSS = {RESTARTS, TELLS}
"""Where an execution was lost before, a later sweep may be needed to make up for it."""


def a_scene(turns: Turns, *, backwards: bool = False) -> Scene:
    """Return a scene in memory; `backwards`, what is read in one call is read last one first."""
    return Scene(turns=turns, stage=SceneStage.in_memory(PEOPLE, backwards=backwards))


@pytest.mark.parametrize("backwards", short_form([False, True]), ids=["", "read backwards"])
@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_any_order_comes_to_one_outcome(pair: Pair, report: Recorder, *, backwards: bool) -> None:
    orders = repaired = 0

    def play(turns: Turns) -> None:
        nonlocal repaired
        scene = a_scene(turns, backwards=backwards)
        results = scene.play(*pair(scene))
        scene.settle_and_check(results)
        repaired += scene.repaired

    for _ in every_difference(play):
        orders += 1
    report(PROMISE, "orders that differ, of all pairs", orders, gather="sum")
    assert orders > 1
    assert not repaired or pair in WITH_A_LOSS, "nobody has to wait for the daily sweep"


def test_three_at_once_come_to_one_outcome(size: Size, report: Recorder) -> None:
    trios = TRIOS[: size(small=1, full=len(TRIOS))]
    orders = 0

    def play(trio: tuple[Begin, ...], turns: Turns) -> None:
        scene = a_scene(turns)
        scene.settle_and_check(scene.play(*acts(scene, trio)))
        assert not scene.repaired, "nobody has to wait for the daily sweep"

    for trio in trios:
        for _ in every_difference(partial(play, trio)):
            orders += 1
    report(PROMISE, "threes, such as withdraw, approve and expire", len(trios))
    report(PROMISE, "orders that differ, of all threes", orders)


@pytest.mark.parametrize("pair", short_form(PAIRS, of=len(PAIRS), every=4), ids=str)
def test_no_order_that_differs_is_left_out(pair: Pair, size: Size, report: Recorder) -> None:
    """Whatever comes of any order with few interruptions came of one that was played."""
    outcomes = set[str]()

    def play(turns: Turns) -> None:
        scene = a_scene(turns)
        results = scene.play(*pair(scene))
        outcomes.add(scene.outcome(results))

    list(every_difference(play))
    known = frozenset(outcomes)
    orders = sum(1 for _ in every_order(play, interruptions=size(small=1, full=3)))
    report(PROMISE, "orders that were compared with them", orders, gather="sum")
    assert outcomes == known


@pytest.mark.parametrize("then", [click, edit, withdraw], ids=lambda then: then.__name__)
def test_a_token_that_nobody_waits_for_is_made_up_for(then: Begin, report: Recorder) -> None:
    """Whichever call wrote last, what happens then is heard of, by the next day's sweep."""
    orders = misled = 0

    def play(turns: Turns) -> None:
        nonlocal misled
        scene = a_scene(turns)
        scene.play(*ASKED_TWICE(scene))
        (request,) = scene.stage.stored()
        misled += request.task_token != Secret(scene.run_of(request.request_id).token)
        then(scene, scene.stage.link(request.request_id))()
        scene.let_all_settle()
        scene.stage.clock.go_on(STALLED_AFTER)
        scene.let_all_settle()
        (request,) = scene.stage.stored()
        waiting = {Secret(run.token) for run in scene.executions.active()}
        assert request.task_token in waiting or not request.is_open
        assert request.lead_mailed or not request.is_open
        assert request.restarts <= 1, "and no more than that"
        scene.check_mails(request)

    for _ in every_difference(play):
        orders += 1
    report(PROMISE, "orders in which two calls ask, and what follows", orders, gather="sum")
    assert 0 < misled < orders
