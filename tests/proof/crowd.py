"""Many employees of one local stage, their leads, and what becomes of their executions."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from emulator.demo import web
from emulator.demo.web import Answer, DemoFailedError
from emulator.places import SAMPLE_DIRECTORY
from emulator.summary import working_day_ahead
from leave.adapters.dynamodb.requests import request_from_item
from leave.adapters.dynamodb.table import decode
from leave.domain.request import LeaveRequest
from tests.end_to_end.employees import Employee, import_employees
from tests.end_to_end.people import Someone
from tests.end_to_end.sweeps import make_sweep
from tests.stage import LocalStage

T = TypeVar("T")
R = TypeVar("R")
CLIENTS = 4
"""How many act at once; each waits for what follows, so that no burst outgrows a laptop."""
MOST_AT_ONCE = 8
"""How many may ask at the same moment: each needs a function that takes the request and one that
mails, and MiniStack, which runs 16, forgets to call the second where there is no room.
"""
TEAM = 20
PATIENCE_SECONDS = 240.0
_TURNED_AWAY = {429, 503}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that was accepted, by which employee and for which lead."""

    request_id: str
    employee: int

    @property
    def lead(self) -> int:
        """The number of the lead."""
        return self.employee // TEAM


@dataclass(kw_only=True)
class Crowd:
    """So many employees, `TEAM` of them for each lead."""

    stage: LocalStage
    size: int

    def __post_init__(self) -> None:
        # The stubs do not know that what is asked for is there.
        self._tables: Any = self.stage.aws.tables
        self._day = working_day_ahead(datetime.now(UTC).date())

    def employee(self, number: int) -> Employee:
        """Return an employee."""
        return Employee(self.stage.facts, f"e{number}@foo.com")

    def lead(self, number: int) -> Someone:
        """Return the lead of a team."""
        return Someone(self.stage.facts, f"l{number}@foo.com")

    def move_in(self) -> None:
        """Import all of them, besides those of the sample."""
        rest = "25,Mon-Fri,2020-01-01,,,en"
        leads = [f"L{n},Lead {n},l{n}@foo.com,,{rest}" for n in range(-(-self.size // TEAM))]
        people = [f"C{n},Employee {n},e{n}@foo.com,L{n // TEAM},{rest}" for n in range(self.size)]
        sample = SAMPLE_DIRECTORY.read_text(encoding="utf-8")
        import_employees(self.stage.facts, sample + "\n".join([*leads, *people]) + "\n")

    def ask(self, numbers: Iterable[int]) -> list[Asked]:
        """Let the wishes of these numbers be asked for, and all leads be asked."""
        return self.at_work(self._ask, numbers)

    def ask_at_once(self, numbers: Sequence[int], burst: int) -> list[Asked]:
        """Do the same, so many of them at the same moment, and then the next ones."""
        assert burst <= MOST_AT_ONCE
        asked: list[Asked] = []
        with ThreadPoolExecutor(burst) as pool:
            for first in range(0, len(numbers), burst):
                asked += pool.map(self._ask, numbers[first : first + burst])
        return asked

    def decide(self, requests: Iterable[Asked]) -> list[str]:
        """Let the leads answer, every third time with no; return what was decided, in order."""
        links = self.links()
        return self.at_work(lambda one: self._decide(one, links), requests)

    def links(self) -> dict[str, str]:
        """Return the way to the page behind each mail's links, by request."""
        found: dict[str, str] = {}
        for number in range(-(-self.size // TEAM)):
            for mail in self.lead(number).mails("/approved/"):
                link = mail.link("approved").rpartition("/")[2]
                found[link.partition(".")[0]] = link
        return found

    def mails(self) -> Counter[tuple[str, str]]:
        """Return how many mails went to whom about which request."""
        everything = web.get(f"{self.stage.facts.google_url}/_fake/messages").items() or []
        return Counter((mail["to"], _request_of(mail["text"])) for mail in everything)

    def record(self, request_id: str) -> LeaveRequest:
        """Return a request as it is recorded."""
        key = {"pk": {"S": f"REQUEST#{request_id}"}, "sk": {"S": "REQUEST"}}
        item = self._tables.get_item(TableName=self.stage.facts.table_name, Key=key)["Item"]
        return request_from_item(decode(item))

    def without_token(self) -> set[str]:
        """Return the ids of the open requests for which no execution waits."""
        pages = self._tables.get_paginator("scan").paginate(
            TableName=self.stage.facts.table_name,
            FilterExpression="sk = :r AND #s = :p AND attribute_not_exists(taskToken)",
            ProjectionExpression="requestId",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":r": {"S": "REQUEST"}, ":p": {"S": "pending"}},
        )
        return {item["requestId"]["S"] for page in pages for item in page["Items"]}

    def at_work(self, act: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Return what `act` gives for each item, for a few at a time."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            return list(pool.map(act, items))

    def _ask(self, number: int) -> Asked:
        employee = self.employee(number % self.size)
        day = self._day + timedelta(weeks=number // self.size)
        wanted, key = {"date": day.isoformat()}, f"wish-{number}"
        answer = patiently(
            lambda: employee.call("POST", "/request_leave", wanted, Idempotency_Key=key)
        )
        assert answer.status == 202, answer.body
        request_id = answer.fields()["requestId"]
        self.wait(request_id, "lead_mailed")
        return Asked(request_id=request_id, employee=number % self.size)

    def _decide(self, one: Asked, links: dict[str, str]) -> str:
        decision = "denied" if int(one.request_id[-1], 36) % 3 == 0 else "approved"
        path = f"/leave_lead_response/{decision}/{links[one.request_id]}"
        url = f"{self.stage.facts.api_url}{path}"
        page = patiently(lambda: web.post_form(url, {"comment": "So be it"}))
        assert page.status == 200, page.body
        self.wait(one.request_id, "outcome_mailed")
        return decision

    def wait(self, request_id: str, what: str) -> None:
        """Wait until a request's record says that a mail is out."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not getattr(self.record(request_id), what):
            assert time.monotonic() < deadline, f"{what} never came true for {request_id}"
            time.sleep(0.1)


def _request_of(text: str) -> str:
    """Return the id at the foot of each mail."""
    return text.partition("Request ")[2].split(maxsplit=1)[0].strip(".")


def patiently(call: Callable[[], Answer]) -> Answer:
    """Call again while one hears nothing, or is turned away because too much happens at once.

    How many functions may run at once is a matter of the account, and small on a laptop.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = call()
        except (DemoFailedError, OSError):
            if time.monotonic() > deadline:
                raise
        else:
            if answer.status not in _TURNED_AWAY or time.monotonic() > deadline:
                return answer
        time.sleep(0.3)


QUIET_SECONDS = 20.0
"""How long nothing may happen before what does not wait by then is taken for forgotten."""
_SWEEPS = 6
_SETTLED_SECONDS = 120.0


def revive(crowd: Crowd) -> int:
    """Make sweeps until every open request waits; return how often MiniStack forgot a call.

    A sweep starts executions faster than functions start. AWS tells the workflow that there was no
    room for a function, and it tries again; MiniStack lets the execution wait for an answer that
    nobody was asked for. Such an execution is ended here, as an operator can, and the next sweep
    starts another.
    """
    forgotten = 0
    for _ in range(_SWEEPS):
        make_sweep(crowd.stage)
        left = _left_alone(crowd)
        if not left:
            return forgotten
        forgotten += len(left)
        _end(crowd.stage, left)
    raise AssertionError(f"{_SWEEPS} sweeps left {len(_left_alone(crowd))} requests alone")


def executions(stage: LocalStage) -> Counter[str]:
    """Return how many executions have which status, when none of the functions is at work."""
    deadline = time.monotonic() + _SETTLED_SECONDS
    before = None
    while (now := _count(stage)) != before and time.monotonic() < deadline:
        before = now
        time.sleep(0.5)
    return now


def megabytes(stage: LocalStage) -> float:
    """Return the memory of MiniStack, the emulator's one child, without the functions it runs."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "ppid=,rss="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    lines = (line.split() for line in listed)
    emulator = str(stage.emulator.process.pid)
    return sum(int(size) for parent, size in lines if parent == emulator) / 1024


def _count(stage: LocalStage) -> Counter[str]:
    return Counter(status for _, _, status in _all(stage))


def _left_alone(crowd: Crowd) -> set[str]:
    left = crowd.without_token()
    quiet_since = time.monotonic()
    while left and time.monotonic() < quiet_since + QUIET_SECONDS:
        time.sleep(0.5)
        now = crowd.without_token()
        if now != left:
            left, quiet_since = now, time.monotonic()
    return left


def _end(stage: LocalStage, requests: set[str]) -> None:
    for arn, name, status in _all(stage):
        if status == "RUNNING" and name.partition(".")[0] in requests:
            stage.aws.workflows.stop_execution(executionArn=arn)


def _all(stage: LocalStage) -> list[tuple[str, str, str]]:
    pages = stage.aws.workflows.get_paginator("list_executions").paginate(
        stateMachineArn=stage.facts.state_machine_arn
    )
    return [
        (execution["executionArn"], execution["name"], execution["status"])
        for page in pages
        for execution in page["executions"]
    ]
