"""What a unit of work reads and writes, and how an attempt is repeated after a conflict."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from leave.domain.errors import (
    ConflictError,
    UnavailableError,
    UnknownEmployeeError,
    UnknownRequestError,
)
from leave.services import unit_of_work
from leave.services.ports import (
    EmailKey,
    EmployeeKey,
    IdempotencyKey,
    IdempotencyRecord,
    LedgerKey,
    RecordKey,
    Records,
    RequestKey,
)
from leave.services.unit_of_work import ATTEMPTS, CACHED, UnitOfWork, retry_on_conflict
from tests.leave.builders import JIM, JOHN, NOW, R1, R2, R3, a_booking, a_ledger, a_request
from tests.leave.hooks import raising
from tests.leave.services.stage import FakeStage


@dataclass
class Listening:
    """Notes the keys of each call."""

    records: Records
    asked: list[list[RecordKey]] = field(default_factory=list)

    def read(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Any]:
        self.asked.append(list(keys))
        return self.records.read(keys)


@pytest.fixture
def stage() -> FakeStage:
    stage = FakeStage()
    stage.requests.put(a_request(R1))
    return stage


def listening(stage: FakeStage) -> tuple[UnitOfWork, list[list[RecordKey]]]:
    uow = stage.begin()
    records = Listening(uow.records)
    uow.records = records
    return uow, records.asked


def a_key(employee_id: str, year: int = 2027) -> LedgerKey:
    return LedgerKey(employee_id=employee_id, year=year)


def test_what_is_prefetched_is_read_in_one_call_and_not_again(stage: FakeStage) -> None:
    uow, asked = listening(stage)
    uow.prefetch(
        requests=[R1],
        employees=["E001", "E002", "E001"],
        emails=["Jim@foo.com"],
        ledgers=[("E002", 2027)],
        idempotency_records=[KEY],
    )
    assert uow.request(R1) == a_request(R1)
    assert (uow.employee("E001"), uow.employee("E002")) == (JOHN, JIM)
    assert uow.employee_by_email("JIM@FOO.COM") == JIM
    assert uow.ledgers(["E002"], [2027])["E002", 2027].bookings
    assert uow.idempotency_record(KEY) is None
    assert asked == [
        [
            RequestKey(request_id=R1),
            EmployeeKey(employee_id="E001"),
            EmployeeKey(employee_id="E002"),
            EmailKey(email="jim@foo.com"),
            a_key("E002"),
            KEY,
        ]
    ]


def test_only_what_is_not_known_yet_is_read(stage: FakeStage) -> None:
    uow, asked = listening(stage)
    uow.prefetch(ledgers=[("E002", 2027)])
    assert set(uow.ledgers(["E002"], [2026, 2027])) == {("E002", 2026), ("E002", 2027)}
    assert uow.find_employee("E404") is uow.find_employee("E404") is None
    assert asked == [[a_key("E002")], [a_key("E002", 2026)], [EmployeeKey(employee_id="E404")]]


def test_a_full_cache_begins_anew_and_still_answers_what_it_is_asked(stage: FakeStage) -> None:
    uow, asked = listening(stage)
    uow.prefetch(ledgers=[("E002", 2027), *((f"X{n}", 2027) for n in range(CACHED))])
    found = uow.ledgers(["E002", "E003"], [2027])
    assert set(found) == {("E002", 2027), ("E003", 2027)}
    assert asked[-1] == [a_key("E002"), a_key("E003")]


def test_what_is_missing_is_an_error_where_it_has_to_be_there(stage: FakeStage) -> None:
    uow = stage.begin()
    with pytest.raises(UnknownRequestError):
        uow.request("0" * 26)
    with pytest.raises(UnknownEmployeeError):
        uow.employee("E404")


def test_assumed_employees_take_the_place_of_the_stored_ones(stage: FakeStage) -> None:
    uow, asked = listening(stage)
    uow.assume([JOHN])
    stage.directory.remove(JOHN.employee_id)
    assert uow.employee("E001") == JOHN
    assert asked == []


def test_nothing_is_written_before_the_commit_and_then_all_at_once(stage: FakeStage) -> None:
    uow = stage.begin()
    before, ledger = uow.request(R1), a_ledger(2030, a_booking())
    after = before.mark_unsent()
    uow.replace(before, after)
    uow.save_ledgers([ledger])
    assert stage.request == before
    uow.commit()
    assert stage.request == uow.request(R1) == after
    assert uow.ledgers(["E002"], [2030])["E002", 2030].version == 1
    uow.commit()
    assert stage.request == after, "a second commit writes nothing"


def test_a_commit_that_meets_another_write_writes_nothing(stage: FakeStage) -> None:
    uow = stage.begin()
    before = uow.request(R1)
    stage.requests.replace(before, before.mark_unsent())
    uow.replace(before, before.mark_outcome_mailed())
    uow.save_ledgers([a_ledger(2030, a_booking())])
    with pytest.raises(ConflictError):
        uow.commit()
    assert stage.requests.book("E002", 2030).version == 0
    assert stage.metrics.names == []


KEY = IdempotencyKey(caller="E002", route="POST /request_leave", key="key")
RECORD = IdempotencyRecord(key=KEY, body_digest="d", status=202, at=NOW)


def save_two_changes(uow: UnitOfWork) -> None:
    before = uow.request(R1)
    uow.replace(before, before.mark_unsent())
    uow.replace(before, before.mark_entry_uncertain())


def save_two_new_requests(uow: UnitOfWork) -> None:
    uow.add(a_request(R2))
    uow.add(a_request(R3))


def save_ledgers_twice(uow: UnitOfWork) -> None:
    uow.save_ledgers([a_ledger(2030)])
    uow.save_ledgers([a_ledger(2031)])


def save_two_idempotency_records(uow: UnitOfWork) -> None:
    uow.save_idempotency_record(RECORD)
    uow.save_idempotency_record(RECORD)


@pytest.mark.parametrize(
    "save",
    [
        *(save_two_changes, save_two_new_requests),
        *(save_ledgers_twice, save_two_idempotency_records),
    ],
)
def test_what_a_commit_cannot_write_is_refused_and_not_lost(
    stage: FakeStage, save: Callable[[UnitOfWork], None]
) -> None:
    uow, before = stage.begin(), stage.request
    with pytest.raises(NotImplementedError):  # noqa: PT012 - either may refuse
        save(uow)
        uow.commit()
    assert stage.request == before
    assert list(stage.requests.stored) == [R1]
    assert stage.requests.keys == {}
    assert stage.requests.book("E002", 2030).version == 0


@dataclass
class UseCase:
    """Raises what is `left`, one at each attempt."""

    left: list[type[Exception]]
    units: list[UnitOfWork] = field(default_factory=list)
    stage: FakeStage = field(default_factory=FakeStage)

    def begin(self) -> UnitOfWork:
        self.units.append(self.stage.begin())
        return self.units[-1]

    @retry_on_conflict
    def attempt(self, uow: UnitOfWork, word: str) -> str:
        assert uow is self.units[-1]
        if self.left:
            raise self.left.pop()
        return word


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that were slept."""
    slept: list[float] = []
    monkeypatch.setattr(unit_of_work, "time", SimpleNamespace(sleep=slept.append))
    return slept


@pytest.mark.parametrize("times", [0, 1, ATTEMPTS - 1])
def test_after_a_conflict_a_new_unit_is_begun(pauses: list[float], times: int) -> None:
    case = UseCase([ConflictError] * times)
    assert case.attempt("written") == "written"
    assert (len(pauses), len(case.units)) == (times, times + 1)


def test_a_conflict_of_the_commit_is_one_as_well(pauses: list[float], stage: FakeStage) -> None:
    case = UseCase([], stage=stage)

    @retry_on_conflict
    def mark(_: UseCase, uow: UnitOfWork) -> None:
        uow.replace(uow.request(R1), uow.request(R1).mark_entry_uncertain())

    stage.requests.hooks.before("replace", raising(ConflictError("another write")))
    mark(case)
    assert stage.request.entry_uncertain
    assert len(pauses) == 1


def test_the_pauses_may_grow_and_stay_short_for_the_caller(pauses: list[float]) -> None:
    with pytest.raises(UnavailableError, match="try again"):
        UseCase([ConflictError] * ATTEMPTS).attempt("never")
    assert len(pauses) == ATTEMPTS - 1, "the caller does not wait after the last one"
    assert all(0 <= pause <= 0.02 * 2**number for number, pause in enumerate(pauses))
    assert sum(0.02 * 2**number for number in range(ATTEMPTS - 1)) < 10


@pytest.mark.parametrize("error", [UnavailableError, ValueError])
def test_nothing_but_a_conflict_is_tried_again(pauses: list[float], error: type[Exception]) -> None:
    case = UseCase([error, error])
    with pytest.raises(error):
        case.attempt("never")
    assert (len(case.left), pauses) == (1, [])
