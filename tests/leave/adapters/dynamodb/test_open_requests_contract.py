"""What the port `OpenRequests` promises, held against the adapter and against the fake."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.sweeps import DynamoOpenRequests
from leave.adapters.dynamodb.table import SHARDS, index_key
from leave.domain.history import Decision, Person
from leave.domain.ledger import Ledger
from leave.domain.values import replace
from tests.leave.builders import (
    NOW,
    R1,
    TASK_TOKEN,
    a_booking,
    a_cancellation,
    a_decided_request,
    a_ledger,
    a_request,
    an_adjustment,
    an_asked_request,
    an_id,
)
from tests.leave.fake_requests import FakeRequests
from tests.leave.fake_sweeps import FakeOpenRequests
from tests.leave.fakes import FakeMetrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leave.adapters.dynamodb.table import Table
    from leave.domain.request import LeaveRequest
    from leave.services.ports import OpenRequest, OpenRequests, Requests


@dataclass(frozen=True, kw_only=True)
class Both:
    """The requests, and those of them that are open."""

    requests: Requests
    open_requests: OpenRequests

    def add(self, request: LeaveRequest) -> LeaveRequest:
        self.requests.add(request, [], None)
        return request

    def walk(self, limit: int = 100) -> Iterator[OpenRequest]:
        cursor = ""
        while page := self.open_requests.after(cursor, limit):
            assert len(page) <= limit
            yield from page
            cursor = page[-1].cursor

    def ids(self) -> set[str]:
        return {item.request.request_id for item in self.walk()}


@pytest.fixture(params=["dynamodb", "fake"])
def both(request: pytest.FixtureRequest) -> Both:
    """Return each of the two."""
    if request.param == "fake":
        requests = FakeRequests()
        return Both(requests=requests, open_requests=FakeOpenRequests(requests=requests))
    stored = DynamoRequests(request.getfixturevalue("table"))
    index = DynamoOpenRequests(table=stored.table, read=stored.get_all, metrics=FakeMetrics())
    return Both(requests=stored, open_requests=index)


def asked_of(lead_id: str, number: int) -> LeaveRequest:
    lead = Person(employee_id=lead_id, name=f"Name of {lead_id}")
    request = a_request(an_id(number)).ask(lead, task_token=TASK_TOKEN, at=NOW)
    return request.mark_lead_mailed()


def test_where_nothing_is_open_nothing_is_found(both: Both) -> None:
    assert list(both.walk()) == []
    both.add(a_decided_request().mark_outcome_mailed())
    assert list(both.walk()) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_each_is_found_once_and_those_of_one_approver_together(both: Both, limit: int) -> None:
    leads = ["E001", "E010", "E1", "#E2", "Ä/3", "E001#", *(f"L{n}" for n in range(20))]
    added = [both.add(asked_of(lead, number)) for number, lead in enumerate(leads * 3, start=1)]
    found = list(both.walk(limit))
    assert sorted(i.request.request_id for i in found) == [r.request_id for r in added]
    assert all(
        i.request.approver and i.approver_id == i.request.approver.employee_id for i in found
    )
    groups = [lead for lead, _ in groupby(item.approver_id for item in found)]
    assert sorted(groups) == sorted(leads)
    for lead in leads:
        theirs = [i.request.request_id for i in found if i.approver_id == lead]
        assert theirs == sorted(theirs), "the oldest first"


def test_a_cursor_goes_on_after_its_request(both: Both) -> None:
    for number in range(1, 40):
        both.add(asked_of(f"L{number % 7}", number))
    found = list(both.walk())
    for place, item in enumerate(found):
        rest = both.open_requests.after(item.cursor, 5)
        wanted = found[place + 1 : place + 1 + len(rest)]
        assert [i.cursor for i in rest] == [i.cursor for i in wanted]
        assert rest or place == len(found) - 1


def test_what_nobody_was_asked_about_is_found_with_no_approver(both: Both) -> None:
    for number in (1, 2, 3):
        both.add(a_request(an_id(number)))
    found = list(both.walk())
    assert {item.approver_id for item in found} == {""}
    assert len(found) == 3


def test_what_is_closed_is_gone_and_what_is_opened_is_there(both: Both) -> None:
    request = both.add(an_asked_request())
    assert both.ids() == {R1}
    for after in (
        request.decide(Decision.APPROVED, comment="", at=NOW),
        a_cancellation(),
    ):
        both.requests.replace(request, replace(after, version=request.version + 1))
        request = replace(after, version=request.version + 1)
        assert both.ids() == {R1}, "an outcome to tell, or a question"
    done = replace(a_decided_request().mark_outcome_mailed(), version=request.version + 1)
    both.requests.replace(request, done)
    assert both.ids() == set()


def test_a_request_that_gets_another_approver_is_found_with_the_new_one(both: Both) -> None:
    request = both.add(an_asked_request())
    jane = Person(employee_id="E003", name="Jane Cook")
    both.requests.replace(request, request.ask(jane, task_token=TASK_TOKEN, at=NOW))
    (item,) = both.walk()
    assert item.approver_id == "E003"


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_ledgers_are_found_until_the_mails_about_their_adjustments_are_out(
    both: Both, limit: int
) -> None:
    keys = [(who, year) for who in ("E#2", "E002", "Ä/3") for year in (2027, 2028)]
    ledgers = [Ledger(employee_id=who, year=year) for who, year in keys]
    adjusted = [ledger.with_adjustment(an_adjustment()) for ledger in ledgers]
    both.requests.write_ledgers([*adjusted, a_ledger(2029, a_booking())])
    both.add(an_asked_request())

    def found() -> list[tuple[str, int]]:
        pages: list[tuple[str, int]] = []
        while page := both.open_requests.adjusted(pages[-1] if pages else None, limit):
            pages += page
        return pages

    assert sorted(found()) == sorted(keys)
    assert [who for who, _ in groupby(found(), key=lambda key: key[0])] == ["E#2", "E002", "Ä/3"]
    stored = both.requests.ledgers(["E002"], [2027])["E002", 2027]
    both.requests.write_ledgers([replace(stored, mailed=1)])
    assert set(keys) - set(found()) == {("E002", 2027)}
    again = both.requests.ledgers(["E002"], [2027])["E002", 2027]
    both.requests.write_ledgers([again.with_adjustment(an_adjustment())])
    assert sorted(found()) == sorted(keys)
    assert both.ids() == {R1}


# The index alone


@pytest.fixture
def metrics() -> FakeMetrics:
    """Return who hears of records that can not be read."""
    return FakeMetrics()


@pytest.fixture
def index(table: Table, metrics: FakeMetrics) -> DynamoOpenRequests:
    """Return the adapter over an empty table."""
    return DynamoOpenRequests(table=table, read=DynamoRequests(table).get_all, metrics=metrics)


def test_only_what_is_open_has_the_attributes_of_the_index(table: Table) -> None:
    requests = DynamoRequests(table)
    requests.add(an_asked_request(), [], None)
    item = table.get(f"REQUEST#{R1}", "REQUEST")
    assert item is not None
    assert item["openKey"] == f"E001#{R1}"
    assert 0 <= int(item["openShard"]) < SHARDS
    requests.replace(an_asked_request(), a_decided_request().mark_outcome_mailed())
    item = table.get(f"REQUEST#{R1}", "REQUEST")
    assert item is not None
    assert not {"openShard", "openKey"} & item.keys()


def test_the_requests_of_one_approver_share_a_shard_and_those_of_nobody_do_not() -> None:
    shards = {index_key(asked_of("E001", n))["openShard"] for n in range(50)}
    assert len(shards) == 1
    assert len({index_key(asked_of(f"E{n}", 1))["openShard"] for n in range(200)}) == SHARDS
    assert len({index_key(a_request(an_id(n)))["openShard"] for n in range(200)}) == SHARDS


def test_what_the_index_still_knows_and_nobody_needs_is_left_out(index: DynamoOpenRequests) -> None:
    """An index is a moment behind, however long a stretch of it."""
    requests = DynamoRequests(index.table)
    for number in range(1, 8):
        requests.add(asked_of("E001", number), [], None)
    closed = {an_id(number) for number in range(1, 7)}

    def read(request_ids: object) -> list[LeaveRequest]:
        found = requests.get_all(request_ids)  # type: ignore[arg-type]
        return [r.mark_outcome_mailed() if r.request_id not in closed else done(r) for r in found]

    def done(request: LeaveRequest) -> LeaveRequest:
        return request.expire(at=NOW).mark_outcome_mailed()

    behind = DynamoOpenRequests(table=index.table, read=read, metrics=FakeMetrics())
    (item,) = behind.after("", 2)
    assert item.request.request_id == an_id(7)
    assert behind.after(item.cursor, 2) == ()


def test_a_record_that_is_broken_does_not_hide_the_others(
    index: DynamoOpenRequests, metrics: FakeMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    table = index.table
    for number in range(1, 6):
        DynamoRequests(table).add(asked_of("E001", number), [], None)
    for number, name in ((2, "status"), (4, "plan")):
        item = table.get(f"REQUEST#{an_id(number)}", "REQUEST")
        assert item is not None
        table.put(table.put_request({**item, name: "no such thing"}))
    for limit in (1, 2, 100):
        found: list[str] = []
        cursor = ""
        while page := index.after(cursor, limit):
            found += [item.request.request_id for item in page]
            cursor = page[-1].cursor
        assert found == [an_id(1), an_id(3), an_id(5)]
    broken = {vars(record)["leaveRequestId"] for record in caplog.records}
    assert broken == {an_id(2), an_id(4)}
    assert metrics.names == ["SweepFailures"] * len(caplog.records)
