"""Two at once over the real adapters of DynamoDB: whatever comes of it, came of it in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import pytest
from moto import mock_aws

from leave.adapters.dynamodb import sweeps as open_index
from leave.adapters.dynamodb import table as open_key
from tests.leave.adapters.conftest import SESSION
from tests.proof.conftest import Size
from tests.proof.interleavings import Turns
from tests.proof.orders import every_difference
from tests.proof.pairs import DAYS_TAKEN, ONE_KEY, PAIRS, SAME_DAYS, Pair
from tests.proof.reporting import Recorder
from tests.proof.scenes import PEOPLE, DynamoStage, Scene, SceneStage

pytestmark = [pytest.mark.timeout(1800), pytest.mark.usefixtures("nobody_sleeps")]
PROMISE = "Two at once come to one outcome, and all hear of the same"
SHORT = [ONE_KEY, DAYS_TAKEN, SAME_DAYS]
MOST = 60
"""How many orders of a pair are played; two daily sweeps have hundreds, few others more."""
BY_LENGTH = [*SHORT, *(pair for pair in PAIRS if pair not in SHORT)]


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for module in (open_key, open_index):
        # An index in sixteen parts has to be read sixteen times, and nothing else comes of it.
        monkeypatch.setattr(module, "SHARDS", 1)
    with mock_aws():
        yield SESSION.client("dynamodb")


def in_memory() -> SceneStage:
    return SceneStage.in_memory(PEOPLE)


def in_a_table(dynamodb: Any) -> SceneStage:
    for name in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=name)
    return DynamoStage.over(dynamodb, PEOPLE)


def outcomes(pair: Pair, stage: Callable[[], SceneStage], *, most: int = 10_000) -> list[str]:
    """Return what comes of each order that may differ, or of so many of them."""
    found: list[str] = []

    def play(turns: Turns) -> None:
        scene = Scene(turns=turns, stage=stage())
        found.append(scene.outcome(scene.play(*pair(scene))))

    for _ in islice(every_difference(play), most):
        pass
    return found


def test_the_table_lets_happen_what_happens_in_memory(
    dynamodb: Any, size: Size, report: Recorder
) -> None:
    orders = 0
    for pair in BY_LENGTH[: size(small=len(SHORT), full=len(PAIRS))]:
        known = outcomes(pair, in_memory)
        found = outcomes(pair, partial(in_a_table, dynamodb), most=MOST)
        assert set(found) <= set(known), str(pair)
        orders += len(found)
    report(PROMISE, "orders that differ, over the adapters of DynamoDB", orders)
    assert orders > len(SHORT)
