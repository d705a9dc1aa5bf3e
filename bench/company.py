"""People of a local stage, and what they do there over HTTP."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.request import Request, build_opener

from bench.histories import an_employee
from emulator.demo import web
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.table import Table
from leave.domain.values import replace

if TYPE_CHECKING:
    from emulator.aws import EmulatedAws
    from emulator.ready import StageFacts

_PATIENCE: Final = 120.0


class Company:
    """Jim, his lead John, and whoever is hired."""

    def __init__(self, facts: StageFacts, aws: EmulatedAws) -> None:
        self.facts, self.aws = facts, aws
        self.table = Table(aws.tables, facts.table_name)
        today = datetime.now(UTC).date()
        self._monday = today + timedelta(days=21 - today.weekday())

    def hire(self, number: int) -> None:
        """Give each client an employee, so that they do not wait for each other's ledger."""
        directory = DynamoDirectory(self.table)
        for one in range(number):
            hired = an_employee(one + 100, lead_id="E001", since=datetime.now(UTC).year)
            directory.write(hired, before=None)

    def promote(self, boss: int) -> str:
        """Hire a lead for John, and return the mail address."""
        directory, john = DynamoDirectory(self.table), "E001"
        lead = an_employee(boss, lead_id=None, since=datetime.now(UTC).year)
        directory.write(lead, before=None)
        if before := directory.by_id(john):
            directory.write(replace(before, lead_id=lead.employee_id), before=before)
        return lead.email

    def token(self, email: str) -> str:
        """Sign somebody in."""
        url = f"{self.facts.google_url}/_fake/id_token"
        return web.post_json(url, {"email": email}).fields()["id_token"]

    def day(self, number: int) -> str:
        """Return a working day to come, by its number."""
        return str(self._monday + timedelta(weeks=number // 5, days=number % 5))

    def ask(self, day: int, *, days: int = 1) -> dict[str, Any]:
        """Let Jim ask for days in one week; return what the API says of them."""
        wanted = {"start": self.day(day), "end": self.day(day + days - 1)}
        url = f"{self.facts.api_url}/request_leave"
        answer = web.post_json(url, wanted, token=self.token("jim@foo.com"))
        if answer.status != 202:  # noqa: PLR2004
            raise SystemExit(f"{url} answered {answer.status}: {answer.body}")
        return answer.fields()

    def change(self, request_id: str, method: str, body: dict[str, Any] | None = None) -> None:
        """Let Jim change a request (`PATCH`) or withdraw it (`DELETE`)."""
        request = Request(  # noqa: S310 - the stage's own address
            f"{self.facts.api_url}/leave_requests/{request_id}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token('jim@foo.com')}",
                "Content-Type": "application/json",
            },
            method=method,
        )
        build_opener().open(request, timeout=_PATIENCE).close()

    def decide(self, decision: str, request_id: str, *, by: str = "john@foo.com") -> None:
        """Let somebody click a link as soon as it is in a mail."""
        web.post_form(self.link(decision, request_id, to=by), {"comment": "no"})

    def link(self, decision: str, request_id: str, *, to: str = "john@foo.com") -> str:
        """Wait for the newest mail about a request, and return its link."""
        url = f"{self.facts.google_url}/_fake/messages?to={to}"
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            for mail in reversed(web.get(url).items() or []):
                if found := re.findall(rf"http\S+/{decision}/{request_id}\S+", mail["text"]):
                    return found[0]
            time.sleep(0.1)
        raise SystemExit(f"No mail about {request_id} in {_PATIENCE:.0f} s.")

    def history(self, execution: str) -> list[dict[str, Any]]:
        """Wait for the end of an execution, and return its events."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if self.aws.workflows.describe_execution(executionArn=execution)["status"] != "RUNNING":
                break
            time.sleep(0.1)
        told: Any = self.aws.workflows.get_execution_history(
            executionArn=execution, maxResults=1000
        )
        return told["events"]
