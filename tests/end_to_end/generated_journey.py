# pyright: strict
"""A program of somebody else's: type-checked beside the generated client, and then run."""

import re
import sys
from datetime import date, timedelta

from leave_client import AuthenticatedClient, Client
from leave_client.api.default import (
    change_leave_request,
    list_leave_requests,
    list_leave_types,
    read_calendar_feed,
    read_leave_balance,
    read_leave_request,
    read_team_calendar,
    report_health,
    request_leave,
    withdraw_leave_request,
)
from leave_client.models import (
    ChangeBody,
    ConflictProblem,
    Failure,
    HalfDay,
    Health,
    LeaveBalance,
    LeaveBody,
    LeaveRequest,
    LeaveRequests,
    LeaveTypes,
    MalformedProblem,
    RuleProblem,
    Status,
    Submitted,
    TeamCalendar,
    UnknownProblem,
)

# What is on this machine is never reached through a proxy.
_DIRECT = {"trust_env": False}


def travel(api_url: str, token: str, day: date) -> None:
    """Ask, read, change and cancel; see what is left, and who is away."""
    client = AuthenticatedClient(base_url=api_url, token=token, httpx_args=_DIRECT)
    types = list_leave_types.sync(client=client)
    assert isinstance(types, LeaveTypes)
    assert "annual" in {one.id for one in types.leave_types if one.has_balance}

    body = LeaveBody(start=day, end=day + timedelta(days=1), reason="Skiing")
    asked = request_leave.sync(client=client, body=body, idempotency_key=f"client-{day}")
    assert isinstance(asked, Submitted)
    assert asked.working_days == 2
    clash = request_leave.sync(client=client, body=LeaveBody(date=day))
    assert isinstance(clash, ConflictProblem)
    assert (clash.request_id, clash.request_status) == (asked.request_id, Status.PENDING)

    half = ChangeBody(date=day, half_day=HalfDay.MORNING)
    changed = change_leave_request.sync(asked.request_id, client=client, body=half)
    assert isinstance(changed, LeaveRequest)
    read = read_leave_request.sync(asked.request_id, client=client)
    assert isinstance(read, LeaveRequest)
    assert (read.start, read.half_day, read.working_days) == (day, HalfDay.MORNING, 0.5)
    assert read.history[0].at < read.history[1].at
    listed = list_leave_requests.sync(client=client, status=Status.PENDING, year=day.year)
    assert isinstance(listed, LeaveRequests)
    assert asked.request_id in {one.request_id for one in listed.leave_requests}

    balance = read_leave_balance.sync(client=client, year=day.year)
    assert isinstance(balance, LeaveBalance)
    annual = next(one for one in balance.balances if one.type_ == "annual")
    assert annual.pending >= 0.5
    cancelled = withdraw_leave_request.sync(asked.request_id, client=client)
    assert isinstance(cancelled, LeaveRequest)
    assert cancelled.status is Status.WITHDRAWN

    team = read_team_calendar.sync(client=client, start=day)
    assert isinstance(team, TeamCalendar)
    assert team.feed
    feed = read_calendar_feed.sync(
        team.feed.removeprefix("/calendar/"), client=Client(base_url=api_url, httpx_args=_DIRECT)
    )
    assert isinstance(feed, str)
    assert feed.startswith("BEGIN:VCALENDAR")


def be_refused(api_url: str, token: str, day: date) -> None:
    """Read what is wrong in every way there is."""
    client = AuthenticatedClient(base_url=api_url, token=token, httpx_args=_DIRECT)
    malformed = request_leave.sync(client=client, body=LeaveBody(date=day, start=day))
    assert isinstance(malformed, MalformedProblem)
    assert {problem.field for problem in malformed.errors} == {"date"}
    past = request_leave.sync(client=client, body=LeaveBody(date=date(2020, 1, 6)))
    assert isinstance(past, RuleProblem)
    assert past.type_ == "urn:leave:problem:past-period"
    assert past.start == date(2020, 1, 6)
    assert isinstance(past.today, date)
    unknown = read_leave_request.sync("0" * 26, client=client)
    assert isinstance(unknown, UnknownProblem)
    assert unknown.request_id == "0" * 26
    stranger = AuthenticatedClient(base_url=api_url, token="x", httpx_args=_DIRECT)
    nobody = list_leave_types.sync(client=stranger)
    assert isinstance(nobody, Failure)
    assert nobody.message == "Unauthorized"
    health = report_health.sync(client=Client(base_url=api_url, httpx_args=_DIRECT))
    assert isinstance(health, Health)
    assert health.status == "ok"
    assert re.fullmatch(r"\d+\.\d+\.\d+", health.version)


if __name__ == "__main__":
    travel(sys.argv[1], sys.argv[2], date.fromisoformat(sys.argv[3]))
    be_refused(sys.argv[1], sys.argv[2], date.fromisoformat(sys.argv[3]))
