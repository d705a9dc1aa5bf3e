"""Delegations: what their port promises, of adapter and fake, and when the sweep finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from leave.adapters.dynamodb.delegations import DynamoDelegations
from leave.adapters.dynamodb.lookup import DynamoRecords
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.sweeps import DynamoOpenRequests
from leave.domain.delegation import Delegation, DelegationNotice
from leave.domain.errors import ConflictError
from leave.domain.values import replace
from leave.services.ports import DelegationKey, IdempotencyKey, IdempotencyRecord, Unmailed
from tests.leave.builders import NOW, TODAY, a_ledger, an_adjustment
from tests.leave.fake_delegations import FakeDelegations
from tests.leave.fake_records import FakeRecords
from tests.leave.fake_requests import FakeRequests
from tests.leave.fake_sweeps import FakeOpenRequests
from tests.leave.fakes import FakeDirectory, FakeMetrics

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Table
    from leave.services.ports import Delegations, OpenRequests, Records, Requests

DELEGATION = Delegation(employee_id="E001", substitute_id="E003", start=TODAY, end=TODAY)
NOTICE = DelegationNotice(reader="E003", substitute_id="E003", start=TODAY, end=TODAY)
KEY = IdempotencyKey(caller="E001", route="PUT /delegation", key="key")
RECORD = IdempotencyRecord(key=KEY, body_digest="d", status=200, at=NOW)


@dataclass(frozen=True, kw_only=True)
class Stage:
    delegations: Delegations
    records: Records
    requests: Requests
    open_requests: OpenRequests

    def stored(self) -> Delegation | None:
        key = DelegationKey(employee_id="E001")
        return self.records.read([key])[key]

    def kept(self) -> IdempotencyRecord | None:
        return self.records.read([KEY])[KEY]


@pytest.fixture(params=["dynamodb", "fake"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """Return each of the two, with nothing stored."""
    if request.param == "fake":
        requests = FakeRequests()
        delegations = FakeDelegations(requests=requests)
        return Stage(
            delegations=delegations,
            records=FakeRecords(
                directory=FakeDirectory(), requests=requests, delegations=delegations
            ),
            requests=requests,
            open_requests=FakeOpenRequests(requests=requests, delegations=delegations),
        )
    table: Table = request.getfixturevalue("table")
    stored = DynamoRequests(table)
    return Stage(
        delegations=DynamoDelegations(table),
        records=DynamoRecords(table),
        requests=stored,
        open_requests=DynamoOpenRequests(table=table, read=stored.get_all, metrics=FakeMetrics()),
    )


def test_a_delegation_is_read_as_it_was_written(stage: Stage) -> None:
    assert stage.stored() is None
    told = replace(DELEGATION, notices=(NOTICE, replace(NOTICE, ended=True, uncertain=True)))
    stage.delegations.write(told)
    assert stage.stored() == replace(told, version=1)
    stage.delegations.write(replace(told, version=1, ended=True, notices=()))
    assert stage.stored() == replace(told, version=2, ended=True, notices=())


@pytest.mark.parametrize("version", [0, 1, 3])
def test_another_version_than_the_stored_one_is_a_conflict(stage: Stage, version: int) -> None:
    stage.delegations.write(DELEGATION)
    stage.delegations.write(replace(DELEGATION, version=1))
    with pytest.raises(ConflictError):
        stage.delegations.write(replace(DELEGATION, version=version, ended=True), RECORD)
    assert stage.stored() == replace(DELEGATION, version=2)
    assert stage.kept() is None


def test_a_delegation_and_its_key_are_written_together_or_not_at_all(stage: Stage) -> None:
    stage.delegations.write(DELEGATION, RECORD)
    assert stage.kept() == RECORD
    with pytest.raises(ConflictError):
        stage.delegations.write(replace(DELEGATION, version=1, ended=True), RECORD)
    assert stage.stored() == replace(DELEGATION, version=1)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_it_is_found_with_the_ledgers_until_its_mails_are_out(stage: Stage, limit: int) -> None:
    ledger = replace(a_ledger(), employee_id="E001").with_adjustment(an_adjustment())
    stage.requests.write_ledgers([ledger])
    for employee_id in ("E001", "E#1"):
        stage.delegations.write(replace(DELEGATION, employee_id=employee_id, notices=(NOTICE,)))

    def found() -> list[tuple[str, int | None]]:
        pages: list[Unmailed] = []
        while page := stage.open_requests.unmailed(pages[-1] if pages else None, limit):
            assert len(page) <= limit
            pages += page
        return [(one.employee_id, one.year) for one in pages]

    assert found() == [("E#1", None), ("E001", 2027), ("E001", None)]
    stage.delegations.write(replace(DELEGATION, version=1))
    assert found() == [("E#1", None), ("E001", 2027)]
