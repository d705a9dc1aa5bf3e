"""What the port `Requests` promises, held against the adapter and against the fake.

The use cases are tested over the fake, so the fake must be no kinder than DynamoDB.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leave.adapters.dynamodb.requests import DynamoRequests
from leave.domain.errors import ConflictError
from leave.domain.ledgers import Ledger
from leave.domain.requests import Decision
from leave.services.ports import Replay
from tests.leave.builders import NOW, a_period, a_request, an_asked_request
from tests.leave.fakes import FakeRequests

if TYPE_CHECKING:
    from leave.domain.requests import LeaveRequest
    from leave.services.ports import Requests

OVER_NEW_YEAR = a_period("2027-12-30", "2028-01-04")
REPLAY = Replay(key="key", body_digest="digest", request_id="r1")


@pytest.fixture(params=["dynamodb", "fake"])
def requests(request: pytest.FixtureRequest) -> Requests:
    """Return each of the two."""
    if request.param == "fake":
        return FakeRequests()
    return DynamoRequests(request.getfixturevalue("table"))


def add(requests: Requests, request: LeaveRequest, replay: Replay | None = None) -> None:
    years = list(request.working_days)
    requests.add(request, requests.ledgers(request.employee.employee_id, years), replay)


def ledger(requests: Requests, year: int) -> Ledger:
    return requests.ledgers("E002", [year])[year]


def test_what_was_never_written_is_not_there(requests: Requests) -> None:
    assert requests.get("r404") is None
    assert requests.replay("E002", "key") is None
    assert requests.ledgers("E002", [2027, 2028]) == {
        2027: Ledger(employee_id="E002", year=2027),
        2028: Ledger(employee_id="E002", year=2028),
    }


def test_what_is_added_is_there_with_its_bookings(requests: Requests) -> None:
    request = a_request("r1", OVER_NEW_YEAR)
    add(requests, request, REPLAY)
    assert requests.get("r1") == request
    assert requests.replay("E002", "key") == REPLAY
    for year, booking in request.bookings().items():
        assert ledger(requests, year).bookings == (booking,)
        assert ledger(requests, year).version == 1


def test_a_second_request_is_booked_beside_the_first(requests: Requests) -> None:
    first, second = a_request("r1"), a_request("r2", a_period("2027-06-01"))
    add(requests, first)
    add(requests, second)
    booked = ledger(requests, 2027)
    assert set(booked.bookings) == {first.bookings()[2027], second.bookings()[2027]}
    assert booked.version == 2


@pytest.mark.parametrize("first_exists", ["a new ledger", "an old ledger"])
def test_of_two_that_read_the_same_ledger_one_is_added(
    requests: Requests, first_exists: str
) -> None:
    if first_exists == "an old ledger":
        add(requests, a_request("r0", a_period("2027-04-01")))
    read = requests.ledgers("E002", [2027])
    requests.add(a_request("r1"), read, None)
    before = ledger(requests, 2027)
    with pytest.raises(ConflictError):
        requests.add(a_request("r2", a_period("2027-06-01")), read, REPLAY)
    assert requests.get("r2") is None
    assert requests.replay("E002", "key") is None
    assert ledger(requests, 2027) == before


def test_a_conflict_in_one_year_writes_nothing_in_the_other(requests: Requests) -> None:
    read = requests.ledgers("E002", [2027, 2028])
    add(requests, a_request("r1", a_period("2028-01-10")))
    with pytest.raises(ConflictError):
        requests.add(a_request("r2", OVER_NEW_YEAR), read, None)
    assert requests.get("r2") is None
    assert ledger(requests, 2027).bookings == ()


def test_a_key_is_taken_once(requests: Requests) -> None:
    add(requests, a_request("r1"), REPLAY)
    with pytest.raises(ConflictError):
        add(requests, a_request("r2", a_period("2027-06-01")), replace(REPLAY, request_id="r2"))
    assert requests.replay("E002", "key") == REPLAY
    assert requests.get("r2") is None
    assert len(ledger(requests, 2027).bookings) == 1


def test_an_id_is_taken_once(requests: Requests) -> None:
    add(requests, a_request("r1"))
    with pytest.raises(ConflictError):
        add(requests, a_request("r1", a_period("2027-06-01")))


def test_keys_and_ledgers_belong_to_one_employee(requests: Requests) -> None:
    add(requests, a_request("r1"), REPLAY)
    assert requests.replay("E003", "key") is None
    assert requests.ledgers("E003", [2027])[2027].bookings == ()


def test_a_replaced_request_is_read_as_last_written(requests: Requests) -> None:
    request = a_request("r1")
    add(requests, request)
    asked = replace(an_asked_request("r1"), version=2)
    requests.replace(request, asked)
    assert requests.get("r1") == asked
    assert ledger(requests, 2027).version == 1, "nothing booked has changed"


def test_a_stale_writer_changes_nothing(requests: Requests) -> None:
    request = a_request("r1")
    add(requests, request)
    decided = request.decide(Decision.APPROVED, comment="", at=NOW)
    requests.replace(request, decided)
    booked = ledger(requests, 2027)
    for late in (
        request.decide(Decision.DENIED, comment="No", at=NOW),
        request.expire(at=NOW),
        request.mark_lead_mailed(),
    ):
        with pytest.raises(ConflictError):
            requests.replace(request, late)
    assert requests.get("r1") == decided
    assert ledger(requests, 2027) == booked


def test_what_is_not_there_can_not_be_replaced(requests: Requests) -> None:
    request = a_request("r404")
    with pytest.raises(ConflictError):
        requests.replace(request, request.mark_lead_mailed())
    with pytest.raises(ConflictError):
        requests.replace(request, request.expire(at=NOW))
    assert requests.get("r404") is None


@pytest.mark.parametrize("decision", Decision)
def test_a_decision_is_seen_in_the_ledger_of_every_year(
    requests: Requests, decision: Decision
) -> None:
    request = a_request("r1", OVER_NEW_YEAR)
    add(requests, request)
    requests.replace(request, request.decide(decision, comment="So be it", at=NOW))
    for year in (2027, 2028):
        statuses = [booking.status for booking in ledger(requests, year).bookings]
        assert statuses == (["approved"] if decision is Decision.APPROVED else [])
        assert ledger(requests, year).version == 2


def test_an_expiry_gives_the_days_back_and_leaves_the_others(requests: Requests) -> None:
    request, other = a_request("r1"), a_request("r2", a_period("2027-06-01"))
    add(requests, request)
    add(requests, other)
    requests.replace(request, request.expire(at=NOW))
    assert ledger(requests, 2027).bookings == (other.bookings()[2027],)


def test_a_decision_refuses_a_ledger_read_before_it(requests: Requests) -> None:
    """Days given back, or approved, change the ledger: who read it before has to read again."""
    request = a_request("r1")
    add(requests, request)
    read = requests.ledgers("E002", [2027])
    requests.replace(request, request.decide(Decision.DENIED, comment="No", at=NOW))
    with pytest.raises(ConflictError):
        requests.add(a_request("r2", a_period("2027-06-01")), read, None)
