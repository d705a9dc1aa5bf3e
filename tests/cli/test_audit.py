"""What stays known of who changed the directory."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from leave.adapters.dynamodb import directory
from leave.adapters.dynamodb.table import SCHEMA, Table, decode
from leave.domain.errors import UnavailableError
from leave.domain.values import replace
from tests.aws_command import aws_command
from tests.docs.markdown import PROJECT, Page
from tests.leave.directories import JANE, JIM, JOHN, a_line, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

TO_THE_STAGE = ("--stage", "test")


def entries(stage: AwsStage) -> list[dict[str, Any]]:
    """Return all entries, oldest first."""
    items = map(decode, stage.table.client.scan(TableName="leave-test")["Items"])
    found = [item for item in items if item["pk"].startswith("AUDIT#")]
    return sorted(found, key=lambda item: (item["pk"], item["sk"]))


@pytest.fixture
def people(leave: Terminal, stage: AwsStage, tmp_path: Path) -> AwsStage:
    leave.done("directory", "import", write(tmp_path, JOHN, JIM, JANE), *TO_THE_STAGE)
    return stage


def test_each_employee_that_is_added_has_an_entry_with_all_that_is_known(people: AwsStage) -> None:
    found = entries(people)
    assert [entry["employeeId"] for entry in found] == ["E001", "E002", "E003"]
    jim = found[1]
    at = datetime.fromisoformat(jim.pop("at"))
    assert abs((datetime.now(UTC) - at).total_seconds()) < 600
    assert (jim.pop("pk"), jim.pop("sk")) == (
        f"AUDIT#{at:%Y-%m}",
        f"{at.isoformat(timespec='microseconds')}#E002",
    )
    assert jim == {
        "kind": "directory",
        "actor": "admin@foo.com",
        "email": "admin@foo.com",
        "sub": "1234",
        "schema": SCHEMA,
        "channel": "import",
        "employeeId": "E002",
        "what": "added",
        "changes": {
            "employeeId": ["", "E002"],
            "name": ["", "Jim O'Dell"],
            "email": ["", "jim@foo.com"],
            "leadId": ["", "E001"],
            "annualLeaveDays": ["", "25"],
            "workingWeek": ["", "Mon-Fri"],
            "startDate": ["", "2020-01-01"],
            "language": ["", "en"],
        },
    }


def test_of_two_imports_at_once_the_second_is_refused_and_recorded_nowhere(
    people: AwsStage, leave: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_some, before = Table.write, len(entries(people))
    monkeypatch.setattr(directory, "_EMPLOYEES_A_TRANSACTION", 1)
    transactions = 0

    def after_another(self: Table, *operations: Any) -> None:
        nonlocal transactions
        transactions += 1
        if transactions == 2:
            monkeypatch.setattr(Table, "write", write_some)
            jim = people.directory.by_id("E002")
            assert jim is not None
            people.directory.write(replace(jim, name="James O'Dell"), before=jim)
        write_some(self, *operations)

    monkeypatch.setattr(Table, "write", after_another)
    file = write(tmp_path, *(line.replace(",25,", ",26,") for line in (JOHN, JIM, JANE)))
    told = leave.told("directory", "import", file, *TO_THE_STAGE)
    assert told == (
        "Changed meanwhile: The directory was changed since it was read, by another import. 1 of 3"
        " employees were written before that, and none after. Look at what still differs by a dry"
        " run, correct the file if it undoes what the other import did, and import it again.\n"
    )
    jim = people.directory.by_id("E002")
    assert jim is not None
    assert jim.name == "James O'Dell"
    assert [entry["employeeId"] for entry in entries(people)[before:]] == ["E001"]


def test_each_employee_that_differs_has_an_entry_with_what_differs(
    leave: Terminal, people: AwsStage, tmp_path: Path
) -> None:
    jim, jane = a_line(leadId="E003", email="j@foo.com"), JANE.replace(",,,en", ",2031-01-31,,en")
    file = write(tmp_path, JOHN, jim, jane)
    leave.done("directory", "import", file, *TO_THE_STAGE, "--dry-run")
    assert len(entries(people)) == 3, "a dry run changes nothing"
    leave.done("directory", "import", file, *TO_THE_STAGE)
    told = [(e["employeeId"], e["what"], e["changes"]) for e in entries(people)[3:]]
    assert told == [
        ("E002", "changed", {"email": ["jim@foo.com", "j@foo.com"], "leadId": ["E001", "E003"]}),
        ("E003", "leaving", {"endDate": ["", "2031-01-31"]}),
    ]
    leave.done("directory", "import", file, *TO_THE_STAGE)
    assert len(entries(people)) == 5, "nothing differs"


def test_no_entry_holds_the_secret_of_a_calendar_feed(people: AwsStage) -> None:
    text = repr(entries(people))
    for employee in people.directory.everybody():
        assert employee.feed is not None
        assert employee.feed.reveal() not in text


def test_an_employee_and_the_entry_are_written_both_or_neither(
    leave: Terminal, people: AwsStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_some, transactions = Table.write, 0
    monkeypatch.setattr(directory, "_EMPLOYEES_A_TRANSACTION", 1)

    def breaking(self: Table, *operations: Any) -> None:
        nonlocal transactions
        transactions += 1
        if transactions == 2:
            raise UnavailableError("DynamoDB: timeout")
        write_some(self, *operations)

    monkeypatch.setattr(Table, "write", breaking)
    jane = JANE.replace("Jane Cook", "Jane Baker")
    file = write(tmp_path, JOHN, a_line(name="James O'Dell"), jane)
    leave.told("directory", "import", file, *TO_THE_STAGE)
    names = {e.employee_id: e.name for e in people.directory.everybody()}
    assert (names["E002"], names["E003"]) == ("James O'Dell", "Jane Cook")
    assert [entry["employeeId"] for entry in entries(people)[3:]] == ["E002"]
    monkeypatch.setattr(Table, "write", write_some)
    leave.done("directory", "import", file, *TO_THE_STAGE)
    assert [entry["employeeId"] for entry in entries(people)[3:]] == ["E002", "E003"]


@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq, which the commands need")
def test_the_page_tells_how_to_read_the_entries_of_a_month(
    people: AwsStage, tmp_path: Path
) -> None:
    month = entries(people)[0]["pk"]
    block = Page(PROJECT / "docs" / "operations.md").block_with("sh", "AUDIT#2027-03")
    commands = block.replace("AUDIT#2027-03", month).replace("leave-dev", "leave-test")
    with aws_command(tmp_path, "https://dynamodb.eu-central-1.amazonaws.com", "eu-central-1"):
        shown = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout.splitlines()
    assert len(shown) == 3
    assert "admin@foo.com  added  E002" in shown[1]
    assert '"leadId":["","E001"]' in shown[1]
