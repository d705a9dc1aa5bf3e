"""What the port `Sweeps` promises, held against the adapter and against the fake."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leave.adapters.dynamodb.sweeps import DynamoSweeps
from leave.domain.errors import ConflictError
from leave.domain.values import replace
from leave.services.ports import Sweep
from tests.examples import examples
from tests.leave import strategies
from tests.leave.builders import NOW, TODAY
from tests.leave.fake_sweeps import FakeSweeps

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Table
    from leave.services.ports import Sweeps

BEGUN = Sweep(day=TODAY, leased_until=NOW + timedelta(minutes=5))
DAY = timedelta(days=1)


@pytest.fixture(params=["dynamodb", "fake"])
def sweeps(request: pytest.FixtureRequest) -> Sweeps:
    """Return each of the two."""
    if request.param == "fake":
        return FakeSweeps()
    return DynamoSweeps(request.getfixturevalue("table"))


def test_before_the_first_sweep_there_is_none(sweeps: Sweeps) -> None:
    assert sweeps.last() is None
    assert sweeps.reminded("E001") is None


def test_what_is_saved_is_the_last_sweep(sweeps: Sweeps) -> None:
    first = sweeps.save(BEGUN)
    assert first == replace(BEGUN, version=1) == sweeps.last()
    second = sweeps.save(replace(first, cursor="07/E001#r1", oldest=4, passing=("r1", "r2")))
    assert second.version == 2
    assert sweeps.last() == second
    third = sweeps.save(replace(second, cursor="", finished=True))
    assert sweeps.last() == third


def test_of_two_who_begin_the_first_sweep_one_wins(sweeps: Sweeps) -> None:
    first = sweeps.save(BEGUN)
    with pytest.raises(ConflictError):
        sweeps.save(replace(BEGUN, oldest=9))
    assert sweeps.last() == first


@pytest.mark.parametrize("behind", [1, 2])
def test_who_has_lost_the_sweep_can_not_write(sweeps: Sweeps, behind: int) -> None:
    versions = [sweeps.save(BEGUN)]
    for _ in range(2):
        versions.append(sweeps.save(versions[-1]))
    with pytest.raises(ConflictError):
        sweeps.save(replace(versions[-1 - behind], finished=True))
    assert sweeps.last() == versions[-1]


def test_each_approver_has_a_last_reminder_of_their_own(sweeps: Sweeps) -> None:
    sweeps.mark_reminded("E001", TODAY)
    sweeps.mark_reminded("E001", TODAY + DAY)
    sweeps.mark_reminded("E002", TODAY)
    assert sweeps.reminded("E001") == TODAY + DAY
    assert sweeps.reminded("E002") == TODAY
    assert sweeps.reminded("E003") is None


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(few=10, full=25),
)
@given(
    made=st.builds(
        Sweep,
        day=st.dates(),
        cursor=strategies.TEXTS,
        finished=st.booleans(),
        leased_until=strategies.MOMENTS,
        oldest=st.integers(0, 9999),
    )
)
def test_every_field_of_a_sweep_comes_back(table: Table, made: Sweep) -> None:
    sweeps = DynamoSweeps(table)
    last = sweeps.last()
    written = sweeps.save(replace(made, version=last.version if last else 0))
    assert sweeps.last() == written
