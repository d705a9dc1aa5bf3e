"""The employees: found by id, mail address, feed and lead, as last imported."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from leave.adapters.dynamodb.directory import AuditEntry, DynamoDirectory
from leave.domain.errors import ConflictError
from leave.domain.values import Secret, replace
from tests.examples import examples
from tests.leave.builders import JANE, JIM, JOHN, an_employee
from tests.leave.strategies import employees

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Table
    from leave.domain.employee import Employee


@pytest.fixture
def directory(table: Table) -> DynamoDirectory:
    """Return the directory with the seed's three employees."""
    directory = DynamoDirectory(table)
    for employee in (JOHN, JIM, JANE):
        directory.write(employee, before=None)
    return directory


def without_feed(employee: Employee) -> Employee:
    return replace(employee, feed=None)


def all_keys(directory: DynamoDirectory) -> set[tuple[str, str]]:
    items = directory.table.client.scan(TableName=directory.table.name)["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]) for item in items}


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(few=10, full=25),
)
@given(employee=employees())
def test_every_field_comes_back_by_every_way(
    directory: DynamoDirectory, employee: Employee
) -> None:
    directory.write(employee, before=directory.by_id(employee.employee_id))
    assert directory.by_id(employee.employee_id) == employee
    assert directory.by_email(employee.email) == employee
    if employee.feed is not None:
        assert directory.by_feed(employee.feed.reveal()) == without_feed(employee)
    if employee.lead_id is not None:
        assert without_feed(employee) in directory.team(employee.lead_id)


def test_an_address_finds_its_employee_whatever_its_case(directory: DynamoDirectory) -> None:
    assert directory.by_email("JIM@Foo.COM") == JIM
    directory.write(replace(JANE, email="Jane@foo.com"), before=JANE)
    found = directory.by_email("jane@foo.com")
    assert found is not None
    assert found.email == "Jane@foo.com"


@pytest.mark.parametrize("nobody", ["", "E404", "e002", "E002#PROFILE", "jim@foo.com"])
def test_an_unknown_id_finds_nobody(directory: DynamoDirectory, nobody: str) -> None:
    assert directory.by_id(nobody) is None


@pytest.mark.parametrize("nobody", ["", "nobody@foo.com", "E002", " jim@foo.com"])
def test_an_unknown_address_finds_nobody(directory: DynamoDirectory, nobody: str) -> None:
    assert directory.by_email(nobody) is None


@pytest.mark.parametrize("nobody", ["", "E002", "feed-of-E404", "feed-of-E002 ", "x" * 5_000])
def test_an_unknown_feed_finds_nobody(directory: DynamoDirectory, nobody: str) -> None:
    assert directory.by_feed(nobody) is None


def test_the_digest_of_a_feed_does_not_open_it(directory: DynamoDirectory) -> None:
    digest = hashlib.sha256(b"feed-of-E002").hexdigest()
    assert (f"FEED#{digest}", "PROFILE") in all_keys(directory)
    assert directory.by_feed(digest) is None
    assert directory.by_feed("feed-of-E002") == without_feed(JIM)


def test_the_secret_of_a_feed_is_stored_where_its_owner_is_looked_up_only(
    directory: DynamoDirectory,
) -> None:
    """The function that answers anybody reads the other copies."""
    items = directory.table.client.scan(TableName=directory.table.name)["Items"]
    holders = {item["pk"]["S"] for item in items if "feed-of-E002" in str(item)}
    assert holders == {"EMPLOYEE#E002", "EMAIL#jim@foo.com"}


def test_a_team_is_those_who_have_this_lead(directory: DynamoDirectory) -> None:
    assert list(directory.team("E001")) == [without_feed(JIM), without_feed(JANE)]
    assert list(directory.team("E002")) == []
    assert list(directory.team("")) == []


def test_writing_again_replaces_what_was_there(directory: DynamoDirectory) -> None:
    moved = replace(JIM, lead_id="E003", name="James O'Dell")
    directory.write(moved, before=JIM)
    assert directory.by_id("E002") == directory.by_email("jim@foo.com") == moved
    assert directory.by_feed("feed-of-E002") == without_feed(moved)
    assert list(directory.team("E001")) == [without_feed(JANE)]
    assert list(directory.team("E003")) == [without_feed(moved)]


def test_no_key_of_what_was_is_left_behind(directory: DynamoDirectory) -> None:
    keys = all_keys(directory)
    changed = replace(JIM, lead_id="E003", email="james@foo.com", feed=Secret("another"))
    directory.write(changed, before=JIM)
    assert len(all_keys(directory)) == len(keys)
    directory.write(replace(changed, lead_id=None, feed=None), before=changed)
    assert len(all_keys(directory)) == len(keys) - 2
    directory.write(JIM, before=replace(changed, lead_id=None, feed=None))
    assert all_keys(directory) == keys


def test_a_feed_that_was_replaced_no_longer_opens(directory: DynamoDirectory) -> None:
    directory.write(replace(JIM, feed=Secret("another")), before=JIM)
    assert directory.by_feed("feed-of-E002") is None
    assert directory.by_feed("another") is not None


def test_an_address_that_was_given_up_no_longer_lets_its_old_owner_in(
    directory: DynamoDirectory,
) -> None:
    directory.write(replace(JIM, email="james@foo.com"), before=JIM)
    assert directory.by_email("jim@foo.com") is None
    assert directory.by_email("james@foo.com") == directory.by_id("E002")


def test_an_address_that_passed_to_somebody_else_stays_theirs(
    directory: DynamoDirectory,
) -> None:
    heir = an_employee("E004", email="jim@foo.com")
    directory.write(heir, before=None)
    directory.write(replace(JIM, email="james@foo.com"), before=JIM)
    assert directory.by_email("jim@foo.com") == heir


def test_two_employees_can_swap_their_addresses(directory: DynamoDirectory) -> None:
    jim, jane = replace(JIM, email=JANE.email), replace(JANE, email=JIM.email)
    directory.write(jim, before=JIM)
    directory.write(jane, before=JANE)
    assert directory.by_email(JANE.email) == jim
    assert directory.by_email(JIM.email) == jane


def test_an_address_in_another_case_is_the_same_key(directory: DynamoDirectory) -> None:
    loud = replace(JIM, email="JIM@foo.com")
    directory.write(loud, before=JIM)
    assert directory.by_email("jim@foo.com") == loud


STALE = [
    pytest.param(replace(JIM, name="James O'Dell"), id="another-value"),
    pytest.param(replace(JIM, lead_id=None), id="a-value-that-is-there"),
    pytest.param(replace(JIM, substitute_id="E003"), id="a-value-that-is-gone"),
    pytest.param(None, id="new"),
]


@pytest.mark.parametrize("before", STALE)
def test_nothing_is_written_over_what_the_writer_did_not_see(
    directory: DynamoDirectory, before: Employee | None
) -> None:
    keys = all_keys(directory)
    entry = AuditEntry(
        at=datetime(2027, 6, 1, tzinfo=UTC),
        kind="directory",
        actor="arn:aws:iam::1:user/hr",
        channel="import",
        employee_id="E002",
        what="changed",
        changes={"name": ("Jim", "Jimmy")},
    )
    after = replace(JIM, name="Jimmy", email="jimmy@foo.com")
    with pytest.raises(ConflictError):
        directory.write(after, before=before, audit=entry)
    assert directory.by_id("E002") == directory.by_email("jim@foo.com") == JIM
    assert all_keys(directory) == keys


def test_an_employee_who_is_gone_is_not_written_again(directory: DynamoDirectory) -> None:
    unknown = an_employee("E404", email="gone@foo.com")
    with pytest.raises(ConflictError):
        directory.write(replace(unknown, name="Ann"), before=unknown)
    assert directory.by_id("E404") is None


def test_everybody_is_everybody_once(directory: DynamoDirectory) -> None:
    directory.write(an_employee("E002#PROFILE", email="odd@foo.com"), before=None)
    found = sorted(employee.employee_id for employee in directory.everybody())
    assert found == ["E001", "E002", "E002#PROFILE", "E003"]


def test_the_directory_is_not_confused_by_what_else_is_in_the_table(
    directory: DynamoDirectory, table: Table
) -> None:
    for pk, sk in (("LEDGER#E002", "LEDGER#2027"), ("EMPLOYEE#E002", "LATER")):
        table.put(table.put_request({"pk": pk, "sk": sk}))
    table.put(table.put_request({"pk": "REQUEST#r1", "sk": "REQUEST"}))
    assert len(list(directory.everybody())) == 3
