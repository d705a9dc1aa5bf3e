"""Whether a call costs more after 10,000 requests than after 10: `python -m bench.growth`.

The use cases run over the real adapters on a DynamoDB in memory; what each call would be charged
for is worked out from what it read and wrote.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

from moto import mock_aws

from bench.capacity_units import Meter
from bench.figures import Figure
from bench.histories import Past, an_employee, write_past
from bench.in_memory import new_table
from leave.adapters.clock import SystemClock
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.lookup import DynamoRecords
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.holiday_tables import FileHolidayTables
from leave.adapters.identifiers import new_request_id
from leave.domain.history import Person
from leave.domain.periods import Period
from leave.domain.rules import ANNUAL_LEAVE, Rules
from leave.domain.secrets import Secret
from leave.domain.statuses import Decision
from leave.services.approvers import Approvers
from leave.services.briefing import Briefing
from leave.services.change_leave_request import ChangeLeaveRequest
from leave.services.gatekeeper import Caller
from leave.services.people import People
from leave.services.planning import Planner, Wish
from leave.services.read_leave import ReadLeave
from leave.services.request_leave import RequestLeave
from leave.services.submit_lead_response import SubmitLeadResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from leave.adapters.dynamodb.table import Table

SHORT, LONG = 10, 10_000
AIM_RATIO = 1.1


@dataclass(frozen=True)
class Cost:
    """What one call reads and writes, in capacity units."""

    reads: int
    writes: int
    calls: tuple[str, ...]


class _Waiting:
    """A workflow that is always there and always waits."""

    def start(self, name: str, *, request_id: str, inquiry: int) -> str:  # noqa: ARG002
        return f"arn:{name}"

    def ensure(self, name: str, *, request_id: str, inquiry: int) -> bool:  # noqa: ARG002
        return True

    def answer(
        self,
        task_token: Secret,  # noqa: ARG002
        *,
        request_id: str,  # noqa: ARG002
        status: str,  # noqa: ARG002
        wait_seconds: int = 0,  # noqa: ARG002
    ) -> bool:
        return True

    def fail(self, task_token: Secret, *, error: str, cause: str) -> bool:  # noqa: ARG002
        return True


def costs_after(past: int) -> Mapping[str, Cost]:
    """Return the cost of each call for an employee with so many past requests."""
    with mock_aws():
        table = new_table()
        now = datetime.now(UTC)
        employee = an_employee(1, lead_id="E00002", since=now.year - 30)
        directory = DynamoDirectory(table)
        lead = an_employee(2, lead_id=None, since=now.year - 30)
        for person in (employee, lead):
            directory.write(person, before=None)
        write_past(table, employee, Past(past), this_year=now.year)
        return _costs(table, employee.email, _next_monday(now))


def _costs(table: Table, email: str, monday: datetime) -> Mapping[str, Cost]:
    clock, directory, requests = SystemClock(UTC), DynamoDirectory(table), DynamoRequests(table)
    people, workflow = People(clock=clock, directory=directory), _Waiting()
    planner = Planner(
        clock=clock,
        directory=directory,
        requests=requests,
        records=DynamoRecords(table),
        holidays=FileHolidayTables(),
        rules=Rules(),
    )
    core: dict[str, Any] = {"clock": clock, "requests": requests, "planner": planner}
    request_leave = RequestLeave(**core, people=people, workflow=workflow, new_id=new_request_id)
    change = ChangeLeaveRequest(**core, people=people, workflow=workflow)
    approvers = Approvers(clock=clock, employees=directory, ledgers=requests, policy=planner.policy)
    respond = SubmitLeadResponse(
        **core,
        approvers=approvers,
        briefing=Briefing(planner=planner, approvers=approvers),
        workflow=workflow,
    )
    read = ReadLeave(
        clock=clock,
        people=people,
        directory=directory,
        requests=requests,
        records=planner.records,
        rules=planner.rules,
    )
    caller = Caller(email=email, is_admin=False)
    meter = Meter()
    meter.attach(table.client)

    def wish(day: int) -> Wish:
        date = (monday + timedelta(days=day)).date()
        return Wish(period=Period(start=date, end=date), leave_type=ANNUAL_LEAVE)

    def cost(call: Callable[[], Any]) -> tuple[Cost, Any]:
        meter.reset()
        result = call()
        return Cost(meter.reads, meter.writes, tuple(meter.calls)), result

    costs: dict[str, Cost] = {}
    costs["request leave"], submitted = cost(lambda: request_leave(caller, wish(0)))
    request_id = submitted.request_id
    costs["change dates"], _ = cost(lambda: change.change(caller, request_id, wish(1)))
    link = _ask(requests, directory, request_id)
    costs["open the link"], _ = cost(lambda: respond.show(link))
    costs["decide"], _ = cost(lambda: respond(link, Decision.APPROVED, ""))
    costs["read one"], _ = cost(lambda: read.request(caller, request_id))
    costs["balance"], _ = cost(lambda: read.balances(caller, employee_id=None, year=monday.year))
    costs["team calendar"], _ = cost(
        lambda: read.team(caller, monday.date(), (monday + timedelta(days=60)).date())
    )
    return costs


def _ask(requests: DynamoRequests, directory: DynamoDirectory, request_id: str) -> str:
    request = requests.get(request_id)
    lead = directory.by_id("E00002")
    if request is None or lead is None:
        raise LookupError(request_id)
    asked = request.ask(
        Person(employee_id=lead.employee_id, name=lead.name),
        task_token=Secret("token"),
        at=datetime.now(UTC),
    )
    requests.replace(request, asked)
    link = asked.link()
    return link.reveal() if link else ""


def _next_monday(now: datetime) -> datetime:
    return now + timedelta(days=7 - now.weekday() + 7)


def measure() -> Iterable[Figure]:
    """Yield what a long past costs in capacity, as a ratio to a short one, by the worst call."""
    short, long = _short_and_long()
    read = max(long[name].reads / cost.reads for name, cost in short.items())
    note = f"{LONG:,} past requests against {SHORT}, worst of {len(short)} calls"
    yield Figure("growth of read units", read, "x", aim=AIM_RATIO, kind="timing", note=note)
    written = max(long[n].writes / cost.writes for n, cost in short.items() if cost.writes)
    yield Figure("growth of write units", written, "x", aim=AIM_RATIO, kind="timing", note=note)


def _short_and_long() -> tuple[Mapping[str, Cost], Mapping[str, Cost]]:
    hidden = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    known = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    region = {"AWS_DEFAULT_REGION": "eu-central-1"}
    with mock.patch.dict(os.environ, hidden | known | region, clear=True):
        return costs_after(SHORT), costs_after(LONG)


def main() -> None:
    """Print the table."""
    short, long = _short_and_long()
    print(f"{'call':<16}{'read units':>16}{'write units':>16}   calls")
    for name, before in short.items():
        after = long[name]
        reads, writes = f"{before.reads} -> {after.reads}", f"{before.writes} -> {after.writes}"
        print(f"{name:<16}{reads:>16}{writes:>16}   {', '.join(after.calls)}")


if __name__ == "__main__":
    main()
