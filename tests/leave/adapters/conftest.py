"""AWS in memory, for the adapters."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from leave.adapters.dynamodb.table import Table
from tests.leave.moto_table import create_table

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


@pytest.fixture
def dynamodb(aws: boto3.Session) -> Any:
    """Return a client with the stage's table in it."""
    client = _client(aws)
    create_table(client, TABLE)
    return client


@cache
def _client(session: boto3.Session) -> Any:
    """Making a client takes longer than any call to moto; what moto knows is new in every test."""
    return session.client("dynamodb")


@pytest.fixture
def table(dynamodb: Any) -> Table:
    """Return the stage's table, empty."""
    return Table(dynamodb, TABLE)
