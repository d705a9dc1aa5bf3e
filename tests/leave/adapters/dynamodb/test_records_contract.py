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
from leave.domain.ledgers import Ledger
from leave.services.ports import IdempotencyRecord
from leave.services.record_ports import Found
from tests.leave.builders import JANE, JIM, JOHN, NO_SUCH_REQUEST, NOW, R1, a_booking, a_request
from tests.leave.fake_records import FakeRecords
from tests.leave.fake_requests import FakeRequests
from tests.leave.fakes import FakeDirectory

if TYPE_CHECKING:
    import boto3

    from leave.services.record_ports import Records

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
    found = records.read(
        requests=[R1],
        employees=["E001", "E002"],
        emails=["jane@foo.com"],
        ledgers=[("E002", 2027)],
        idempotency_records=[("E002", "key")],
    )
    (ledger,) = found.ledgers.values()
    assert (ledger.version, ledger.bookings) == (1, LEDGER.bookings)
    assert found == Found(
        requests={R1: REQUEST},
        employees={"E001": JOHN, "E002": JIM},
        emails={"jane@foo.com": JANE},
        ledgers={("E002", 2027): ledger},
        idempotency_records={("E002", "key"): REPLAY},
    )


def test_what_is_not_there_is_said_for_each_key(records: Records) -> None:
    nobody = [f"X{number}" for number in range(250)]
    found = records.read(
        requests=[NO_SUCH_REQUEST],
        employees=[*nobody, "E003"],
        emails=["nobody@foo.com"],
        ledgers=[("E002", 2028), ("E404", 2027)],
        idempotency_records=[("E003", "key")],
    )
    assert found == Found(
        requests={NO_SUCH_REQUEST: None},
        employees={**dict.fromkeys(nobody), "E003": JANE},
        emails={"nobody@foo.com": None},
        ledgers={
            ("E002", 2028): Ledger(employee_id="E002", year=2028),
            ("E404", 2027): Ledger(employee_id="E404", year=2027),
        },
        idempotency_records={("E003", "key"): None},
    )


def test_nothing_is_read_for_nothing(records: Records) -> None:
    assert records.read() == Found()


def test_all_kinds_together_are_one_consistent_call(aws: boto3.Session, table: Table) -> None:
    meter = Meter()
    own = Table(aws.client("dynamodb"), table.name)
    meter.attach(own.client)
    asked: list[bool] = []
    own.client.meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem",
        lambda params, **_: asked.append(params["RequestItems"][table.name]["ConsistentRead"]),
    )
    DynamoRecords(own).read(requests=[R1], emails=["a@foo.com"], ledgers=[("E002", 2027)])
    assert (meter.calls, asked) == (["BatchGetItem"], [True])
