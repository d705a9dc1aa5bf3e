"""Requests and ledgers: what their ports promise, and the items that the adapter writes.

The use cases are tested over the fakes, so these must be no kinder than DynamoDB.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings

from bench.capacity_units import Meter
from leave.adapters.dynamodb.delegations import DynamoDelegations
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.ledgers import ledger_to_item
from leave.adapters.dynamodb.lookup import DynamoRecords
from leave.adapters.dynamodb.requests import DynamoRequests, request_to_item
from leave.adapters.dynamodb.table import SCHEMA, Table, encode
from leave.adapters.system import request_id_of
from leave.domain.delegation import Delegation
from leave.domain.errors import ConflictError
from leave.domain.history import Decision
from leave.domain.ledger import Booking, Ledger
from leave.domain.request import LeaveRequest
from leave.domain.values import replace
from leave.services.ports import (
    DelegationKey,
    EmailKey,
    EmployeeKey,
    IdempotencyKey,
    IdempotencyRecord,
    LedgerKey,
    Page,
    RecordKey,
    Records,
    RequestKey,
)
from tests.examples import examples
from tests.leave import strategies
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    NO_SUCH_REQUEST,
    NOW,
    R1,
    R2,
    R3,
    TODAY,
    a_booking,
    a_ledger,
    a_period,
    a_plan,
    a_request,
    an_adjustment,
    an_asked_request,
    an_id,
)
from tests.leave.fake_delegations import FakeDelegations
from tests.leave.fake_records import FakeRecords
from tests.leave.fake_requests import FakeRequests
from tests.leave.fakes import FakeDirectory, FakeMetrics

OVER_NEW_YEAR = a_period("2027-12-30", "2028-01-04")
JUNE = a_period("2027-06-01")
REQUEST = a_request(R1)
KEY = IdempotencyKey(caller="E002", route="POST /request_leave", key="key")
RECORD = IdempotencyRecord(
    key=KEY,
    body_digest="d",
    status=202,
    ids={"requestId": R1},
    numbers={"workingDays": Decimal("2.5"), "days": Decimal(3)},
    at=NOW,
)


# The port `Requests`, and what tests read of both

StoredRequests = DynamoRequests | FakeRequests


@pytest.fixture(params=["dynamodb", "fake"])
def port(request: pytest.FixtureRequest) -> StoredRequests:
    """Return each of the two."""
    if request.param == "fake":
        return FakeRequests()
    return DynamoRequests(request.getfixturevalue("table"))


def ledger(requests: StoredRequests, year: int = 2027, *, of: str = "E002") -> Ledger:
    return requests.ledgers([of], [year])[of, year]


def booked(requests: StoredRequests, request: LeaveRequest) -> list[Ledger]:
    """Return the ledgers as they are now, with what the request takes."""
    owner = request.employee.employee_id
    return [
        ledger(requests, year, of=owner).with_booking(booking)
        for year, booking in request.bookings().items()
    ]


def kept(requests: StoredRequests, **named: str) -> IdempotencyRecord | None:
    """Return what an Idempotency-Key stands for, as `Records` reads it."""
    record_key = replace(KEY, **named)
    if isinstance(requests, FakeRequests):
        return requests.idempotency_record(record_key)
    assert isinstance(requests, DynamoRequests)
    return DynamoRecords(requests.table).read([record_key])[record_key]


def newest(requests: StoredRequests, of: str = "E002", before: str | None = None) -> list[str]:
    page = requests.newest(of, before=before, limit=9)
    assert page.cursor is None
    return [request.request_id for request in page.requests]


def add(
    requests: StoredRequests, request: LeaveRequest, record: IdempotencyRecord | None = None
) -> LeaveRequest:
    requests.add(request, booked(requests, request), record)
    return request


def test_what_was_never_written_is_not_there(port: StoredRequests) -> None:
    assert port.get(NO_SUCH_REQUEST) is kept(port) is None
    assert port.newest("E002", before=None, limit=5) == Page(requests=[], cursor=None)
    people, years = ("E002", "E003"), (2027, 2028)
    assert port.ledgers(people, years) == {
        (who, year): Ledger(employee_id=who, year=year) for who in people for year in years
    }
    assert port.ledgers([], [2027]) == port.ledgers(["E002"], []) == {}


def test_what_is_added_is_there_with_its_bookings(port: StoredRequests) -> None:
    request = add(port, a_request(R1, OVER_NEW_YEAR), RECORD)
    assert port.get(R1) == request
    assert kept(port) == RECORD
    assert port.newest("E002", before=None, limit=5).requests == [request]
    for year, booking in request.bookings().items():
        found = ledger(port, year)
        assert (found.bookings, found.version) == ((booking,), 1)


def test_a_second_request_is_booked_beside_the_first(port: StoredRequests) -> None:
    first, second = add(port, REQUEST), add(port, a_request(R2, JUNE))
    assert ledger(port).bookings == (first.bookings()[2027], second.bookings()[2027])
    assert ledger(port).version == 2


def test_how_often_was_asked_is_kept_with_the_day(port: StoredRequests) -> None:
    asked = ledger(port).with_question(NOW.date()).with_question(NOW.date())
    port.add(REQUEST, [asked.with_booking(a_booking())], None)
    read = ledger(port)
    assert (read.asked_on, read.asked) == (NOW.date(), 2)
    assert read.asked_in(NOW.date() + timedelta(days=1)) == 0


@pytest.mark.parametrize("first_exists", ["a new ledger", "an old ledger"])
def test_of_two_that_read_the_same_ledger_one_is_added(
    port: StoredRequests, first_exists: str
) -> None:
    if first_exists == "an old ledger":
        add(port, a_request(an_id(9), a_period("2027-04-01")))
    second = a_request(R2, JUNE)
    ledgers = booked(port, second)
    add(port, REQUEST)
    before = ledger(port)
    with pytest.raises(ConflictError):
        port.add(second, ledgers, RECORD)
    assert port.get(R2) is kept(port) is None
    assert ledger(port) == before
    assert R2 not in newest(port)


def test_a_conflict_in_one_year_writes_nothing_in_the_other(port: StoredRequests) -> None:
    second = a_request(R2, OVER_NEW_YEAR)
    ledgers = booked(port, second)
    add(port, a_request(R1, a_period("2028-01-10")))
    with pytest.raises(ConflictError):
        port.add(second, ledgers, None)
    assert port.get(R2) is None
    assert ledger(port, 2027) == Ledger(employee_id="E002", year=2027)


def test_ids_and_keys_are_taken_once(port: StoredRequests) -> None:
    add(port, REQUEST, RECORD)
    with pytest.raises(ConflictError):
        add(port, a_request(R2, JUNE), replace(RECORD, ids={"requestId": R2}))
    for ledgers in (booked(port, a_request(R1, JUNE)), []):
        with pytest.raises(ConflictError):
            port.add(a_request(R1, JUNE), ledgers, None)
    assert kept(port) == RECORD
    assert port.get(R2) is None
    assert len(ledger(port).bookings) == 1


def test_keys_lists_and_ledgers_belong_to_one_employee(port: StoredRequests) -> None:
    add(port, REQUEST, RECORD)
    assert kept(port, caller="E003") is kept(port, route="POST /closures") is None
    assert newest(port, "E003") == []
    assert ledger(port, of="E003").bookings == ()
    janes = replace(REQUEST.employee, employee_id=JANE.employee_id)
    own = replace(RECORD, key=replace(KEY, caller="E003"))
    add(port, a_request(R2, employee=janes), own)
    assert kept(port, caller="E003") == own


def test_a_key_is_kept_alone_and_is_taken_once(port: StoredRequests) -> None:
    port.keep(RECORD)
    assert kept(port) == RECORD
    with pytest.raises(ConflictError):
        port.keep(replace(RECORD, ids={"requestId": R2}))
    for name in ({"caller": "hr@foo.com"}, {"route": "POST /closures"}):
        other = replace(RECORD, key=replace(KEY, **name), ids={"requestId": R2})
        port.keep(other)
        assert kept(port, **name) == other
    assert kept(port) == RECORD


def test_a_key_is_kept_with_ledgers_or_a_changed_request_or_nothing_is_written(
    port: StoredRequests,
) -> None:
    request = add(port, REQUEST)
    second = replace(RECORD, key=replace(KEY, key="second"))
    adjusted = ledger(port).with_adjustment(an_adjustment())
    port.write_ledgers([adjusted], RECORD)
    assert (kept(port), ledger(port).adjustments) == (RECORD, adjusted.adjustments)
    port.replace(request, request.mark_unsent(), (), second)
    assert (kept(port, key="second"), port.get(R1)) == (second, request.mark_unsent())
    with pytest.raises(ConflictError):
        port.write_ledgers([ledger(port).with_adjustment(an_adjustment())], RECORD)
    with pytest.raises(ConflictError):
        port.replace(request.mark_unsent(), request.mark_unsent().mark_unsent(), (), second)
    assert (port.get(R1), ledger(port).version) == (request.mark_unsent(), 2)


def test_ids_since_a_moment_are_those_of_some_employees(port: StoredRequests) -> None:
    made = [an_id_made(minutes) for minutes in (0, 1, 2)]
    janes = replace(REQUEST.employee, employee_id=JANE.employee_id)
    days = [a_period(f"2027-06-0{number}") for number in (1, 2, 3)]
    for request_id, minutes, period in zip(made, range(3), days, strict=True):
        add(port, requested_at(minutes, a_request(request_id, period)))
    other = an_id_made(3)
    add(port, requested_at(3, a_request(other, JUNE, employee=janes)))
    people = ["E003", "E404", "E002"]
    assert port.made_since(people, NOW) == [other, *made]
    assert port.made_since(["E002"], NOW + timedelta(minutes=1)) == made[1:]
    assert port.made_since(people, NOW + timedelta(hours=1)) == port.made_since([], NOW) == []


def an_id_made(minutes: int) -> str:
    """Return an id as it is made some minutes later."""
    return request_id_of(NOW + timedelta(minutes=minutes))


def requested_at(minutes: int, request: LeaveRequest) -> LeaveRequest:
    """Return a request that was made some minutes later."""
    first = replace(request.history[0], at=NOW + timedelta(minutes=minutes))
    return replace(request, history=(first, *request.history[1:]))


def test_histories_are_those_of_the_requests_that_exist(port: StoredRequests) -> None:
    request = add(port, REQUEST).expire(at=NOW)
    port.replace(REQUEST, request)
    histories = port.histories([NO_SUCH_REQUEST, R1])
    assert {key: tuple(events) for key, events in histories.items()} == {R1: request.history}
    assert port.histories([]) == {}


def test_a_replaced_request_is_read_as_last_written(port: StoredRequests) -> None:
    request = add(port, REQUEST)
    asked = replace(an_asked_request(R1), version=2)
    port.replace(request, asked)
    assert port.get(R1) == asked
    assert port.newest("E002", before=None, limit=5).requests == [asked]
    assert ledger(port).version == 1, "nothing booked has changed"


def test_a_stale_writer_changes_nothing(port: StoredRequests) -> None:
    request = add(port, REQUEST)
    decided = request.decide(Decision.APPROVED, comment="", at=NOW)
    port.replace(request, decided, booked(port, decided))
    before = ledger(port)
    for late in (
        request.decide(Decision.DENIED, comment="No", at=NOW),
        request.expire(at=NOW),
        request.mark_lead_mailed(),
    ):
        with pytest.raises(ConflictError):
            port.replace(request, late, [ledger(port).without(R1)])
        with pytest.raises(ConflictError):
            port.replace(request, late)
    assert port.get(R1) == decided
    assert ledger(port) == before


def test_a_stale_ledger_keeps_the_request_as_it_was(port: StoredRequests) -> None:
    request = add(port, REQUEST)
    stale = ledger(port)
    port.write_ledgers([stale.with_adjustment(an_adjustment())])
    expired = request.expire(at=NOW)
    with pytest.raises(ConflictError):
        port.replace(request, expired, [stale.without(R1)])
    assert port.get(R1) == request
    port.replace(request, expired, [ledger(port).without(R1)])
    assert port.get(R1) == expired
    assert len(ledger(port).adjustments) == 1


def test_what_is_not_there_can_not_be_replaced(port: StoredRequests) -> None:
    request = a_request(NO_SUCH_REQUEST)
    with pytest.raises(ConflictError):
        port.replace(request, request.mark_lead_mailed())
    with pytest.raises(ConflictError):
        port.replace(request, request.expire(at=NOW), [a_ledger(2027, a_booking())])
    with pytest.raises(ConflictError):
        port.write_ledgers([a_ledger(2027, version=3)])
    assert port.get(NO_SUCH_REQUEST) is None
    assert ledger(port).version == 0


def test_ledgers_are_written_all_or_none(port: StoredRequests) -> None:
    port.write_ledgers([])
    port.write_ledgers([a_ledger(2027, a_booking()), a_ledger(2028)])
    for stale in ([ledger(port, 2028).without("x"), a_ledger(2027)], [a_ledger(2027)]):
        with pytest.raises(ConflictError):
            port.write_ledgers(stale)
        assert [ledger(port, year).version for year in (2027, 2028)] == [1, 1]
    assert ledger(port).bookings == (a_booking(),)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_go_back_in_time_without_gap_or_repetition(port: StoredRequests, limit: int) -> None:
    for number in (3, 1, 4, 10, 5):
        port.add(a_request(an_id(number), a_period(f"2027-05-{number:02}")), [], None)
    seen: list[str] = []
    cursor, reads = None, 0
    while reads == 0 or cursor:
        page = port.newest("E002", before=cursor, limit=limit)
        assert len(page.requests) <= limit
        seen += [request.request_id for request in page.requests]
        cursor, reads = page.cursor, reads + 1
    assert seen == [an_id(n) for n in (10, 5, 4, 3, 1)]


def test_a_cursor_need_not_be_an_id_that_there_is(port: StoredRequests) -> None:
    for number in (1, 2, 4):
        port.add(a_request(an_id(number)), [], None)
    assert newest(port, before=an_id(3)) == [R2, R1]
    assert newest(port, before=R1) == []


# The port `Records`

BOOKED = a_ledger(2027, a_booking())
DELEGATION = Delegation(employee_id="E001", substitute_id="E003", start=TODAY, end=TODAY)


@pytest.fixture(params=["dynamodb", "fake"])
def records(request: pytest.FixtureRequest) -> Records:
    """Return each of the two, with the seed's employees and one request."""
    if request.param == "fake":
        requests = FakeRequests()
        requests.add(REQUEST, [BOOKED], RECORD)
        delegations = FakeDelegations(requests=requests)
        delegations.write(DELEGATION)
        directory = FakeDirectory(JOHN, JIM, JANE)
        return FakeRecords(directory=directory, requests=requests, delegations=delegations)
    table: Table = request.getfixturevalue("table")
    for employee in (JOHN, JIM, JANE):
        DynamoDirectory(table).write(employee, before=None)
    DynamoRequests(table).add(REQUEST, [BOOKED], RECORD)
    DynamoDelegations(table).write(DELEGATION)
    return DynamoRecords(table)


def test_records_of_all_kinds_are_found_together(records: Records) -> None:
    assert records.read([]) == {}
    expected: dict[RecordKey, object] = {
        RequestKey(request_id=R1): REQUEST,
        EmployeeKey(employee_id="E001"): JOHN,
        EmployeeKey(employee_id="E002"): JIM,
        EmailKey(email="jane@foo.com"): JANE,
        KEY: RECORD,
        LedgerKey(employee_id="E002", year=2027): replace(BOOKED, version=1),
        DelegationKey(employee_id="E001"): replace(DELEGATION, version=1),
    }
    assert records.read([*expected]) == expected


def test_what_is_not_there_is_said_for_each_key(records: Records) -> None:
    missing: list[RecordKey] = [
        RequestKey(request_id=NO_SUCH_REQUEST),
        *(EmployeeKey(employee_id=f"X{number}") for number in range(250)),
        EmailKey(email="nobody@foo.com"),
        replace(KEY, caller="E003"),
    ]
    ledgers = {
        LedgerKey(employee_id=one, year=year): Ledger(employee_id=one, year=year)
        for one, year in (("E002", 2028), ("E404", 2027))
    }
    found = records.read([*missing, EmployeeKey(employee_id="E003"), *ledgers])
    assert found == {**dict.fromkeys(missing), EmployeeKey(employee_id="E003"): JANE, **ledgers}


def test_all_kinds_together_are_one_consistent_call(aws: boto3.Session, table: Table) -> None:
    meter, asked = Meter(), list[bool]()
    own = Table(aws.client("dynamodb"), table.name)
    meter.attach(own.client)
    own.client.meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem",
        lambda params, **_: asked.append(params["RequestItems"][table.name]["ConsistentRead"]),
    )
    ledger_key = LedgerKey(employee_id="E002", year=2027)
    DynamoRecords(own).read([RequestKey(request_id=R1), EmailKey(email="a@foo.com"), ledger_key])
    assert (meter.calls, asked) == (["BatchGetItem"], [True])


# The items

one_table_for_all_examples = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(few=10, full=25),
)
numbers = count()


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
@given(written=strategies.ledgers())
def test_every_field_of_a_ledger_comes_back_one_version_on(
    requests: DynamoRequests, written: Ledger
) -> None:
    written = replace(written, employee_id=f"{next(numbers)}{written.employee_id}")
    for version in (1, 2):
        requests.write_ledgers([written])
        written = replace(written, version=version)
        assert ledger(requests, written.year, of=written.employee_id) == written


@pytest.mark.parametrize("key", ["key", "a#b", "é" * 255, "x" * 4000, " "])
def test_any_idempotency_key_comes_back(requests: DynamoRequests, key: str) -> None:
    record = replace(RECORD, key=replace(KEY, key=key))
    requests.add(REQUEST, [], record)
    assert kept(requests, key=key) == record
    assert kept(requests, key=key + "x") is None


def test_the_items_have_the_documented_keys_and_only_a_key_expires_after_a_week(
    requests: DynamoRequests,
) -> None:
    requests.add(REQUEST, [BOOKED], RECORD)
    found = {
        (item["pk"]["S"], item["sk"]["S"].split("#")[0]): item for item in items(requests.table)
    }
    assert set(found) == {
        (f"REQUEST#{R1}", "REQUEST"),
        ("REQUESTS#E002", "REQUEST"),
        ("LEDGER#E002", "LEDGER"),
        ("IDEMPOTENCY#E002", "IDEMPOTENCY"),
    }
    (expiring,) = (item for item in found.values() if "expiresAt" in item)
    assert expiring is found["IDEMPOTENCY#E002", "IDEMPOTENCY"]
    left = int(expiring["expiresAt"]["N"]) - NOW.timestamp()
    assert 7 * 24 * 3600 - 60 < left <= 7 * 24 * 3600
    assert "key" not in expiring["sk"]["S"]


def test_secrets_stand_in_the_request_and_nowhere_else(requests: DynamoRequests) -> None:
    asked = an_asked_request()
    changed = asked.change(a_plan(), actor="jim@foo.com", at=NOW)
    requests.add(REQUEST, [BOOKED], RECORD)
    requests.replace(REQUEST, changed)
    assert changed.task_token is not None
    assert asked.link_secret is not None
    for secret in (changed.task_token.reveal(), asked.link_secret.reveal()):
        holders = [item["pk"]["S"] for item in items(requests.table) if secret in str(item)]
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


def test_a_page_is_as_many_as_were_asked_for(requests: DynamoRequests) -> None:
    """Over a hundred: more than DynamoDB reads at once."""
    table = requests.table
    for number in range(1, 106):
        request = a_request(an_id(number))
        listed = {"pk": "REQUESTS#E002", "sk": f"REQUEST#{request.request_id}"}
        for item in (request_to_item(request), listed):
            table.put(table.put_request(item))
    page = requests.newest("E002", before=None, limit=102)
    assert [r.request_id for r in page.requests] == [an_id(n) for n in range(105, 3, -1)]
    assert page.cursor == an_id(4)
    assert newest(requests, before=page.cursor) == [an_id(3), R2, R1]


def test_the_ledgers_of_a_big_team_are_read_whole(requests: DynamoRequests) -> None:
    team = [f"E{number:03}" for number in range(130)]
    requests.write_ledgers([a_ledger(2027, employee_id=who) for who in team[:60]])
    requests.write_ledgers([a_ledger(2028, employee_id=who) for who in team[60:]])
    found = requests.ledgers(team, [2027, 2028])
    assert len(found) == 260
    assert sum(ledger.version for ledger in found.values()) == 130


@pytest.mark.parametrize("broken", [{"status": "no such status"}, {"schema": SCHEMA + 1}])
def test_a_listed_request_that_cannot_be_read_is_counted_and_hides_no_other(
    table: Table, broken: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    metrics = FakeMetrics()
    requests = DynamoRequests(table, metrics=metrics)
    for request_id in (R1, R2, R3):
        requests.add(a_request(request_id), [], None)
    item = table.get(f"REQUEST#{R2}", "REQUEST")
    assert item is not None
    put = table.put_request(item)
    put["Item"] |= encode(broken)
    table.put(put)
    page = requests.newest("E002", before=None, limit=2)
    assert ([request.request_id for request in page.requests], page.cursor) == ([R3], R2)
    (record,) = caplog.records
    assert (record.getMessage(), record.levelname) == ("record cannot be read", "ERROR")
    assert vars(record)["leaveRequestId"] == R2
    assert metrics.names == ["SweepFailures"]
    rest = requests.newest("E002", before=page.cursor, limit=2)
    assert [request.request_id for request in rest.requests] == [R1]


def test_a_listed_request_whose_record_is_missing_is_passed_over(requests: DynamoRequests) -> None:
    for request_id in (R1, R2):
        requests.add(a_request(request_id), [], None)
    table = requests.table
    table.client.delete_item(**table.delete_request(f"REQUEST#{R2}", "REQUEST"))
    page = requests.newest("E002", before=None, limit=2)
    assert ([request.request_id for request in page.requests], page.cursor) == ([R1], R1)


def test_a_booking_becomes_what_was_answered_when_that_is_final(table: Table) -> None:
    answered = {
        R1: a_booking(R1, becomes="approved", final_at=NOW),
        R2: a_booking(R2, becomes="denied", final_at=NOW),
        R3: a_booking(R3, status="approved", becomes="cancelled", final_at=NOW),
    }
    DynamoRequests(table).write_ledgers([a_ledger(2027, *answered.values())])
    record_key = LedgerKey(employee_id=JIM.employee_id, year=2027)

    def read(now: datetime) -> list[Mapping[str, Booking]]:
        single = ledger(DynamoRequests(table, now=lambda: now))
        batch = DynamoRecords(table, now=lambda: now).read([record_key])[record_key]
        return [{b.request_id: b for b in found.bookings} for found in (single, batch)]

    assert read(NOW - timedelta(seconds=1)) == [answered] * 2
    assert read(NOW) == [{R1: a_booking(R1, status="approved")}] * 2
