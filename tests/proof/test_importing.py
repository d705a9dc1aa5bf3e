"""Imports that die at any call, and two that come at once, over the real adapter of DynamoDB."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count, islice
from typing import Any

import pytest
from moto import mock_aws

from leave.adapters.dynamodb import directory as adapter
from leave.adapters.dynamodb.directory import employee_from_item
from leave.adapters.dynamodb.table import decode
from leave.domain.employee import Employee
from leave.domain.errors import ConcurrentImportError, DirectoryMistakesError
from leave.domain.history import EventType, Person
from leave.domain.values import replace
from leave.services.directory_file import write_text
from leave.services.import_directory import Imported, ImportOptions
from tests.leave.adapters.conftest import SESSION
from tests.leave.builders import JANE, JIM, JOHN, an_employee
from tests.leave.fakes import FakeClock
from tests.leave.services.stage import ADMIN_CALLS
from tests.proof.conftest import Size
from tests.proof.interleavings import Turns
from tests.proof.orders import every_difference
from tests.proof.reporting import Recorder
from tests.proof.scenes import MARY, PEOPLE, DynamoStage, Scene

pytestmark = pytest.mark.usefixtures("nobody_sleeps")
PROMISE = "An import can be interrupted, and two come at once"
ANN = an_employee("E004", name="Ann Other", email="ann@foo.com")
BOSS = replace(JOHN, lead_id=MARY.employee_id)
# Two exchange their addresses, one gets another lead, one is renamed, and one is new.
WANTED = (
    replace(BOSS, name="John C. Carpenter"),
    replace(JIM, email=JANE.email, lead_id=MARY.employee_id),
    replace(JANE, email=JIM.email),
    MARY,
    ANN,
)
OTHER = (BOSS, replace(JIM, name="James O'Dell"), replace(JANE, lead_id=MARY.employee_id), MARY)
HR = Person(employee_id="hr@foo.com", name="hr@foo.com")
WRITES = ImportOptions(is_dry_run=False)


class Dead(BaseException):
    """The function ended here."""


class Dying:
    """A client whose call of one number is the last one, before or after it takes effect."""

    def __init__(self, client: Any, number: int, when: str) -> None:
        self._client, self._number, self._when = client, number, when
        self.calls = count(1)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            dies = next(self.calls) == self._number
            if dies and self._when == "before":
                raise Dead
            answer = getattr(self._client, name)(**arguments)
            if dies:
                raise Dead
            return answer

        return call


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(adapter, "_EMPLOYEES_A_TRANSACTION", 2)
    with mock_aws():
        yield SESSION.client("dynamodb")


def a_stage(dynamodb: Any) -> DynamoStage:
    for name in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=name)
    return DynamoStage.over(dynamodb, PEOPLE)


def load(stage: DynamoStage, people: tuple[Employee, ...], *, seconds: int = 0) -> Imported:
    """Import a file with these people, for whatever is there, so many seconds later."""
    clock = FakeClock(moment=stage.clock.moment + timedelta(seconds=seconds))
    importing = dataclasses.replace(stage.import_directory, clock=clock)
    return importing(write_text(people).encode(), WRITES, caller=ADMIN_CALLS, actor=HR)


def items_of(stage: DynamoStage) -> dict[tuple[str, str], dict[str, Any]]:
    found = map(decode, stage.table.client.scan(TableName=stage.table.name)["Items"])
    return {(item["pk"], item["sk"]): item for item in found}


def told(people: Any) -> list[Employee]:
    """Return what a file says of people, in order."""
    plain = (replace(e, feed=None, accounts_since=0) for e in people)
    return sorted(plain, key=lambda e: e.employee_id)


def assert_every_copy_is_right(stage: DynamoStage) -> list[Employee]:
    """Check that each employee stands under their own keys and no other; return them."""
    items = items_of(stage)
    kinds = ("EMPLOYEE#", "EMAIL#", "FEED#", "TEAM#", "EMPLOYEES")
    copies = {key: item for key, item in items.items() if key[0].startswith(kinds)}
    people = {
        key[0]: employee_from_item(item)
        for key, item in copies.items()
        if key[0].startswith("EMPLOYEE#")
    }
    expected = {key for employee in people.values() for key, _ in adapter._copies(employee)}
    assert copies.keys() == expected
    for key, item in copies.items():
        owner = people[f"EMPLOYEE#{item['employeeId']}"]
        whole = key[0].startswith(("FEED#", "TEAM#"))
        assert employee_from_item(item) == (replace(owner, feed=None) if whole else owner), key
    return list(people.values())


def entries_of(stage: DynamoStage) -> list[str]:
    found = (item for key, item in items_of(stage).items() if key[0].startswith("AUDIT#"))
    return sorted(item["employeeId"] for item in found)


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_import_that_dies_at_any_call_is_finished_by_the_same_file(
    dynamodb: Any, when: str, report: Recorder
) -> None:
    deaths = 0
    for number in islice(count(1), None):
        scene = Scene(turns=Turns(min), stage=a_stage(dynamodb))
        stage = scene.stage
        assert isinstance(stage, DynamoStage)
        request_id = scene.asked().partition(".")[0]
        client = stage.table.client
        stage.table.client = dying = Dying(client, number, when)
        try:
            load(stage, WANTED)
        except Dead:
            deaths += 1
        stage.table.client = client
        assert_every_copy_is_right(stage)
        is_over = next(dying.calls) <= number
        done = load(stage, WANTED)
        note = f"died {when} call {number}"
        assert (done.is_written, done.remaining) == (True, 0), note
        assert told(assert_every_copy_is_right(stage)) == told(WANTED), note
        assert entries_of(stage) == ["E001", "E002", "E003", "E004"], note
        events = [event.type for event in stage.requests.get(request_id).history]
        assert events.count(EventType.REROUTED) == 1, note
        assert stage.workflow.failures, note
        if is_over:
            break
    report(PROMISE, f"calls {when} which an import died", deaths)
    assert deaths > 8


def test_of_two_imports_at_once_one_is_whole(dynamodb: Any, size: Size, report: Recorder) -> None:
    orders = refused = 0

    def play(turns: Turns) -> None:
        nonlocal refused
        scene = Scene(turns=turns, stage=a_stage(dynamodb))
        stage = scene.stage
        assert isinstance(stage, DynamoStage)
        results = scene.play(lambda: load(stage, WANTED), lambda: load(stage, OTHER, seconds=1))
        people = told(assert_every_copy_is_right(stage))
        late = [result for result in results if isinstance(result, ConcurrentImportError)]
        whole = [isinstance(result, Imported) for result in results]
        # Ann, whom the first file added, is missing in the other one.
        missing = [isinstance(result, DirectoryMistakesError) for result in results]
        assert len(late) + sum(whole) + sum(missing) == len(results)
        assert any(whole)
        # Whoever wrote last read what the other had written, and finished.
        assert people in (told(WANTED), told(OTHER))
        refused += len(late)

    for _ in islice(every_difference(play), size(small=40, full=2_000)):
        orders += 1
    report(PROMISE, "orders of two imports at once", orders)
    report(PROMISE, "imports that were refused in them", refused)
    assert 0 < refused <= orders
