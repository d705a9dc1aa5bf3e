"""Requests as items: every field comes back, and the items look as documented."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from leave.adapters.dynamodb.ledgers import ledger_to_item
from leave.adapters.dynamodb.lookup import DynamoRecords
from leave.adapters.dynamodb.requests import DynamoRequests, request_to_item
from leave.domain.values import replace
from leave.services.ports import IdempotencyKey, IdempotencyRecord, LedgerKey
from tests.examples import examples
from tests.leave import strategies
from tests.leave.builders import (
    JIM,
    NOW,
    R1,
    R2,
    R3,
    a_booking,
    a_ledger,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    an_id,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leave.adapters.dynamodb.table import Table
    from leave.domain.ledger import Booking, Ledger
    from leave.domain.request import LeaveRequest

one_table_for_all_examples = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(few=10, full=25),
)
numbers = count()
REPLAY = IdempotencyRecord(
    caller="E002", key="key", body_digest="d", request_id=R1, working_days=Decimal("2.5"), at=NOW
)


@pytest.fixture
def requests(table: Table) -> DynamoRequests:
    """Return the adapter over an empty table."""
    return DynamoRequests(table)


def items(table: Table) -> list[dict[str, Any]]:
    return table.client.scan(TableName=table.name)["Items"]


@one_table_for_all_examples
@given(request=strategies.requests(), after=strategies.requests())
def test_every_field_of_a_request_comes_back(
    requests: DynamoRequests, request: LeaveRequest, after: LeaveRequest
) -> None:
    request = replace(request, request_id=f"{next(numbers)}{request.request_id}")
    requests.add(request, [], None)
    assert requests.get(request.request_id) == request

    after = replace(after, request_id=request.request_id)
    requests.replace(request, after)
    assert requests.get(request.request_id) == after


@one_table_for_all_examples
@given(ledger=strategies.ledgers())
def test_every_field_of_a_ledger_comes_back_one_version_on(
    requests: DynamoRequests, ledger: Ledger
) -> None:
    ledger = replace(ledger, employee_id=f"{next(numbers)}{ledger.employee_id}")
    key = (ledger.employee_id, ledger.year)
    for version in (1, 2):
        requests.write_ledgers([ledger])
        ledger = replace(ledger, version=version)
        assert requests.ledgers([ledger.employee_id], [ledger.year]) == {key: ledger}


@pytest.mark.parametrize("key", ["key", "a#b", "é" * 255, "x" * 4000, " "])
def test_any_idempotency_key_comes_back(requests: DynamoRequests, key: str) -> None:
    idempotency_record = replace(REPLAY, key=key)
    requests.add(a_request(), [], idempotency_record)
    here, not_here = (IdempotencyKey(caller="E002", key=text) for text in (key, key + "x"))
    found = DynamoRecords(requests.table).read([here, not_here])
    assert found == {here: idempotency_record, not_here: None}


def test_an_idempotency_key_is_forgotten_by_the_table_after_a_week(
    requests: DynamoRequests, table: Table
) -> None:
    requests.add(a_request(), [], REPLAY)
    (item,) = [item for item in items(table) if item["sk"]["S"].startswith("IDEMPOTENCY#")]
    left = int(item["expiresAt"]["N"]) - NOW.timestamp()
    assert 7 * 24 * 3600 - 60 < left <= 7 * 24 * 3600
    assert "key" not in item["sk"]["S"]


def test_the_items_have_the_documented_keys_and_only_one_of_them_expires(
    requests: DynamoRequests, table: Table
) -> None:
    requests.add(a_request(), [a_ledger(2027, a_booking())], REPLAY)
    keys = {(item["pk"]["S"], item["sk"]["S"].split("#")[0]) for item in items(table)}
    assert keys == {
        (f"REQUEST#{R1}", "REQUEST"),
        ("REQUESTS#E002", "REQUEST"),
        ("LEDGER#E002", "LEDGER"),
        ("IDEMPOTENCY#E002", "IDEMPOTENCY"),
    }
    assert sum("expiresAt" in item for item in items(table)) == 1


def test_secrets_stand_in_the_request_and_nowhere_else(
    requests: DynamoRequests, table: Table
) -> None:
    asked = an_asked_request()
    changed = asked.change(a_plan(), actor="jim@foo.com", at=asked.history[0].at)
    requests.add(a_request(), [a_ledger(2027, a_booking())], REPLAY)
    requests.replace(a_request(), changed)
    assert changed.task_token is not None
    assert asked.link_secret is not None
    for secret in (changed.task_token.reveal(), asked.link_secret.reveal()):
        holders = [item["pk"]["S"] for item in items(table) if secret in str(item)]
        assert holders == [f"REQUEST#{R1}"]


def test_a_busy_year_fits_the_smallest_unit_of_a_read(table: Table) -> None:
    """40 requests in a year, each with the longest of usual names and dates."""
    period = a_period("2027-12-27", "2028-01-07")
    bookings = [
        a_booking(an_id(n), period, "10", early="10", status="approved", leave_type="special-leave")
        for n in range(40)
    ]
    item = table.put_request(ledger_to_item(a_ledger(2027, *bookings)))["Item"]
    texts = [*item, *(booking["S"] for booking in item["bookings"]["L"])]
    assert sum(map(len, texts)) + 3 * len(bookings) < 4_096


def test_a_page_is_as_many_as_were_asked_for(requests: DynamoRequests, table: Table) -> None:
    """Over a hundred: more than DynamoDB reads at once."""
    for number in range(1, 106):
        request = a_request(an_id(number))
        listed = {"pk": "REQUESTS#E002", "sk": f"REQUEST#{request.request_id}"}
        for item in (request_to_item(request), listed):
            table.put(table.put_request(item))
    page = requests.newest("E002", before=None, limit=102)
    assert [r.request_id for r in page.requests] == [an_id(n) for n in range(105, 3, -1)]
    assert page.cursor == an_id(4)
    rest = requests.newest("E002", before=page.cursor, limit=102)
    assert len(rest.requests) == 3
    assert rest.cursor is None


def test_the_ledgers_of_a_big_team_are_read_whole(requests: DynamoRequests) -> None:
    team = [f"E{number:03}" for number in range(130)]
    requests.write_ledgers([a_ledger(2027, employee_id=who) for who in team[:60]])
    requests.write_ledgers([a_ledger(2028, employee_id=who) for who in team[60:]])
    found = requests.ledgers(team, [2027, 2028])
    assert len(found) == 260
    assert sum(ledger.version for ledger in found.values()) == 130


def test_a_listed_request_whose_record_is_missing_is_passed_over(
    requests: DynamoRequests, table: Table
) -> None:
    for request_id in (R1, R2):
        requests.add(a_request(request_id), [], None)
    table.client.delete_item(**table.delete_request(f"REQUEST#{R2}", "REQUEST"))
    page = requests.newest("E002", before=None, limit=2)
    assert [request.request_id for request in page.requests] == [R1]
    assert page.cursor == R1


def test_a_booking_becomes_what_was_answered_when_that_is_final(table: Table) -> None:
    answered = {
        R1: a_booking(R1, becomes="approved", final_at=NOW),
        R2: a_booking(R2, becomes="denied", final_at=NOW),
        R3: a_booking(R3, status="approved", becomes="cancelled", final_at=NOW),
    }
    written = a_ledger(2027, *answered.values())
    DynamoRequests(table).write_ledgers([written])
    key = JIM.employee_id, 2027
    record_key = LedgerKey(employee_id=JIM.employee_id, year=2027)

    def read(now: datetime) -> list[Mapping[str, Booking]]:
        single = DynamoRequests(table, now=lambda: now).ledgers([JIM.employee_id], [2027])
        batch = DynamoRecords(table, now=lambda: now).read([record_key])
        ledgers = (single[key], batch[record_key])
        return [{b.request_id: b for b in ledger.bookings} for ledger in ledgers]

    assert read(NOW - timedelta(seconds=1)) == [answered] * 2
    assert read(NOW) == [{R1: a_booking(R1, status="approved")}] * 2
