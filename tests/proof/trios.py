"""Three who act at once about one request that has waited for nine working days."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any

from tests.proof.pairs import click, edit, expire, importing_another_lead, make_sweep, withdraw

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proof.scenes import Scene

    Begin = Callable[[Scene, str], Callable[[], Any]]


def escalate(scene: Scene, _: str) -> Callable[[], Any]:
    """Return a daily sweep, by which somebody else is asked."""
    return make_sweep(scene)


def reroute(scene: Scene, _: str) -> Callable[[], Any]:
    """Return an import, by which somebody else leads."""
    return importing_another_lead(scene)


TRIOS = tuple(combinations((click, escalate, reroute, withdraw, edit, expire), 3))


def acts(scene: Scene, trio: tuple[Begin, ...]) -> list[Callable[[], Any]]:
    """Return what each of three does."""
    link = scene.asked()
    scene.stage.clock.go_on(timedelta(days=9))
    return [begin(scene, link) for begin in trio]
