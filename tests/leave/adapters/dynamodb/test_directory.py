"""The directory: what its port promises, of adapter and fake, and how the adapter keeps it."""

import hashlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.table import Table
from leave.domain.employee import Employee
from leave.domain.errors import ConflictError
from leave.domain.values import Secret, replace
from leave.services.ports import AuditEntry
from tests.examples import examples
from tests.leave.builders import JANE, JIM, JOHN, NOW, an_employee
from tests.leave.fakes import FakeDirectory
from tests.leave.strategies import employees

LOUD_JANE = replace(JANE, email="Jane@Foo.com")
SILENT_JOHN = replace(JOHN, feed=None)


def written(table: Table, *people: Employee) -> DynamoDirectory:
    directory = DynamoDirectory(table)
    for employee in people:
        directory.write(employee, before=None)
    return directory


def without_feed(employee: Employee) -> Employee:
    return replace(employee, feed=None)


# The port


@pytest.fixture(params=["dynamodb", "fake"])
def port(request: pytest.FixtureRequest) -> DynamoDirectory | FakeDirectory:
    """Return each of the two, with three employees."""
    people = (SILENT_JOHN, JIM, LOUD_JANE)
    if request.param == "fake":
        return FakeDirectory(*people)
    return written(request.getfixturevalue("table"), *people)


def test_an_employee_is_found_by_id(port: DynamoDirectory | FakeDirectory) -> None:
    assert port.by_id("E002") == JIM
    for nobody in ("", "E404", "e002", "E002#PROFILE", "jim@foo.com"):
        assert port.by_id(nobody) is None


def test_an_employee_is_found_by_mail_address_whatever_its_case(
    port: DynamoDirectory | FakeDirectory,
) -> None:
    for email in ("jane@foo.com", "Jane@Foo.com", "JANE@FOO.COM"):
        assert port.by_email(email) == LOUD_JANE
    for nobody in ("", "nobody@foo.com", "xjane@foo.com", "E002", " jim@foo.com"):
        assert port.by_email(nobody) is None


def test_an_employee_is_found_by_feed_and_its_secret_is_not(
    port: DynamoDirectory | FakeDirectory,
) -> None:
    assert port.by_feed("feed-of-E002") == without_feed(JIM)
    digest = hashlib.sha256(b"feed-of-E002").hexdigest()
    for nobody in ("", "E002", "feed-of-E001", "feed-of-E002 ", "é", "\ud800", "x" * 5_000, digest):
        assert port.by_feed(nobody) is None


def test_a_team_is_found_by_its_lead_without_the_secrets_of_feeds(
    port: DynamoDirectory | FakeDirectory,
) -> None:
    assert list(port.team("E001")) == [without_feed(JIM), without_feed(LOUD_JANE)]
    assert list(port.team("E002")) == list(port.team("")) == []


# The adapter


@pytest.fixture
def directory(table: Table) -> DynamoDirectory:
    """Return the directory with the seed's three employees."""
    return written(table, JOHN, JIM, JANE)


def items(directory: DynamoDirectory) -> list[dict[str, Any]]:
    return directory.table.client.scan(TableName=directory.table.name)["Items"]


def all_keys(directory: DynamoDirectory) -> set[tuple[str, str]]:
    return {(item["pk"]["S"], item["sk"]["S"]) for item in items(directory)}


def remove_others(directory: DynamoDirectory, employee_id: str) -> None:
    """Free all addresses and feeds of other employees."""
    table = directory.table
    for item in items(directory):
        if item.get("employeeId", {}).get("S") not in {employee_id, None}:
            key = {"pk": item["pk"], "sk": item["sk"]}
            table.client.delete_item(TableName=table.name, Key=key)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(few=10, full=25),
)
@given(employee=employees())
def test_every_field_comes_back_by_every_way(
    directory: DynamoDirectory, employee: Employee
) -> None:
    remove_others(directory, employee.employee_id)
    directory.write(employee, before=directory.by_id(employee.employee_id))
    assert directory.by_id(employee.employee_id) == employee
    assert directory.by_email(employee.email) == employee
    if employee.feed is not None:
        assert directory.by_feed(employee.feed.reveal()) == without_feed(employee)
    if employee.lead_id is not None:
        assert without_feed(employee) in directory.team(employee.lead_id)


def test_the_secret_of_a_feed_is_stored_where_its_owner_is_looked_up_only(
    directory: DynamoDirectory,
) -> None:
    """The function that answers anybody reads the other copies, by a digest."""
    holders = {item["pk"]["S"] for item in items(directory) if "feed-of-E002" in str(item)}
    assert holders == {"EMPLOYEES", "EMPLOYEE#E002", "EMAIL#jim@foo.com"}
    digest = hashlib.sha256(b"feed-of-E002").hexdigest()
    assert (f"FEED#{digest}", "PROFILE") in all_keys(directory)


def test_writing_again_replaces_what_was_there(directory: DynamoDirectory) -> None:
    moved = replace(
        JIM, lead_id="E003", name="James O'Dell", email="james@foo.com", feed=Secret("another")
    )
    directory.write(moved, before=JIM)
    assert directory.by_id("E002") == directory.by_email("james@foo.com") == moved
    assert directory.by_feed("another") == without_feed(moved)
    assert directory.by_email("jim@foo.com") is directory.by_feed("feed-of-E002") is None
    assert list(directory.team("E001")) == [without_feed(JANE)]
    assert list(directory.team("E003")) == [without_feed(moved)]


def test_no_key_of_what_was_is_left_behind(directory: DynamoDirectory) -> None:
    keys = all_keys(directory)
    changed = replace(JIM, lead_id="E003", email="james@foo.com", feed=Secret("another"))
    bare = replace(changed, lead_id=None, feed=None)
    directory.write(changed, before=JIM)
    assert len(all_keys(directory)) == len(keys)
    directory.write(bare, before=changed)
    assert len(all_keys(directory)) == len(keys) - 2
    directory.write(JIM, before=bare)
    assert all_keys(directory) == keys


def test_an_address_that_passed_to_somebody_else_stays_theirs(directory: DynamoDirectory) -> None:
    heir = an_employee("E004", email="jim@foo.com")
    directory.write(heir, before=None, email_from="E002")
    directory.write(replace(JIM, email="james@foo.com"), before=JIM)
    assert directory.by_email("jim@foo.com") == heir


def test_an_address_that_passes_to_somebody_else_meanwhile_stays_theirs(
    directory: DynamoDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    heir = an_employee("E004", email="jim@foo.com")
    write = Table.write

    def after_another_import(self: Table, *operations: Any) -> None:
        monkeypatch.setattr(Table, "write", write)
        DynamoDirectory(self).write(heir, before=None, email_from="E002")
        write(self, *operations)

    monkeypatch.setattr(Table, "write", after_another_import)
    with pytest.raises(ConflictError):
        directory.write(replace(JIM, email="james@foo.com"), before=JIM)
    assert directory.by_email("jim@foo.com") == heir
    assert directory.by_id("E002") == JIM


@pytest.mark.parametrize("giver", [None, "E001"])
def test_an_address_of_somebody_else_is_not_taken(
    directory: DynamoDirectory, giver: str | None
) -> None:
    keys = all_keys(directory)
    with pytest.raises(ConflictError):
        directory.write(an_employee("E004", email="JIM@foo.com"), before=None, email_from=giver)
    with pytest.raises(ConflictError):
        directory.write(replace(JANE, email="jim@foo.com"), before=JANE, email_from=giver)
    assert directory.by_email("jim@foo.com") == JIM
    assert directory.by_email(JANE.email) == JANE
    assert all_keys(directory) == keys


def test_two_employees_can_swap_their_addresses(directory: DynamoDirectory) -> None:
    jim, jane = replace(JIM, email=JANE.email), replace(JANE, email=JIM.email)
    directory.write(jim, before=JIM, email_from="E003")
    directory.write(jane, before=JANE, email_from="E002")
    assert (directory.by_email(JANE.email), directory.by_email(JIM.email)) == (jim, jane)


def test_an_address_in_another_case_is_the_same_key(directory: DynamoDirectory) -> None:
    loud = replace(JIM, email="JIM@foo.com")
    directory.write(loud, before=JIM)
    assert directory.by_email("jim@foo.com") == loud


AN_ENTRY = AuditEntry(
    at=NOW,
    kind="directory",
    actor="user/hr",
    channel="import",
    employee_id="E002",
    what="changed",
    changes={"name": ("Jim", "Jimmy")},
)
STALE = {
    "another-value": replace(JIM, name="James O'Dell"),
    "a-value-that-is-there": replace(JIM, lead_id=None),
    "a-value-that-is-gone": replace(JIM, substitute_id="E003"),
    "new": None,
}


@pytest.mark.parametrize("before", STALE.values(), ids=STALE)
def test_nothing_is_written_over_what_the_writer_did_not_see(
    directory: DynamoDirectory, before: Employee | None
) -> None:
    keys = all_keys(directory)
    after = replace(JIM, name="Jimmy", email="jimmy@foo.com")
    with pytest.raises(ConflictError):
        directory.write(after, before=before, audit=AN_ENTRY)
    assert directory.by_id("E002") == directory.by_email("jim@foo.com") == JIM
    assert all_keys(directory) == keys


@pytest.mark.parametrize("names", [("language",), ("holidays",), ("language", "holidays")])
def test_an_employee_of_an_earlier_form_can_be_written(
    directory: DynamoDirectory, names: tuple[str, ...]
) -> None:
    """An attribute that was added later, with a default, is not there."""
    table, key = directory.table, ("EMPLOYEE#E002", "PROFILE")
    item = table.get(*key)
    assert item is not None
    earlier = {name: value for name, value in item.items() if name not in names}
    table.put(table.put_request(earlier))
    read = directory.by_id("E002")
    assert read is not None
    other = replace(read, language="de", holidays="DE")
    directory.write(other, before=read)
    assert directory.by_id("E002") == other
    with pytest.raises(ConflictError):
        directory.write(replace(read, name="James O'Dell"), before=read)


def test_what_is_added_to_an_earlier_form_meanwhile_is_not_written_over(
    directory: DynamoDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, write = directory.table, Table.write
    item = table.get("EMPLOYEE#E002", "PROFILE")
    assert item is not None
    table.put(table.put_request({n: value for n, value in item.items() if n != "language"}))

    def after_another_import(self: Table, *operations: Any) -> None:
        table.put(table.put_request(item))
        write(self, *operations)

    monkeypatch.setattr(Table, "write", after_another_import)
    with pytest.raises(ConflictError):
        directory.write(replace(JIM, name="James O'Dell"), before=JIM)
    assert directory.by_id("E002") == JIM


def test_an_entry_of_the_audit_is_not_written_over(directory: DynamoDirectory) -> None:
    jimmy = replace(JIM, name="Jimmy")
    directory.write(jimmy, before=JIM, audit=AN_ENTRY)
    with pytest.raises(ConflictError):
        directory.write(JIM, before=jimmy, audit=AN_ENTRY)
    assert directory.by_id("E002") == jimmy


def test_an_employee_who_is_gone_is_not_written_again(directory: DynamoDirectory) -> None:
    unknown = an_employee("E404", email="gone@foo.com")
    with pytest.raises(ConflictError):
        directory.write(replace(unknown, name="Ann"), before=unknown)
    assert directory.by_id("E404") is None


def test_everybody_is_everybody_once_whatever_else_is_in_the_table(
    directory: DynamoDirectory,
) -> None:
    directory.write(an_employee("E002#PROFILE", email="odd@foo.com"), before=None)
    table = directory.table
    for pk, sk in (
        ("LEDGER#E002", "LEDGER#2027"),
        ("EMPLOYEE#E002", "LATER"),
        ("REQUEST#r1", "REQUEST"),
    ):
        table.put(table.put_request({"pk": pk, "sk": sk}))
    found = sorted(employee.employee_id for employee in directory.everybody())
    assert found == ["E001", "E002", "E002#PROFILE", "E003"]
