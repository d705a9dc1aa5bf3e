"""Transitions, invocations and throughput on a local stage: `python -m bench.on_stage`.

Throughput is that of POST /request_leave beside a function that returns at once, behind the same
authorizer, in turn: the emulator's own time is in both, so only the ratio says something.
"""

from __future__ import annotations

import io
import re
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bench.figures import Figure
from bench.floor import FloorBuilder
from bench.histories import an_employee
from bench.local_stage import local_stage
from emulator.aws import EmulatedAws
from emulator.demo import web
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emulator.ready import StageFacts

CLIENTS: Final = (1, 4, 8)
CALLS: Final = 6
"""That each client makes, one after the other."""
_ACCEPTED, _BUSY = 202, 429
_PATIENCE: Final = 120.0
_AT_ONCE: Final = "def handler(event, context):\n    return {'statusCode': 202, 'body': '{}'}\n"


class Counted(NamedTuple):
    """States that an execution entered, and functions that it invoked."""

    entered: tuple[str, ...]
    invoked: int


def count(history: Iterable[dict[str, Any]]) -> Counted:
    """Count what AWS bills, from the events of GetExecutionHistory."""
    events = list(history)
    entered = tuple(
        event["stateEnteredEventDetails"]["name"]
        for event in events
        if event["type"].endswith("StateEntered")
    )
    return Counted(entered, sum(event["type"] == "TaskScheduled" for event in events))


class _Company:
    """People of a stage, and what they do."""

    def __init__(self, facts: StageFacts, aws: EmulatedAws) -> None:
        self.facts, self.aws = facts, aws
        today = datetime.now(UTC).date()
        self._monday = today + timedelta(days=21 - today.weekday())

    def hire(self, number: int) -> None:
        """Give each client an employee, so that they do not wait for each other's ledger."""
        directory = DynamoDirectory(Table(self.aws.tables, self.facts.table_name))
        for one in range(number):
            hired = an_employee(one + 100, lead_id="E001", since=datetime.now(UTC).year)
            directory.write(hired, before=None)

    def token(self, email: str) -> str:
        """Sign somebody in."""
        url = f"{self.facts.google_url}/_fake/id_token"
        return web.post_json(url, {"email": email}).fields()["id_token"]

    def day(self, number: int) -> str:
        """Return a working day to come, by its number."""
        return str(self._monday + timedelta(weeks=number // 5, days=number % 5))

    def decided(self, decision: str, day: int) -> Counted:
        """Let Jim ask and John decide, and count what that took."""
        url, token = f"{self.facts.api_url}/request_leave", self.token("jim@foo.com")
        asked = web.post_json(url, {"date": self.day(day)}, token=token).fields()
        link = self._link(decision, asked["requestId"])
        web.post_form(link, {"comment": "no"} if decision == "denied" else {})
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            execution = self.aws.workflows.describe_execution(executionArn=asked["ref"])
            if execution["status"] != "RUNNING":
                break
            time.sleep(0.1)
        history: Any = self.aws.workflows.get_execution_history(
            executionArn=asked["ref"], maxResults=1000
        )
        return count(history["events"])

    def _link(self, decision: str, request_id: str) -> str:
        url = f"{self.facts.google_url}/_fake/messages?to=john@foo.com"
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            for mail in web.get(url).items() or []:
                if found := re.findall(rf"http\S+/{decision}/{request_id}\S+", mail["text"]):
                    return found[0]
            time.sleep(0.1)
        raise SystemExit(f"No mail about {request_id} in {_PATIENCE:.0f} s.")


def a_second(clients: int, call: Callable[[int], None]) -> float:
    """Return how many calls a second so many clients get answered."""

    def work(client: int) -> None:
        for _ in range(CALLS):
            call(client)

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, range(clients)))
    return clients * CALLS / (time.perf_counter() - started)


def measure() -> Iterable[Figure]:
    """Yield what an approved and a denied request take, then the throughputs."""
    with local_stage("--set", "undo-seconds=1") as facts:
        aws = EmulatedAws(endpoint_url=facts.aws_endpoint_url, region=facts.region)
        company = _Company(facts, aws)
        for day, decision in enumerate(("approved", "denied")):
            found = company.decided(decision, day)
            name, note = f"request {decision}", " → ".join(found.entered)
            yield Figure(f"states entered, {name}", len(found.entered), "states", 4, "timing", note)
            # One to ask, one to show the page, one to decide, besides those of the execution.
            yield Figure(f"invocations, {name}", found.invoked + 3, "calls", 5, kind="timing")
        yield from _throughput(company)


def _throughput(company: _Company) -> Iterable[Figure]:
    company.hire(max(CLIENTS))
    floor = FloorBuilder(facts=company.facts, aws=company.aws).at_once(_zipped())
    tokens = [company.token(f"e{one + 100}@foo.com") for one in range(max(CLIENTS))]
    real_url = f"{company.facts.api_url}/request_leave"

    asked = [0] * max(CLIENTS)

    def call(url: str, client: int) -> None:
        asked[client] += 1
        body = {"date": company.day(asked[client])}
        while (answer := web.post_json(url, body, token=tokens[client])).status == _BUSY:
            time.sleep(0.05)  # the workflows of earlier requests run on the same few workers
        if answer.status != _ACCEPTED:
            raise SystemExit(f"{url} answered {answer.status}: {answer.body}")

    for url in (floor, real_url):  # warms the functions up
        a_second(max(CLIENTS), lambda client, to=url: call(to, client))
    for clients in CLIENTS:
        least = a_second(clients, lambda client: call(floor, client))
        real = a_second(clients, lambda client: call(real_url, client))
        note = f"{real:.1f} a second against {least:.1f} of a function that returns at once"
        name = f"throughput, {clients} clients"
        yield Figure(name, least / real, "x", kind="timing", note=note)


def _zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("at_once.py", _AT_ONCE)
    return packed.getvalue()


def main() -> None:
    """Print the figures."""
    for figure in measure():
        print(f"{figure.name:<32}{figure.value:8.2f} {figure.unit:<8}{figure.note}")


if __name__ == "__main__":
    main()
