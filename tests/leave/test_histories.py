"""Whatever happens in whatever order, over the fakes and over the adapters that are shipped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from moto import mock_aws

from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.ledgers import ledger_from_item
from leave.adapters.dynamodb.lookup import DynamoRecords
from leave.adapters.dynamodb.requests import DynamoRequests, request_from_item
from leave.adapters.dynamodb.sweeps import DynamoOpenRequests
from leave.adapters.dynamodb.table import Table, decode
from leave.adapters.presentation.emails import TemplateEmails
from leave.adapters.system import FileHolidayTables
from tests.examples import examples
from tests.leave.fake_sweeps import FakeOpenRequests
from tests.leave.fakes import FakeDirectory
from tests.leave.moto_table import create_table
from tests.leave.services.stage import FakeStage
from tests.leave.sweep_histories import SweepHistories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leave.domain.employee import Employee
    from leave.domain.ledger import Ledger
    from leave.domain.policy import Rules
    from leave.domain.request import LeaveRequest
    from leave.services.ports import OpenRequests


class FakeHistories(SweepHistories):
    """Histories over the fakes."""

    @staticmethod
    def make_stage(rules: Rules, employees: tuple[Employee, ...]) -> FakeStage:
        return FakeStage(rules=rules, directory=FakeDirectory(*employees))

    def put(self, after: Employee, before: Employee) -> None:  # noqa: ARG002
        self.stage.directory.put(after)

    def open_requests(self) -> OpenRequests:
        return FakeOpenRequests(requests=self.store)

    def everything(self) -> tuple[list[LeaveRequest], list[Ledger]]:
        return list(self.store.stored.values()), list(self.store.books.values())


class DynamoStage(FakeStage):
    """Reads several records in one call, as it is shipped."""

    @property
    def records(self) -> Any:
        directory: Any = self.directory
        return DynamoRecords(directory.table, now=self.clock.now)


class DynamoHistories(SweepHistories):
    """Histories over DynamoDB, the templates and the holiday tables."""

    client: Any
    holidays: Path

    @classmethod
    def make_stage(cls, rules: Rules, employees: tuple[Employee, ...]) -> FakeStage:
        table = Table(cls.client, "leave-test")
        if table.name in cls.client.list_tables()["TableNames"]:
            cls.client.delete_table(TableName=table.name)
        create_table(cls.client, table.name)
        directory = DynamoDirectory(table)
        for employee in employees:
            directory.write(employee, before=None)
        parts: dict[str, Any] = {
            "directory": directory,
            "requests": DynamoRequests(table),
            "holidays": FileHolidayTables({"XX"}, cls.holidays),
            "emails": TemplateEmails(
                rules=rules, company_domain="foo.com", api_url="https://api.example/test"
            ),
        }
        return DynamoStage(rules=rules, **parts)

    def put(self, after: Employee, before: Employee) -> None:
        directory: Any = self.stage.directory
        directory.write(after, before=before)

    def open_requests(self) -> OpenRequests:
        store: Any = self.store
        return DynamoOpenRequests(table=store.table, read=store.get_all, metrics=self.stage.metrics)

    def everything(self) -> tuple[list[LeaveRequest], list[Ledger]]:
        store: Any = self.store
        items = [decode(item) for item in self.client.scan(TableName=store.table.name)["Items"]]
        return (
            [request_from_item(item) for item in items if item["sk"] == "REQUEST"],
            [ledger_from_item(item) for item in items if item["sk"].startswith("LEDGER#")],
        )


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[SweepHistories]]:
    """Return the histories over moto."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "XX.json").write_text(json.dumps({"2027-05-01": "May Day"}), encoding="utf-8")
    with mock_aws():
        DynamoHistories.client = boto3.client(
            "dynamodb",
            region_name="eu-central-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        DynamoHistories.holidays = tmp_path
        yield DynamoHistories


def test_any_history_over_the_fakes() -> None:
    run_state_machine_as_test(
        FakeHistories,
        settings=settings(max_examples=examples(few=20, full=60), stateful_step_count=40),
    )


def test_any_history_over_dynamodb(dynamodb: type[SweepHistories]) -> None:
    run_state_machine_as_test(
        dynamodb,
        settings=settings(
            max_examples=examples(few=2, full=4),
            stateful_step_count=20,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
