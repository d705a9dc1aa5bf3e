"""A stage in memory: use cases composed as they are deployed, with each of their calls noted.

AWS and Google are `bench.instant_aws`, beyond the point where botocore and urllib3 would send: what
is counted is what would have left the function.
"""

from __future__ import annotations

import io
import os
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from bench.capacity_units import Meter
from bench.histories import Past, an_employee, items_of
from bench.instant_aws import InstantAws
from infrastructure.alarm_rules import own_metrics
from leave.adapters import system as aws
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.table import Table
from leave.adapters.system import SystemClock

if TYPE_CHECKING:
    from collections.abc import Generator

TABLE: Final = "leave-bench"
TEAM: Final = 8
NOW: Final = datetime(2027, 11, 1, 9, tzinfo=UTC)
"""A Monday on which the clock stands still, late in the year: then the most years are read."""
_ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:EmployeeLeaveWorkflow-bench"
VARIABLES: Final = {
    "LEAVE_ADMINS": "hr@foo.com",
    "LEAVE_API_URL": "https://api.example.com/bench",
    "LEAVE_COMPANY_DOMAIN": "foo.com",
    "LEAVE_COMPANY_NAME": "Foo Ltd",
    "LEAVE_GMAIL_ENDPOINT": "https://gmail.googleapis.com/",
    "LEAVE_GMAIL_SECRET": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:leave/bench",
    "LEAVE_HELP_CONTACT": "hr@foo.com",
    "LEAVE_MAIL_SENDER": "leave@foo.com",
    # As at the level `full`, at which functions print most.
    "LEAVE_METRICS": ",".join(own_metrics("full")),
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


@dataclass
class Calls:
    """What left a function, in order, and the capacity units of it; `said` is what it printed."""

    names: list[str] = field(default_factory=list[str])
    meter: Meter = field(default_factory=Meter)
    said: io.StringIO = field(default_factory=io.StringIO)

    def reset(self) -> None:
        """Begin again."""
        self.names.clear()
        self.meter.reset()
        self.said.seek(0)
        self.said.truncate()

    def note(self, model: Any, **_: Any) -> None:
        """Note a call of AWS."""
        self.names.append(model.name)


class _Noting(InstantAws):
    """Notes what is asked of Google; of AWS botocore tells."""

    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self._calls = calls

    def google(self, method: str, url: str, **arguments: Any) -> Any:
        self._calls.names.append("Gmail send" if "/send" in url else "Google token")
        return super().google(method, url, **arguments)


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
def stage(past: Past) -> Generator[tuple[Calls, Table]]:
    """Make a stage with a lead and a team, one of them with a past; note what functions call."""
    calls = Calls()
    noting = _Noting(calls)
    with as_deployed(), noting.installed(), redirect_stdout(calls.said):
        table = Table(aws.connect("dynamodb"), TABLE)
        hire(table, noting, past)
        # Clients listen to what the session listened to when they were made.
        session: Any = aws._session()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        session.register("provide-client-params.*", calls.note)
        calls.meter.listen(session.register)
        yield calls, table


def next_monday() -> datetime:
    """Return a Monday from which on leave can be asked for, for weeks."""
    return NOW + timedelta(days=14)


def hire(table: Table, below: InstantAws, past: Past) -> None:
    """Fill a table with a lead, a team, and an employee who has a past."""
    year = NOW.year
    directory = DynamoDirectory(table)
    people = [an_employee(2, lead_id=None, since=year - 2)]
    people += [an_employee(n, lead_id="E00002", since=year - 2) for n in (1, *range(3, 2 + TEAM))]
    for person in people:
        directory.write(person, before=None)
    # Who has a ledger of last year is the usual case; without one, older ones are looked for.
    items = items_of(people[1], past, this_year=year)
    below.restore([*below.items(), *(table.put_request(item)["Item"] for item in items)])
