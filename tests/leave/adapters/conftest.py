"""AWS in memory, for the adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from leave.adapters.dynamodb.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "leave-test"

# One session for all clients reads the descriptions of the services once.
SESSION = boto3.Session(
    region_name="eu-central-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """Return a session whose clients talk to moto, whatever the environment says."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield SESSION


def create_table(client: Any, name: str) -> None:
    """Create a stage's table, with the keys that the program gives it."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("pk", "sk", "openShard", "openKey")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [
                    {"AttributeName": "openShard", "KeyType": "HASH"},
                    {"AttributeName": "openKey", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )


@pytest.fixture
def dynamodb(aws: boto3.Session) -> Any:
    """Return a client with the stage's table in it."""
    client: Any = aws.client("dynamodb")
    create_table(client, TABLE)
    return client


@pytest.fixture
def table(dynamodb: Any) -> Table:
    """Return the stage's table, empty."""
    return Table(dynamodb, TABLE)
