"""Domain values for tests: sensible by themselves, changed where a test is about the change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from leave.domain.employees import Employee
from leave.domain.ledgers import Booking
from leave.domain.mails import Mail
from leave.domain.periods import HalfDay, Period
from leave.domain.requests import Decision, Event, LeaveRequest, Person
from leave.domain.secrets import Secret
from leave.domain.working_time import WorkingWeek, count_working_days

MONDAY_TO_FRIDAY = WorkingWeek.parse("Mon-Fri")

# A Monday. No test reads the real clock.
NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
TODAY = NOW.date()

MAIL = Mail(to="john@foo.com", subject="Leave", text="Hello", html="<p>Hello</p>", thread="r1")

TASK_TOKEN = Secret("task-token-that-must-not-leak")


def an_employee(employee_id: str = "E002", **changes: Any) -> Employee:
    """Return somebody who works Monday to Friday, has 25 days a year and is led by E001."""
    employee = Employee(
        employee_id=employee_id,
        name=f"Name of {employee_id}",
        email=f"{employee_id.lower()}@foo.com",
        lead_id="E001",
        annual_leave_days=Decimal(25),
        working_week=MONDAY_TO_FRIDAY,
    )
    return replace(employee, **changes)


JOHN = an_employee("E001", name="John Carpenter", email="john@foo.com", lead_id=None)
JIM = an_employee("E002", name="Jim O'Dell", email="jim@foo.com")
JANE = an_employee("E003", name="Jane Cook", email="jane@foo.com")


def a_day(text: str) -> date:
    """Return a day from its ISO text."""
    return date.fromisoformat(text)


def a_period(start: str = "2027-05-03", end: str | None = None, half: str | None = None) -> Period:
    """Return a period; by default one working Monday."""
    return Period(
        start=a_day(start), end=a_day(end or start), half_day=HalfDay(half) if half else None
    )


def a_booking(
    request_id: str = "r1", period: Period | None = None, days: str = "1", status: str = "pending"
) -> Booking:
    """Return what a request takes from one year."""
    return Booking(
        request_id=request_id, period=period or a_period(), days=Decimal(days), status=status
    )


def a_request(request_id: str = "r1", period: Period | None = None, **changes: Any) -> LeaveRequest:
    """Return Jim's request as it is just after it was recorded."""
    period = period or a_period()
    request = LeaveRequest(
        request_id=request_id,
        employee=Person(employee_id=JIM.employee_id, name=JIM.name),
        period=period,
        working_days=count_working_days(period, MONDAY_TO_FRIDAY),
        history=(Event(at=NOW, what="requested", who=JIM.email, via="api"),),
    )
    return replace(request, **changes)


def an_asked_request(request_id: str = "r1", **changes: Any) -> LeaveRequest:
    """Return Jim's request after John was asked, with its link and task token."""
    request = a_request(request_id, **changes)
    return request.ask(
        Person(employee_id=JOHN.employee_id, name=JOHN.name), task_token=TASK_TOKEN
    ).mark_lead_mailed()


def a_decided_request(
    decision: str = "approved", comment: str = "", **changes: Any
) -> LeaveRequest:
    """Return Jim's request after John's answer."""
    return an_asked_request(**changes).decide(Decision(decision), comment=comment, at=NOW)


def link_text(request: LeaveRequest) -> str:
    """Return the last part of the request's decision URL."""
    link = request.link()
    assert link is not None
    return link.reveal()
