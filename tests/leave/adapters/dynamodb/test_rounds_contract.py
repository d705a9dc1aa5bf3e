"""What the port `Rounds` promises, held against the adapter and against the fake."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leave.adapters.dynamodb.rounds import DynamoRounds
from leave.domain.errors import ConflictError
from leave.services.round_ports import Round
from tests.leave import strategies
from tests.leave.builders import NOW, TODAY
from tests.leave.fake_rounds import FakeRounds

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Table
    from leave.services.round_ports import Rounds

BEGUN = Round(day=TODAY, leased_until=NOW + timedelta(minutes=5))
DAY = timedelta(days=1)


@pytest.fixture(params=["dynamodb", "fake"])
def rounds(request: pytest.FixtureRequest) -> Rounds:
    """Return each of the two."""
    if request.param == "fake":
        return FakeRounds()
    return DynamoRounds(request.getfixturevalue("table"))


def test_before_the_first_round_there_is_none(rounds: Rounds) -> None:
    assert rounds.last() is None
    assert rounds.reminded("E001") is None


def test_what_is_saved_is_the_last_round(rounds: Rounds) -> None:
    first = rounds.save(BEGUN)
    assert first == replace(BEGUN, version=1) == rounds.last()
    second = rounds.save(replace(first, cursor="07/E001#r1", oldest=4, passing=("r1", "r2")))
    assert second.version == 2
    assert rounds.last() == second
    third = rounds.save(replace(second, cursor="", finished=True))
    assert rounds.last() == third


def test_of_two_who_begin_the_first_round_one_wins(rounds: Rounds) -> None:
    first = rounds.save(BEGUN)
    with pytest.raises(ConflictError):
        rounds.save(replace(BEGUN, oldest=9))
    assert rounds.last() == first


@pytest.mark.parametrize("behind", [1, 2])
def test_who_has_lost_the_round_can_not_write(rounds: Rounds, behind: int) -> None:
    versions = [rounds.save(BEGUN)]
    for _ in range(2):
        versions.append(rounds.save(versions[-1]))
    with pytest.raises(ConflictError):
        rounds.save(replace(versions[-1 - behind], finished=True))
    assert rounds.last() == versions[-1]


def test_each_approver_has_a_last_reminder_of_their_own(rounds: Rounds) -> None:
    rounds.mark_reminded("E001", TODAY)
    rounds.mark_reminded("E001", TODAY + DAY)
    rounds.mark_reminded("E002", TODAY)
    assert rounds.reminded("E001") == TODAY + DAY
    assert rounds.reminded("E002") == TODAY
    assert rounds.reminded("E003") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    made=st.builds(
        Round,
        day=st.dates(),
        cursor=strategies.TEXTS,
        finished=st.booleans(),
        leased_until=strategies.MOMENTS,
        oldest=st.integers(0, 9999),
    )
)
def test_every_field_of_a_round_comes_back(table: Table, made: Round) -> None:
    rounds = DynamoRounds(table)
    last = rounds.last()
    written = rounds.save(replace(made, version=last.version if last else 0))
    assert rounds.last() == written
