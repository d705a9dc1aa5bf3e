"""Clock, identifiers, public holidays, metrics and AWS clients."""

from __future__ import annotations

import json
import logging
import secrets
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.session import get_session

from leave.domain.errors import UnknownHolidaysError
from leave.domain.values import Value
from leave.services.ports import Clock

if TYPE_CHECKING:
    from collections.abc import Collection

    from botocore.session import Session

    from leave.domain.calendar import Holidays
    from leave.domain.employee import Employee
    from leave.services.ports import Metric


def present_moment() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SystemClock:
    """Implements `Clock`."""

    time_zone: tzinfo

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        return present_moment()

    def today(self) -> date:
        """Return the present day in the company's time zone."""
        return self.day(self.now())

    def today_of(self, employee: Employee) -> date:
        """Return the present day where an employee works."""
        return self.day_of(employee, self.now())

    def day_of(self, _: Employee, moment: datetime) -> date:
        """Return the company's day of a moment, as all employees work in its time zone."""
        return self.day(moment)

    def day(self, moment: datetime) -> date:
        """Return the day of a moment in the company's time zone."""
        return moment.astimezone(self.time_zone).date()


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # pragma: allowlist secret
_TIME_BITS, _RANDOM_BITS, _BITS_A_LETTER = 48, 80, 5


def new_request_id() -> str:
    """Return a ULID in lower case: 26 characters that sort by time of creation.

    It names the Step Functions execution too, which allows 80 characters. Source of the layout:
    https://github.com/ulid/spec
    """
    return _ulid(time.time_ns() // 1_000_000, secrets.randbits(_RANDOM_BITS))


def request_id_of(moment: datetime) -> str:
    """Return the first request id that can have been made at a moment."""
    return _ulid(int(moment.timestamp() * 1000), 0)


def _ulid(milliseconds: int, tail: int) -> str:
    number = milliseconds << _RANDOM_BITS | tail
    letters = -(-(_TIME_BITS + _RANDOM_BITS) // _BITS_A_LETTER)
    return "".join(
        _ALPHABET[number >> shift & 31]
        for shift in range((letters - 1) * _BITS_A_LETTER, -1, -_BITS_A_LETTER)
    )


_FEED_BYTES = 32


def new_feed() -> str:
    """Return a new secret of a calendar feed."""
    return secrets.token_urlsafe(_FEED_BYTES)


FOLDER = Path(__file__).parent.parent / "holidays"


@dataclass(slots=True, eq=False)
class FileHolidayTables:
    """Implements `HolidayTables` over one JSON file for each of the stage's `calendars`."""

    calendars: Collection[str]
    folder: Path = FOLDER

    def table(self, calendar: str) -> Holidays:
        """Return the holidays of a calendar such as `DE-BE`; none for the empty name.

        Raises `UnknownHolidaysError` for a calendar that the stage does not have.
        """
        if not calendar:
            return {}
        if calendar not in self.calendars:
            raise UnknownHolidaysError(calendar)
        stored: dict[str, str] = json.loads(
            (self.folder / f"{calendar}.json").read_text(encoding="utf-8")
        )
        return {date.fromisoformat(day): name for day, name in stored.items()}


TEMPLATES = Path(__file__).parent.parent / "templates"
CATALOG = "catalog.json"


@cache
def languages() -> frozenset[str]:
    """Return the languages there are: the folders that have words."""
    return frozenset(path.parent.name for path in TEMPLATES.glob(f"*/{CATALOG}"))


# The clients are botocore's, which boto3 would return just the same; but importing boto3 itself,
# with all it has for S3 and for resources, takes a fifth of a cold start: see ADR 28.


_LIBRARIES: Final = (
    *("boto3", "botocore", "urllib3"),
    *("google", "google_auth_httplib2", "googleapiclient"),
)


def connect(service: str, *, read_seconds: float = 5, attempts: int = 3) -> Any:
    """Return a client, of which a function has one for each service.

    It gives up soon, because a person or a state machine that repeats the call waits behind it.
    """
    config = Config(
        connect_timeout=2,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    return _session().create_client(service, config=config)  # type: ignore[call-overload]


@cache
def _session() -> Session:
    # What clients are made of is read once for all of them.
    _silence_library_logs()
    return get_session()


def _silence_library_logs() -> None:
    """Keep what is sent and received out of the log, which libraries tell below INFO.

    It is people, links, task tokens and credentials, and a stage may be told to log at DEBUG.
    """
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.INFO)


NAMESPACE = "Leave"


class EmbeddedMetrics(Value):
    """Implements `Metrics` by CloudWatch's embedded metric format; one dimension, the stage.

    CloudWatch reads metrics out of a function's log, so that reporting one is no call. A line that
    is printed stays as it is in the log format JSON, too. Sources:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html

    Only what is `published` becomes a metric, each of which costs by the month. The other numbers
    are plain lines, which log queries count. Where nothing is published, nothing is printed.
    """

    stage: str
    clock: Clock
    published: frozenset[str]

    def put(self, metric: Metric, value: float = 1) -> None:
        """Report one number."""
        if self.published:
            embedded = self._embedded(metric) if metric.value in self.published else {}
            line = {**embedded, "stage": self.stage, metric.value: value}
            sys.stdout.write(json.dumps(line) + "\n")

    def _embedded(self, metric: Metric) -> dict[str, Any]:
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [["stage"]],
            "Metrics": [{"Name": metric.value, "Unit": metric.unit}],
        }
        moment = int(self.clock.now().timestamp() * 1000)
        return {"_aws": {"Timestamp": moment, "CloudWatchMetrics": [directive]}}
