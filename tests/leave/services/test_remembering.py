"""Reading in one call what is needed together, once, and never more than fits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from leave.services.remembering import MOST, Remembering
from tests.leave.builders import JIM, JOHN, R1, a_request
from tests.leave.services.stage import FakeStage

if TYPE_CHECKING:
    from leave.services.record_ports import Found
    from tests.leave.fake_records import FakeRecords


@dataclass
class Listening:
    """Fills in for `Records`, and keeps what it was asked for."""

    records: FakeRecords
    asked: list[dict[str, list[Any]]] = field(default_factory=list[dict[str, list[Any]]])

    def read(self, **keys: Any) -> Found:
        self.asked.append({kind: list(some) for kind, some in keys.items() if some})
        return self.records.read(**keys)


@pytest.fixture
def records() -> Listening:
    stage = FakeStage()
    stage.requests.put(a_request(R1))
    return Listening(stage.records)


def test_what_is_expected_is_read_in_one_call_and_not_again(records: Listening) -> None:
    memory = Remembering(records=records)
    memory.expect(
        requests=[R1],
        employees=["E001", "E002", "E001"],
        emails=["Jim@foo.com"],
        ledgers=[("E002", 2027)],
        idempotency_records=[("E002", "key")],
    )
    assert memory.get(R1) == a_request(R1)
    assert (memory.by_id("E001"), memory.by_id("E002")) == (JOHN, JIM)
    assert memory.by_email("JIM@FOO.COM") == JIM
    assert memory.ledgers(["E002"], [2027])["E002", 2027].bookings
    assert memory.idempotency_record("E002", "key") is None
    assert records.asked == [
        {
            "requests": [R1],
            "employees": ["E001", "E002"],
            "emails": ["jim@foo.com"],
            "ledgers": [("E002", 2027)],
            "idempotency_records": [("E002", "key")],
        }
    ]


def test_only_what_is_not_known_yet_is_read(records: Listening) -> None:
    memory = Remembering(records=records)
    memory.expect(ledgers=[("E002", 2027)])
    assert set(memory.ledgers(["E002"], [2026, 2027])) == {("E002", 2026), ("E002", 2027)}
    assert memory.by_id("E404") is memory.by_id("E404") is None
    assert records.asked == [
        {"ledgers": [("E002", 2027)]},
        {"ledgers": [("E002", 2026)]},
        {"employees": ["E404"]},
    ]


def test_a_new_memory_knows_nothing_of_an_older_one(records: Listening) -> None:
    for _ in range(2):
        Remembering(records=records).by_id("E001")
    assert len(records.asked) == 2


def test_a_full_memory_begins_anew_and_still_answers_what_it_is_asked(records: Listening) -> None:
    memory = Remembering(records=records)
    memory.expect(ledgers=[("E002", 2027), *((f"X{n}", 2027) for n in range(MOST))])
    found = memory.ledgers(["E002", "E003"], [2027])
    assert set(found) == {("E002", 2027), ("E003", 2027)}
    assert records.asked[-1] == {"ledgers": [("E002", 2027), ("E003", 2027)]}
