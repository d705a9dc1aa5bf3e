"""What the port `Requests` promises, held against the adapter and against the fake.

The use cases are tested over the fake, so the fake must be no kinder than DynamoDB.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from leave.adapters.dynamodb.lookup import DynamoRecords
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.domain.errors import ConflictError
from leave.domain.history import Decision
from leave.domain.ledger import Ledger
from leave.domain.values import replace
from leave.services.ports import IdempotencyKey, IdempotencyRecord, Page
from tests.leave.builders import (
    JANE,
    NO_SUCH_REQUEST,
    NOW,
    R1,
    R2,
    a_booking,
    a_ledger,
    a_period,
    a_request,
    an_adjustment,
    an_asked_request,
    an_id,
)
from tests.leave.fake_requests import FakeRequests

if TYPE_CHECKING:
    from leave.domain.request import LeaveRequest
    from leave.services.ports import Requests

OVER_NEW_YEAR = a_period("2027-12-30", "2028-01-04")
JUNE = a_period("2027-06-01")
REPLAY = IdempotencyRecord(
    caller="E002",
    key="key",
    body_digest="digest",
    request_id=R1,
    working_days=Decimal("2.5"),
    at=NOW,
)


@pytest.fixture(params=["dynamodb", "fake"])
def requests(request: pytest.FixtureRequest) -> Requests:
    """Return each of the two."""
    if request.param == "fake":
        return FakeRequests()
    return DynamoRequests(request.getfixturevalue("table"))


def ledger(requests: Requests, year: int = 2027, *, of: str = "E002") -> Ledger:
    return requests.ledgers([of], [year])[of, year]


def booked(requests: Requests, request: LeaveRequest) -> list[Ledger]:
    """Return the ledgers as they are now, with what the request takes."""
    owner = request.employee.employee_id
    return [
        ledger(requests, year, of=owner).with_booking(booking)
        for year, booking in request.bookings().items()
    ]


def kept(requests: Requests, who: str, key: str) -> IdempotencyRecord | None:
    """Return what an Idempotency-Key stands for, as `Records` reads it."""
    if isinstance(requests, DynamoRequests):
        record_key = IdempotencyKey(caller=who, key=key)
        return DynamoRecords(requests.table).read([record_key])[record_key]
    assert isinstance(requests, FakeRequests)
    return requests.idempotency_record(who, key)


def add(
    requests: Requests, request: LeaveRequest, idempotency_record: IdempotencyRecord | None = None
) -> None:
    requests.add(request, booked(requests, request), idempotency_record)


def test_what_was_never_written_is_not_there(requests: Requests) -> None:
    assert requests.get(NO_SUCH_REQUEST) is None
    assert kept(requests, "E002", "key") is None
    assert requests.newest("E002", before=None, limit=5) == Page(requests=[], cursor=None)
    assert requests.ledgers(["E002", "E003"], [2027, 2028]) == {
        (who, year): Ledger(employee_id=who, year=year)
        for who in ("E002", "E003")
        for year in (2027, 2028)
    }
    assert requests.ledgers([], [2027]) == requests.ledgers(["E002"], []) == {}


def test_what_is_added_is_there_with_its_bookings(requests: Requests) -> None:
    request = a_request(R1, OVER_NEW_YEAR)
    add(requests, request, REPLAY)
    assert requests.get(R1) == request
    assert kept(requests, "E002", "key") == REPLAY
    assert requests.newest("E002", before=None, limit=5).requests == [request]
    for year, booking in request.bookings().items():
        assert ledger(requests, year).bookings == (booking,)
        assert ledger(requests, year).version == 1


def test_a_second_request_is_booked_beside_the_first(requests: Requests) -> None:
    first, second = a_request(R1), a_request(R2, JUNE)
    add(requests, first)
    add(requests, second)
    assert ledger(requests).bookings == (first.bookings()[2027], second.bookings()[2027])
    assert ledger(requests).version == 2


def test_how_often_was_asked_is_kept_with_the_day(requests: Requests) -> None:
    asked = ledger(requests).with_question(NOW.date()).with_question(NOW.date())
    requests.add(a_request(R1), [asked.with_booking(a_booking())], None)
    read = ledger(requests)
    assert (read.asked_on, read.asked) == (NOW.date(), 2)
    assert read.asked_in(NOW.date() + timedelta(days=1)) == 0


@pytest.mark.parametrize("first_exists", ["a new ledger", "an old ledger"])
def test_of_two_that_read_the_same_ledger_one_is_added(
    requests: Requests, first_exists: str
) -> None:
    if first_exists == "an old ledger":
        add(requests, a_request(an_id(9), a_period("2027-04-01")))
    first, second = a_request(R1), a_request(R2, JUNE)
    ledgers = booked(requests, second)
    add(requests, first)
    before = ledger(requests)
    with pytest.raises(ConflictError):
        requests.add(second, ledgers, REPLAY)
    assert requests.get(R2) is None
    assert kept(requests, "E002", "key") is None
    assert ledger(requests) == before
    assert R2 not in [r.request_id for r in requests.newest("E002", before=None, limit=9).requests]


def test_a_conflict_in_one_year_writes_nothing_in_the_other(requests: Requests) -> None:
    second = a_request(R2, OVER_NEW_YEAR)
    ledgers = booked(requests, second)
    add(requests, a_request(R1, a_period("2028-01-10")))
    with pytest.raises(ConflictError):
        requests.add(second, ledgers, None)
    assert requests.get(R2) is None
    assert ledger(requests, 2027) == Ledger(employee_id="E002", year=2027)


def test_a_key_is_taken_once(requests: Requests) -> None:
    add(requests, a_request(R1), REPLAY)
    with pytest.raises(ConflictError):
        add(requests, a_request(R2, JUNE), replace(REPLAY, request_id=R2))
    assert kept(requests, "E002", "key") == REPLAY
    assert requests.get(R2) is None
    assert len(ledger(requests).bookings) == 1


def test_an_id_is_taken_once(requests: Requests) -> None:
    add(requests, a_request(R1))
    with pytest.raises(ConflictError):
        add(requests, a_request(R1, JUNE))
    with pytest.raises(ConflictError):
        requests.add(a_request(R1, JUNE), [], None)


def test_keys_lists_and_ledgers_belong_to_one_employee(requests: Requests) -> None:
    add(requests, a_request(R1), REPLAY)
    assert kept(requests, "E003", "key") is None
    assert requests.newest("E003", before=None, limit=5).requests == []
    assert ledger(requests, of="E003").bookings == ()
    janes = replace(a_request(R2).employee, employee_id=JANE.employee_id)
    add(requests, a_request(R2, employee=janes), replace(REPLAY, caller="E003", request_id=R2))
    idempotency_record = kept(requests, "E003", "key")
    assert idempotency_record is not None
    assert idempotency_record.request_id == R2


def test_a_key_is_kept_alone_and_is_taken_once(requests: Requests) -> None:
    requests.keep(REPLAY)
    assert kept(requests, "E002", "key") == REPLAY
    with pytest.raises(ConflictError):
        requests.keep(replace(REPLAY, request_id=R2))
    requests.keep(replace(REPLAY, caller="hr@foo.com", request_id=R2))
    assert kept(requests, "E002", "key") == REPLAY


def test_a_replaced_request_is_read_as_last_written(requests: Requests) -> None:
    request = a_request(R1)
    add(requests, request)
    asked = replace(an_asked_request(R1), version=2)
    requests.replace(request, asked)
    assert requests.get(R1) == asked
    assert requests.newest("E002", before=None, limit=5).requests == [asked]
    assert ledger(requests).version == 1, "nothing booked has changed"


def test_a_stale_writer_changes_nothing(requests: Requests) -> None:
    request = a_request(R1)
    add(requests, request)
    decided = request.decide(Decision.APPROVED, comment="", at=NOW)
    requests.replace(request, decided, booked(requests, decided))
    before = ledger(requests)
    for late in (
        request.decide(Decision.DENIED, comment="No", at=NOW),
        request.expire(at=NOW),
        request.mark_lead_mailed(),
    ):
        with pytest.raises(ConflictError):
            requests.replace(request, late, [ledger(requests).without(R1)])
        with pytest.raises(ConflictError):
            requests.replace(request, late)
    assert requests.get(R1) == decided
    assert ledger(requests) == before


def test_a_stale_ledger_keeps_the_request_as_it_was(requests: Requests) -> None:
    request = a_request(R1)
    add(requests, request)
    stale = ledger(requests)
    requests.write_ledgers([stale.with_adjustment(an_adjustment())])
    expired = request.expire(at=NOW)
    with pytest.raises(ConflictError):
        requests.replace(request, expired, [stale.without(R1)])
    assert requests.get(R1) == request
    requests.replace(request, expired, [ledger(requests).without(R1)])
    assert requests.get(R1) == expired
    assert len(ledger(requests).adjustments) == 1


def test_what_is_not_there_can_not_be_replaced(requests: Requests) -> None:
    request = a_request(NO_SUCH_REQUEST)
    with pytest.raises(ConflictError):
        requests.replace(request, request.mark_lead_mailed())
    with pytest.raises(ConflictError):
        requests.replace(request, request.expire(at=NOW), [a_ledger(2027, a_booking())])
    assert requests.get(NO_SUCH_REQUEST) is None
    assert ledger(requests).version == 0


def test_ledgers_are_written_all_or_none(requests: Requests) -> None:
    requests.write_ledgers([a_ledger(2027, a_booking()), a_ledger(2028)])
    assert [ledger(requests, year).version for year in (2027, 2028)] == [1, 1]
    with pytest.raises(ConflictError):
        requests.write_ledgers([ledger(requests, 2028).without("x"), a_ledger(2027)])
    with pytest.raises(ConflictError):
        requests.write_ledgers([a_ledger(2027)])
    assert [ledger(requests, year).version for year in (2027, 2028)] == [1, 1]
    assert ledger(requests).bookings == (a_booking(),)


def test_a_ledger_that_was_read_and_is_gone_is_a_conflict(requests: Requests) -> None:
    with pytest.raises(ConflictError):
        requests.write_ledgers([a_ledger(2027, version=3)])
    assert ledger(requests).version == 0


def test_no_ledgers_are_no_write_and_no_trouble(requests: Requests) -> None:
    requests.write_ledgers([])


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_go_back_in_time_without_gap_or_repetition(requests: Requests, limit: int) -> None:
    made = [a_request(an_id(n), a_period(f"2027-05-{n:02}")) for n in (3, 1, 4, 10, 5)]
    for request in made:
        requests.add(request, [], None)
    seen: list[str] = []
    cursor, reads = None, 0
    while reads == 0 or cursor:
        page = requests.newest("E002", before=cursor, limit=limit)
        assert len(page.requests) <= limit
        seen += [request.request_id for request in page.requests]
        cursor, reads = page.cursor, reads + 1
    assert seen == [an_id(n) for n in (10, 5, 4, 3, 1)]


def test_a_cursor_need_not_be_an_id_that_there_is(requests: Requests) -> None:
    for number in (1, 2, 4):
        requests.add(a_request(an_id(number)), [], None)
    page = requests.newest("E002", before=an_id(3), limit=9)
    assert [request.request_id for request in page.requests] == [R2, R1]
    assert requests.newest("E002", before=R1, limit=9).requests == []
