"""The daily sweep's ports, of adapter and fake, and the index of what is open."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.sweeps import DynamoOpenRequests, DynamoSweeps
from leave.adapters.dynamodb.table import SHARDS, Table, index_key
from leave.domain.errors import ConflictError
from leave.domain.history import Decision, Person
from leave.domain.ledger import Ledger
from leave.domain.request import LeaveRequest
from leave.domain.values import replace
from leave.services.ports import OpenRequest, OpenRequests, Sweep, Sweeps, Unmailed
from tests.examples import examples
from tests.leave import strategies
from tests.leave.builders import (
    NOW,
    R1,
    TASK_TOKEN,
    TODAY,
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
from tests.leave.fake_sweeps import FakeOpenRequests, FakeSweeps
from tests.leave.fakes import FakeMetrics

# The port `OpenRequests`


def walk(open_requests: OpenRequests, limit: int = 100) -> Iterator[OpenRequest]:
    cursor = ""
    while page := open_requests.after(cursor, limit):
        assert len(page) <= limit
        yield from page
        cursor = page[-1].cursor


def ids(items: Iterable[OpenRequest]) -> list[str]:
    return [item.request.request_id for item in items]


@dataclass(frozen=True, kw_only=True)
class Both:
    """The requests, and those of them that are open."""

    requests: DynamoRequests | FakeRequests
    open_requests: OpenRequests

    def add(self, request: LeaveRequest) -> LeaveRequest:
        self.requests.add(request, [], None)
        return request

    def walk(self, limit: int = 100) -> list[OpenRequest]:
        return list(walk(self.open_requests, limit))


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


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_each_is_found_once_and_those_of_one_approver_together(both: Both, limit: int) -> None:
    assert both.walk() == []
    leads = ["E001", "E010", "E1", "#E2", "Ä/3", "E001#", *(f"L{n}" for n in range(20))]
    added = [both.add(asked_of(lead, number)) for number, lead in enumerate(leads * 3, start=1)]
    found = both.walk(limit)
    assert sorted(ids(found)) == [request.request_id for request in added]
    assert all(
        i.request.approver and i.approver_id == i.request.approver.employee_id for i in found
    )
    groups = [lead for lead, _ in groupby(item.approver_id for item in found)]
    assert sorted(groups) == sorted(leads)
    for lead in leads:
        theirs = ids(item for item in found if item.approver_id == lead)
        assert theirs == sorted(theirs), "the oldest first"


def test_those_of_one_approver_are_found_together(both: Both) -> None:
    leads = ["E001", "E0", "E001#", "E01", "#E001"]
    for number, lead in enumerate(leads * 3, start=1):
        both.add(asked_of(lead, number))
    both.add(a_request(an_id(99)))
    for number, lead in enumerate(leads, start=1):
        theirs = [an_id(number + 5 * more) for more in range(3)]
        assert both.open_requests.of_approver(lead) == theirs
    assert both.open_requests.of_approver("E") == []
    asked = asked_of("E001", 1)
    both.requests.replace(asked, asked.decide(Decision.APPROVED, comment="", at=NOW))
    assert an_id(1) in both.open_requests.of_approver("E001"), "whose outcome is to be told"


def test_however_many_wait_all_are_found(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the index answers page by page."""
    for number in range(1, 8):
        both.add(asked_of("E001", number))
    if isinstance(both.open_requests, DynamoOpenRequests):
        client = both.open_requests.table.client
        query = client.query
        monkeypatch.setattr(client, "query", partial(query, Limit=2))
    assert both.open_requests.of_approver("E001") == [an_id(number) for number in range(1, 8)]


def test_a_cursor_goes_on_after_its_request(both: Both) -> None:
    for number in range(1, 40):
        both.add(asked_of(f"L{number % 7}", number))
    found = both.walk()
    for place, item in enumerate(found):
        rest = both.open_requests.after(item.cursor, 5)
        assert ids(rest) == ids(found[place + 1 : place + 1 + len(rest)])
        assert rest or place == len(found) - 1


def test_what_nobody_was_asked_about_is_found_with_no_approver(both: Both) -> None:
    for number in (1, 2, 3):
        both.add(a_request(an_id(number)))
    assert [item.approver_id for item in both.walk()] == ["", "", ""]


def test_what_is_closed_is_gone_and_what_is_opened_is_there(both: Both) -> None:
    request = both.add(an_asked_request())
    assert ids(both.walk()) == [R1]
    for after, expected in (
        (request.decide(Decision.APPROVED, comment="", at=NOW), [R1]),  # an outcome to tell
        (a_cancellation(), [R1]),  # a question
        (a_decided_request().mark_outcome_mailed(), []),
    ):
        written = replace(after, version=request.version + 1)
        both.requests.replace(request, written)
        request = written
        assert ids(both.walk()) == expected


def test_a_request_that_gets_another_approver_is_found_with_the_new_one(both: Both) -> None:
    request = both.add(an_asked_request())
    jane = Person(employee_id="E003", name="Jane Cook")
    both.requests.replace(request, request.ask(jane, task_token=TASK_TOKEN, at=NOW))
    assert [item.approver_id for item in both.walk()] == ["E003"]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_ledgers_are_found_until_the_mails_about_their_adjustments_are_out(
    both: Both, limit: int
) -> None:
    keys = [(who, year) for who in ("E#2", "E002", "Ä/3") for year in (2027, 2028)]
    ledgers = [Ledger(employee_id=who, year=year) for who, year in keys]
    adjusted = [ledger.with_adjustment(an_adjustment()) for ledger in ledgers]
    both.requests.write_ledgers([*adjusted, a_ledger(2029, a_booking())])
    both.add(an_asked_request())

    def found() -> list[tuple[str, int | None]]:
        pages: list[Unmailed] = []
        while page := both.open_requests.unmailed(pages[-1] if pages else None, limit):
            pages += page
        return [(one.employee_id, one.year) for one in pages]

    def stored() -> Ledger:
        return both.requests.ledgers(["E002"], [2027])["E002", 2027]

    assert sorted(found()) == sorted(keys)
    assert [who for who, _ in groupby(found(), key=lambda key: key[0])] == ["E#2", "E002", "Ä/3"]
    both.requests.write_ledgers([replace(stored(), mailed=1)])
    assert set(keys) - set(found()) == {("E002", 2027)}
    both.requests.write_ledgers([stored().with_adjustment(an_adjustment())])
    assert sorted(found()) == sorted(keys)
    assert ids(both.walk()) == [R1]


# The index


def test_only_what_is_open_has_the_attributes_of_the_index(table: Table) -> None:
    requests = DynamoRequests(table)

    def item() -> dict[str, Any]:
        return table.get(f"REQUEST#{R1}", "REQUEST") or {}

    requests.add(an_asked_request(), [], None)
    assert item()["openKey"] == f"E001#{R1}"
    assert 0 <= int(item()["openShard"]) < SHARDS
    requests.replace(an_asked_request(), a_decided_request().mark_outcome_mailed())
    assert "status" in item()
    assert not {"openShard", "openKey"} & item().keys()


def test_the_requests_of_one_approver_share_a_shard_and_those_of_nobody_do_not() -> None:
    def shards(requests: Iterable[LeaveRequest]) -> int:
        return len({index_key(request)["openShard"] for request in requests})

    assert shards(asked_of("E001", n) for n in range(50)) == 1
    assert shards(asked_of(f"E{n}", 1) for n in range(200)) == SHARDS
    assert shards(a_request(an_id(n)) for n in range(200)) == SHARDS


def test_what_the_index_still_knows_and_nobody_needs_is_left_out(table: Table) -> None:
    """An index is a moment behind, however long a stretch of it."""
    requests = DynamoRequests(table)
    for number in range(1, 8):
        requests.add(asked_of("E001", number), [], None)
    closed = {an_id(number) for number in range(1, 7)}

    def read(request_ids: Iterable[str]) -> list[LeaveRequest]:
        return [
            request.expire(at=NOW).mark_outcome_mailed()
            if request.request_id in closed
            else request
            for request in requests.get_all(request_ids)
        ]

    behind = DynamoOpenRequests(table=table, read=read, metrics=FakeMetrics())
    (item,) = behind.after("", 2)
    assert item.request.request_id == an_id(7)
    assert behind.after(item.cursor, 2) == ()


def test_a_record_that_is_broken_does_not_hide_the_others(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    requests, metrics = DynamoRequests(table), FakeMetrics()
    index = DynamoOpenRequests(table=table, read=requests.get_all, metrics=metrics)
    for number in range(1, 6):
        requests.add(asked_of("E001", number), [], None)
    for number, name in ((2, "status"), (4, "plan")):
        item = table.get(f"REQUEST#{an_id(number)}", "REQUEST")
        assert item is not None
        table.put(table.put_request({**item, name: "no such thing"}))
    for limit in (1, 2, 100):
        assert ids(walk(index, limit)) == [an_id(1), an_id(3), an_id(5)]
    broken = {vars(record)["leaveRequestId"] for record in caplog.records}
    assert broken == {an_id(2), an_id(4)}
    assert metrics.names == ["SweepFailures"] * len(caplog.records)


# The port `Sweeps`

BEGUN = Sweep(day=TODAY, leased_until=NOW + timedelta(minutes=5))


@pytest.fixture(params=["dynamodb", "fake"])
def sweeps(request: pytest.FixtureRequest) -> Sweeps:
    """Return each of the two."""
    if request.param == "fake":
        return FakeSweeps()
    return DynamoSweeps(request.getfixturevalue("table"))


def test_what_is_saved_is_the_last_sweep(sweeps: Sweeps) -> None:
    assert sweeps.last() is None
    first = sweeps.save(BEGUN)
    assert first == replace(BEGUN, version=1) == sweeps.last()
    second = sweeps.save(replace(first, cursor="07/E001#r1", oldest=4, passing=("r1", "r2")))
    assert second.version == 2
    assert sweeps.last() == second
    third = sweeps.save(replace(second, cursor="", finished=True))
    assert sweeps.last() == third


@pytest.mark.parametrize("behind", [1, 2, 3])
def test_who_has_lost_the_sweep_can_not_write(sweeps: Sweeps, behind: int) -> None:
    versions = [BEGUN]
    for _ in range(3):
        versions.append(sweeps.save(versions[-1]))
    with pytest.raises(ConflictError):
        sweeps.save(replace(versions[-1 - behind], finished=True))
    assert sweeps.last() == versions[-1]


def test_each_approver_has_a_last_reminder_of_their_own(sweeps: Sweeps) -> None:
    tomorrow = TODAY + timedelta(days=1)
    for who, day in (("E001", TODAY), ("E001", tomorrow), ("E002", TODAY)):
        sweeps.mark_reminded(who, day)
    found = [sweeps.reminded(who) for who in ("E001", "E002", "E003")]
    assert found == [tomorrow, TODAY, None]


def test_the_day_of_a_reminder_never_goes_back(sweeps: Sweeps) -> None:
    """A sweep may go on after midnight, when the next one has begun."""
    sweeps.mark_reminded("E001", TODAY + timedelta(days=1))
    sweeps.mark_reminded("E001", TODAY)
    assert sweeps.reminded("E001") == TODAY + timedelta(days=1)


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
