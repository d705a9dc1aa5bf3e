"""The commands of docs/operations.md remove all that the adapters wrote about a person."""

import os
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from leave.adapters.dynamodb.delegations import DynamoDelegations
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.sweeps import DynamoSweeps
from leave.adapters.dynamodb.table import Table
from leave.domain.delegation import Delegation
from leave.domain.history import Person
from leave.services.ports import AuditEntry, IdempotencyKey, IdempotencyRecord
from tests.aws_command import aws_command
from tests.docs.markdown import PROJECT, Page
from tests.leave.builders import JANE, JIM, JOHN, NOW, R1, R2, a_booking, a_day, a_ledger, a_request


def keys(table: Table) -> set[tuple[str, str]]:
    items = table.client.scan(TableName=table.name)["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]) for item in items}


def an_entry(employee_id: str) -> AuditEntry:
    return AuditEntry(
        at=NOW,
        kind="directory",
        actor="user/hr",
        channel="import",
        employee_id=employee_id,
        what="added",
        changes={"name": ("", "Somebody")},
    )


@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq, which the commands need")
def test_nothing_of_the_person_stays_and_everything_of_others(table: Table, tmp_path: Path) -> None:
    directory, requests = DynamoDirectory(table), DynamoRequests(table)
    for person in (JOHN, JANE):
        directory.write(person, before=None, audit=an_entry(person.employee_id))
    others = a_request(R2, employee=Person(employee_id="E003", name=""))
    requests.add(others, [], None)
    stay = keys(table)
    directory.write(JIM, before=None, audit=an_entry(JIM.employee_id))
    key = IdempotencyKey(caller="E002", route="POST /request_leave", key="key")
    idempotency_record = IdempotencyRecord(key=key, body_digest="d", status=202, at=NOW)
    requests.add(a_request(R1), [a_ledger(2027, a_booking(R1))], idempotency_record)
    DynamoDelegations(table).write(
        Delegation(employee_id="E002", substitute_id="E003", start=NOW.date(), end=NOW.date())
    )
    DynamoSweeps(table).mark_reminded(JIM.employee_id, a_day("2027-03-08"))
    page = Page(PROJECT / "docs" / "operations.md")
    commands = textwrap.dedent(page.block_with("sh", "person.json"))
    commands = commands.replace("E017", JIM.employee_id).replace("leave-dev", table.name)
    with aws_command(tmp_path, "https://dynamodb.eu-central-1.amazonaws.com", "eu-central-1"):
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
            cwd=tmp_path,
            check=True,
            timeout=60,
        )
    assert keys(table) == stay
