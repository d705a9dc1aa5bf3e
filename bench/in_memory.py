"""A stage in memory: use cases composed as they are deployed, with each of their calls noted.

DynamoDB is moto's. Step Functions, Secrets Manager and Google are answered on the spot, beyond the
point where botocore and urllib3 would send: what is counted is what would have left the function.
"""

from __future__ import annotations

import io
import json
import os
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import boto3
from moto import mock_aws

from bench.capacity_units import Meter
from bench.histories import Past, an_employee, write_past
from leave.adapters import aws
from leave.adapters.clock import SystemClock
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.table import Table

if TYPE_CHECKING:
    from collections.abc import Generator

TABLE: Final = "leave-bench"
TEAM: Final = 8
NOW: Final = datetime(2027, 3, 1, 9, tzinfo=UTC)
"""A Monday on which the clock stands still: how many years are read depends on the day."""
_ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:EmployeeLeaveWorkflow-bench"
VARIABLES: Final = {
    "LEAVE_ADMINS": "hr@foo.com",
    "LEAVE_API_URL": "https://api.example.com/bench",
    "LEAVE_COMPANY_DOMAIN": "foo.com",
    "LEAVE_GMAIL_ENDPOINT": "https://gmail.googleapis.com/",
    "LEAVE_GMAIL_SECRET": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:leave/bench",
    "LEAVE_MAIL_SENDER": "leave@foo.com",
    "LEAVE_STAGE": "bench",
    "LEAVE_STATE_MACHINE_ARN": _ARN,
    "LEAVE_TABLE": TABLE,
    "LEAVE_TIME_ZONE": "UTC",
    "LEAVE_UNDO_SECONDS": "0",
}
_LAMBDA = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "eu-central-1",
}
_SECRET = {
    "client_id": "client",
    "client_secret": "nothing",
    "refresh_token": "nothing",
    "token_uri": "https://oauth2.googleapis.com/token",
}


@dataclass
class Calls:
    """What left a function, in order, and the capacity units of it; `said` is what it printed."""

    names: list[str] = field(default_factory=list[str])
    meter: Meter = field(default_factory=Meter)
    said: io.StringIO = field(default_factory=io.StringIO)

    def reset(self) -> None:
        """Begin anew."""
        self.names.clear()
        self.meter.reset()
        self.said.seek(0)
        self.said.truncate()

    def note(self, model: Any, **_: Any) -> None:
        """Note a call of AWS."""
        self.names.append(model.name)

    @staticmethod
    def answer(model: Any, **_: Any) -> tuple[Any, dict[str, Any]] | None:
        """Be what moto is not asked to be."""
        service = model.service_model.service_name
        if service == "dynamodb":
            return None
        told = {"executionArn": "arn:any"} if service == "stepfunctions" else {}
        secret = {"SecretString": json.dumps(_SECRET)}
        answer = told if service == "stepfunctions" else secret
        return SimpleNamespace(status_code=200), answer

    def google(self, *_: Any, **__: Any) -> Any:
        """Make a pool of connections that notes what is asked of Google."""

        def request(method: str, uri: str, **_: Any) -> Any:
            self.names.append("Gmail send" if uri.endswith("/send?alt=json") else "Google token")
            body = {"access_token": "token", "expires_in": 3599, "id": "1"}
            data = json.dumps(body).encode()
            headers = {"content-type": "application/json"}
            return SimpleNamespace(status=200, reason=method, headers=headers, data=data)

        return SimpleNamespace(request=request)


@contextmanager
def as_deployed() -> Generator[None]:
    """Have the variables of a Lambda function, a clock that stands still, and no client yet."""
    hidden = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    with (
        mock.patch.dict(os.environ, hidden | _LAMBDA, clear=True),
        mock.patch.object(SystemClock, "now", return_value=NOW),
    ):
        aws._session.cache_clear()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        try:
            yield
        finally:
            aws._session.cache_clear()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


@contextmanager
def stage() -> Generator[tuple[Calls, Table]]:
    """Make a stage with an employee, a lead and colleagues, and note what its functions call."""
    calls = Calls()
    pool = "leave.adapters.gmail.transport.urllib3.PoolManager"
    with (
        as_deployed(),
        mock_aws(),
        mock.patch(pool, calls.google),
        redirect_stdout(calls.said),
    ):
        session: Any = aws._session()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        session.register("provide-client-params.*", calls.note)
        session.register("before-call.*", calls.answer)
        calls.meter.listen(session.register)
        yield calls, table_with_people(new_table(), past=Past(10))


def next_monday() -> datetime:
    """Return a Monday from which on leave can be asked for, for weeks."""
    return NOW + timedelta(days=14)


def new_table(name: str = TABLE) -> Table:
    """Make the table with its index."""
    client: Any = boto3.client("dynamodb")  # pyright: ignore[reportUnknownMemberType]
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": one, "AttributeType": "S"}
            for one in ("pk", "sk", "openShard", "openKey")
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
    return Table(client, name)


def table_with_people(table: Table, *, past: Past) -> Table:
    """Fill a table with a lead, a team, and an employee who has a past."""
    year = NOW.year
    directory = DynamoDirectory(table)
    people = [an_employee(2, lead_id=None, since=year - 2)]
    people += [an_employee(n, lead_id="E00002", since=year - 2) for n in (1, *range(3, 2 + TEAM))]
    for person in people:
        directory.write(person, before=None)
    # Who has a ledger of last year is the usual case; without one, older ones are looked for.
    write_past(table, people[1], past, this_year=year)
    return table
