"""A stage in memory: every function as it is deployed, with each call of AWS noted by its caller.

A function gets the variables that the graph gives it, and its own composition connects it. DynamoDB
is moto's; Step Functions is always there and always waits; Google is scripted.
"""

from __future__ import annotations

import importlib
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from unittest import mock

import boto3

from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.table import Table
from leave.functions import html as auth_guard
from tests.infrastructure.aws_answers import ACCOUNT, REGION
from tests.leave.functions.events import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from botocore.model import OperationModel

    from tests.infrastructure.graph import Graph
    from tests.leave.adapters.gmail.scripted_google import ScriptedGoogle

_ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
# What Lambda itself sets, with a key that opens nothing.
_OF_LAMBDA = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}


class Call(NamedTuple):
    """A right that a call needs: to an action, on a resource, and for items on a partition key."""

    action: str
    resource: str
    key: str = ""


class Told(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, variables: dict[str, str], asked: set[str]) -> None:
        super().__init__(variables)
        self.asked = asked

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.asked.add(key)
        return super().get(key, default)


@dataclass(frozen=True, kw_only=True)
class DrivenStage:
    """`called` are the rights that were needed, `asked` the variables that were read, by function.

    `workflow` says what Step Functions answers besides: `ended` for an execution that is over.
    """

    graph: Graph
    google: ScriptedGoogle
    called: dict[str, set[Call]] = field(default_factory=dict)
    asked: dict[str, set[str]] = field(default_factory=dict)
    workflow: set[str] = field(default_factory=set)
    _now: list[str] = field(default_factory=list)
    _contexts: ClassVar[SimpleNamespace] = SimpleNamespace(
        aws_request_id=CONTEXT.aws_request_id, get_remaining_time_in_millis=lambda: 900_000
    )

    def call(self, name: str, event: dict[str, Any]) -> dict[str, Any]:
        """Call a function, named as its resource, as Lambda does."""
        module: Any = importlib.import_module(f"leave.functions.{name.replace('-', '_')}")
        variables = Told(_OF_LAMBDA | self.variables(name), self.asked.setdefault(name, set()))
        self.called.setdefault(name, set())
        self._now.append(name)
        try:
            with mock.patch.object(os, "environ", variables):
                return module.handler(event, self._contexts)
        finally:
            self._now.pop()

    def variables(self, name: str) -> dict[str, str]:
        """What the graph tells a function, but for where Gmail answers."""
        function = self.graph.of("lambda/function:Function")[name].inputs
        told: dict[str, str] = dict(function.get("environment", {}).get("variables", {}))
        gmail = "LEAVE_GMAIL_ENDPOINT"
        return told | ({gmail: self.google.url} if gmail in told else {})

    @property
    def directory(self) -> DynamoDirectory:
        """The employees, as an administrator writes them."""
        return DynamoDirectory(self.table)

    @property
    def requests(self) -> DynamoRequests:
        """The requests, to look at."""
        return DynamoRequests(self.table)

    @property
    def table(self) -> Table:
        """The table, for what no use case writes."""
        client: Any = boto3.client("dynamodb", region_name=REGION)  # pyright: ignore[reportUnknownMemberType]
        return Table(client, self.graph.only("dynamodb/table:Table").inputs["name"])

    def make_table(self) -> None:
        """Make the table as the graph describes it."""
        inputs = self.graph.only("dynamodb/table:Table").inputs
        (index,) = inputs["globalSecondaryIndexes"]
        self.table.client.create_table(
            TableName=inputs["name"],
            BillingMode=inputs["billingMode"],
            AttributeDefinitions=[
                {"AttributeName": item["name"], "AttributeType": item["type"]}
                for item in inputs["attributes"]
            ],
            KeySchema=_keys((inputs["hashKey"], "HASH"), (inputs["rangeKey"], "RANGE")),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": index["name"],
                    "KeySchema": _keys(
                        *((key["attributeName"], key["keyType"]) for key in index["keySchemas"])
                    ),
                    "Projection": {"ProjectionType": index["projectionType"]},
                }
            ],
        )

    def note(self, params: dict[str, Any], model: OperationModel, **_: Any) -> None:
        """Write down what the running function calls; what nobody's function calls is no matter."""
        if self._now:
            service = model.service_model.signing_name
            self.called[self._now[-1]] |= set(_needed(service, model.name, params))

    def answer(self, model: OperationModel, **_: Any) -> tuple[Any, dict[str, Any]] | None:
        """Be Step Functions, which moto is not, and Secrets Manager with secrets that are there."""
        service = model.service_model.signing_name
        if service == "secretsmanager":
            stored = {
                "client_id": "web",
                "signing_key": "k" * 43,
                **self.google.credentials(),
            }
            return SimpleNamespace(status_code=200), {"SecretString": json.dumps(stored)}
        if service != "states":
            return None
        if "ended" in self.workflow and model.name == "StartExecution":
            error = {"Code": "ExecutionAlreadyExists", "Message": "no"}
            return SimpleNamespace(status_code=400), {"Error": error}
        status = "SUCCEEDED" if "ended" in self.workflow else "RUNNING"
        return SimpleNamespace(status_code=200), {"executionArn": "arn:any", "status": status}


def _needed(service: str, operation: str, params: dict[str, Any]) -> Iterator[Call]:
    """The rights that a call needs."""
    action = f"{service}:{operation}"
    match service, operation:
        case "dynamodb", _:
            yield from _on_items(action, params)
        case "secretsmanager", _:
            yield Call(action, params["SecretId"])
        case "states", "StartExecution":
            yield Call(action, params["stateMachineArn"])
        case "states", "DescribeExecution":
            yield Call(action, params["executionArn"])
        case "states", "SendTaskSuccess" | "SendTaskFailure":
            yield Call(action, "*")
        case _:
            raise NotImplementedError(f"which resource does {action} need a right to?")


def _on_items(action: str, params: dict[str, Any]) -> Iterator[Call]:
    """A transaction needs the right to each of its parts.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    for part in params.get("TransactItems", ()):
        ((kind, own),) = part.items()
        yield from _on_items(f"dynamodb:{kind}Item", own)
    for name, asked in params.get("RequestItems", {}).items():
        yield from (Call(action, _table_arn(name), key["pk"]["S"]) for key in asked["Keys"])
    if "KeyConditionExpression" in params:
        index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
        key = params["ExpressionAttributeValues"][":pk"]["S"]
        yield Call(action, _table_arn(params["TableName"]) + index, key)
    elif "TableName" in params:
        key = params["Key"] if "Key" in params else params["Item"]
        yield Call(action, _table_arn(params["TableName"]), key["pk"]["S"])


def _keys(*keys: tuple[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys]


def _table_arn(name: str) -> str:
    return _ARN.format("dynamodb", f"table/{name}")


@contextmanager
def fresh(*names: str) -> Generator[None]:
    """Let each function be composed anew, before and after."""
    modules: list[Any] = [
        importlib.import_module(f"leave.functions.{name.replace('-', '_')}") for name in names
    ]
    cached = [
        function
        for module in (*modules, auth_guard)
        for function in vars(module).values()
        if hasattr(function, "cache_clear")
    ]
    try:
        for function in cached:
            function.cache_clear()
        yield
    finally:
        for function in cached:
            function.cache_clear()
