"""The stages of scenes over the real adapters of DynamoDB, with a turn for each call of AWS."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.ledgers import ledger_from_item
from leave.adapters.dynamodb.lookup import DynamoRecords
from leave.adapters.dynamodb.requests import DynamoRequests, request_from_item
from leave.adapters.dynamodb.sweeps import DynamoOpenRequests, DynamoSweeps
from leave.adapters.dynamodb.table import INDEX, Table, decode
from tests.leave.fake_requests import the_end_of_time
from tests.leave.fakes import FakeMetrics
from tests.leave.moto_table import create_table
from tests.proof.scene_stages import SceneStage
from tests.proof.touches import Key, Touch, reading, writing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from leave.domain.employee import Employee
    from leave.domain.ledger import Ledger
    from leave.domain.request import LeaveRequest
    from tests.proof.interleavings import Turns

_numbers = count()


class StoredDirectory(DynamoDirectory):
    """A directory to which an employee can be written as to the fake."""

    def put(self, employee: Employee) -> None:
        """Write an employee."""
        self.write(employee, before=self.by_id(employee.employee_id))


@dataclass(kw_only=True)
class DynamoStage(SceneStage):
    """A stage whose records are in a table of their own."""

    table: Table

    @classmethod
    def over(cls, client: Any, people: Collection[Employee]) -> DynamoStage:
        """Return a stage with a new table, on which nothing was asked yet."""
        table = Table(client, f"leave-scene-{next(_numbers)}")
        create_table(client, table.name)
        directory, requests = StoredDirectory(table), DynamoRequests(table)
        for employee in people:
            directory.put(employee)
        found = DynamoOpenRequests(table=table, read=requests.get_all, metrics=FakeMetrics())
        parts: dict[str, Any] = {
            "directory": directory,
            "requests": requests,
            "open_requests": found,
            "sweeps": DynamoSweeps(table),
        }
        return cls(table=table, **parts)

    @property
    def records(self) -> Any:
        return DynamoRecords(self.table, now=self.clock.now)

    @contextmanager
    def taking(self, turns: Turns) -> Iterator[None]:
        """Let each call of AWS take a turn, and each mail."""
        client, workflow, mailer = self.table.client, self.workflow, self.mailer
        self.table.client = turns.on(client, touches=touch)
        self.workflow, self.mailer = turns.on(workflow), turns.on(mailer)
        try:
            yield
        finally:
            self.table.client, self.workflow, self.mailer = client, workflow, mailer

    def stored(self) -> list[LeaveRequest]:
        """Return every request there is."""
        return [request_from_item(item) for item in self._items() if item["sk"] == "REQUEST"]

    def books_of(self, employee_id: str) -> dict[int, Ledger]:
        """Return somebody's ledgers, by year."""
        found = (
            ledger_from_item(item).at(the_end_of_time())
            for item in self._items()
            if item["sk"].startswith("LEDGER#")
        )
        return {ledger.year: ledger for ledger in found if ledger.employee_id == employee_id}

    def _items(self) -> Iterator[dict[str, Any]]:
        return map(decode, self.table.client.scan(TableName=self.table.name)["Items"])


def touch(operation: str, **arguments: Any) -> Touch:
    """Return which items a call of AWS touches."""
    match operation:
        case "get_item":
            return reading(_key(arguments["Key"]))
        case "batch_get_item":
            (wanted,) = arguments["RequestItems"].values()
            return reading(*map(_key, wanted["Keys"]))
        case "query":
            partition = arguments["ExpressionAttributeValues"][":pk"]["S"]
            return reading((INDEX,) if "IndexName" in arguments else ("item", partition))
        case "put_item":
            return writing(*_written(arguments["Item"]))
        case "transact_write_items":
            items = [one["Put"]["Item"] for one in arguments["TransactItems"] if "Put" in one]
            gone = [one["Delete"]["Key"] for one in arguments["TransactItems"] if "Delete" in one]
            return writing(*map(_key, gone), *(key for item in items for key in _written(item)))
        case _:
            raise AssertionError(f"say what {operation} touches")


def _written(item: Mapping[str, Any]) -> Iterator[Key]:
    yield _key(item)
    if item["sk"]["S"] == "REQUEST" or item.get("adjustments", {}).get("L"):
        yield INDEX, item["pk"]["S"]


def _key(item: Mapping[str, Any]) -> Key:
    return "item", item["pk"]["S"], item["sk"]["S"]
