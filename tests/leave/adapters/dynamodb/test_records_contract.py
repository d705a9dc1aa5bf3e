"""What the port `Records` promises, held against the adapter and against the fake."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bench.capacity_units import Meter
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.lookup import DynamoRecords
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.table import Table
from leave.domain.ledger import Ledger
from leave.services.ports import (
    EmailKey,
    EmployeeKey,
    IdempotencyKey,
    IdempotencyRecord,
    LedgerKey,
    RequestKey,
)
from tests.leave.builders import JANE, JIM, JOHN, NO_SUCH_REQUEST, NOW, R1, a_booking, a_request
from tests.leave.fake_records import FakeRecords
from tests.leave.fake_requests import FakeRequests
from tests.leave.fakes import FakeDirectory

if TYPE_CHECKING:
    import boto3

    from leave.services.ports import RecordKey, Records

LEDGER = Ledger(employee_id="E002", year=2027).with_booking(a_booking())
REPLAY = IdempotencyRecord(
    caller="E002",
    key="key",
    body_digest="digest",
    request_id=R1,
    working_days=Decimal("2.5"),
    at=NOW,
)
REQUEST = a_request(R1)


@pytest.fixture(params=["dynamodb", "fake"])
def records(request: pytest.FixtureRequest) -> Records:
    """Return each of the two, with the seed's employees and one request."""
    if request.param == "fake":
        requests = FakeRequests()
        requests.add(REQUEST, [LEDGER], REPLAY)
        return FakeRecords(directory=FakeDirectory(JOHN, JIM, JANE), requests=requests)
    table: Table = request.getfixturevalue("table")
    for employee in (JOHN, JIM, JANE):
        DynamoDirectory(table).write(employee, before=None)
    DynamoRequests(table).add(REQUEST, [LEDGER], REPLAY)
    return DynamoRecords(table)


def test_records_of_all_kinds_are_found_together(records: Records) -> None:
    keys = {
        RequestKey(request_id=R1): REQUEST,
        EmployeeKey(employee_id="E001"): JOHN,
        EmployeeKey(employee_id="E002"): JIM,
        EmailKey(email="jane@foo.com"): JANE,
        IdempotencyKey(caller="E002", key="key"): REPLAY,
    }
    ledger_key = LedgerKey(employee_id="E002", year=2027)
    found = dict(records.read([*keys, ledger_key]))
    ledger = found.pop(ledger_key)
    assert (ledger.version, ledger.bookings) == (1, LEDGER.bookings)
    assert found == keys


def test_what_is_not_there_is_said_for_each_key(records: Records) -> None:
    missing: list[RecordKey] = [
        RequestKey(request_id=NO_SUCH_REQUEST),
        *(EmployeeKey(employee_id=f"X{number}") for number in range(250)),
        EmailKey(email="nobody@foo.com"),
        IdempotencyKey(caller="E003", key="key"),
    ]
    empty = [("E002", 2028), ("E404", 2027)]
    ledgers = {
        LedgerKey(employee_id=one, year=year): Ledger(employee_id=one, year=year)
        for one, year in empty
    }
    found = records.read([*missing, EmployeeKey(employee_id="E003"), *ledgers])
    assert found == {**dict.fromkeys(missing), EmployeeKey(employee_id="E003"): JANE, **ledgers}


def test_nothing_is_read_for_nothing(records: Records) -> None:
    assert records.read([]) == {}


def test_all_kinds_together_are_one_consistent_call(aws: boto3.Session, table: Table) -> None:
    meter = Meter()
    own = Table(aws.client("dynamodb"), table.name)
    meter.attach(own.client)
    asked: list[bool] = []
    own.client.meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem",
        lambda params, **_: asked.append(params["RequestItems"][table.name]["ConsistentRead"]),
    )
    DynamoRecords(own).read(
        [
            RequestKey(request_id=R1),
            EmailKey(email="a@foo.com"),
            LedgerKey(employee_id="E002", year=2027),
        ]
    )
    assert (meter.calls, asked) == (["BatchGetItem"], [True])
