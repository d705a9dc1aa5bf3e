"""Requests as items: every field comes back, and the items look as documented."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from leave.adapters.dynamodb.requests import DynamoRequests
from leave.domain.ledgers import Booking, Ledger
from leave.services.ports import Replay
from tests.leave import strategies
from tests.leave.builders import a_request, an_asked_request

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Table
    from leave.domain.requests import LeaveRequest

one_table_for_all_examples = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25
)
numbers = count()


@pytest.fixture
def requests(table: Table) -> DynamoRequests:
    """Return the adapter over an empty table."""
    return DynamoRequests(table)


@one_table_for_all_examples
@given(request=strategies.requests(), after=strategies.requests())
def test_every_field_of_a_request_comes_back(
    requests: DynamoRequests, request: LeaveRequest, after: LeaveRequest
) -> None:
    request = replace(request, request_id=f"{next(numbers)}{request.request_id}")
    years = list(request.working_days)
    ledgers = requests.ledgers(request.employee.employee_id, years)
    requests.add(request, ledgers, None)
    assert requests.get(request.request_id) == request

    after = replace(
        after,
        request_id=request.request_id,
        employee=request.employee,
        working_days=request.working_days,
        status=request.status,
        period=request.period,
    )
    requests.replace(request, after)
    assert requests.get(request.request_id) == after


@one_table_for_all_examples
@given(
    period=strategies.periods(),
    days=strategies.DAYS_IN_HALVES,
    request_id=strategies.NAMES,
    employee_id=strategies.NAMES,
)
def test_every_field_of_a_booking_comes_back(
    requests: DynamoRequests, period: object, days: object, request_id: str, employee_id: str
) -> None:
    request = replace(
        a_request(f"{next(numbers)}{request_id}"),
        employee=replace(a_request().employee, employee_id=f"{next(numbers)}{employee_id}"),
        period=period,
        working_days={2027: days},
    )
    owner = request.employee.employee_id
    requests.add(request, requests.ledgers(owner, [2027]), None)
    assert requests.ledgers(owner, [2027])[2027] == Ledger(
        employee_id=owner,
        year=2027,
        version=1,
        bookings=(
            Booking(
                request_id=request.request_id, period=request.period, days=days, status="pending"
            ),
        ),
    )


@pytest.mark.parametrize("key", ["key", "a#b", "é" * 255, "x" * 4000, " "])
def test_any_idempotency_key_comes_back(requests: DynamoRequests, key: str) -> None:
    replay = Replay(key=key, body_digest="d", request_id="r1")
    requests.add(a_request("r1"), requests.ledgers("E002", [2027]), replay)
    assert requests.replay("E002", key) == replay
    assert requests.replay("E002", key + "x") is None


def test_an_idempotency_key_is_forgotten_by_the_table_after_a_week(table: Table) -> None:
    requests = DynamoRequests(table)
    replay = Replay(key="key", body_digest="d", request_id="r1")
    requests.add(a_request("r1"), requests.ledgers("E002", [2027]), replay)
    (item,) = [
        item
        for item in table.client.scan(TableName=table.name)["Items"]
        if item["sk"]["S"].startswith("IDEMPOTENCY#")
    ]
    left = int(item["expiresAt"]["N"]) - time.time()
    assert 7 * 24 * 3600 - 60 < left <= 7 * 24 * 3600
    assert "key" not in item["sk"]["S"]


def test_the_items_have_the_documented_keys_and_only_one_of_them_expires(table: Table) -> None:
    requests = DynamoRequests(table)
    replay = Replay(key="key", body_digest="d", request_id="r1")
    requests.add(a_request("r1"), requests.ledgers("E002", [2027]), replay)
    items = table.client.scan(TableName=table.name)["Items"]
    keys = {(item["pk"]["S"], item["sk"]["S"].split("#")[0]) for item in items}
    assert keys == {
        ("REQUEST#r1", "REQUEST"),
        ("EMPLOYEE#E002", "REQUEST"),
        ("EMPLOYEE#E002", "LEDGER"),
        ("EMPLOYEE#E002", "IDEMPOTENCY"),
    }
    assert sum("expiresAt" in item for item in items) == 1


def test_secrets_stand_in_the_request_and_nowhere_else(table: Table) -> None:
    requests = DynamoRequests(table)
    asked = an_asked_request("r1")
    requests.add(a_request("r1"), requests.ledgers("E002", [2027]), None)
    requests.replace(a_request("r1"), asked)
    assert asked.task_token is not None
    assert asked.link_secret is not None
    for secret in (asked.task_token.reveal(), asked.link_secret.reveal()):
        holders = [
            item["pk"]["S"]
            for item in table.client.scan(TableName=table.name)["Items"]
            if secret in str(item)
        ]
        assert holders == ["REQUEST#r1"]
