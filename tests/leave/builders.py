"""Domain values for tests: sensible by themselves, changed where a test is about the change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from leave.domain.calendar import NO_HOLIDAYS, Dated, HalfDay, Period, WorkingWeek
from leave.domain.counting import YearCount, count_by_year, count_days
from leave.domain.employee import Employee, Employment
from leave.domain.errors import NoApproverError
from leave.domain.history import Channel, Decision, Event, EventType, Person
from leave.domain.ledger import Adjustment, Booking, Ledger
from leave.domain.policy import Plan
from leave.domain.request import LeaveRequest
from leave.domain.values import Secret, replace
from leave.domain.views import Mail

MONDAY_TO_FRIDAY = WorkingWeek.parse("Mon-Fri")

# A Monday. No test reads the real clock.
NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
TODAY = NOW.date()

MAIL = Mail(to="john@foo.com", subject="Leave", text="Hello", html="<p>Hello</p>", thread="r1")

TASK_TOKEN = Secret("task-token-that-must-not-leak")


def an_id(number: int) -> str:
    """Return a request id; a greater number is a later request."""
    return f"01jq{number:022}"


R1, R2, R3 = an_id(1), an_id(2), an_id(3)
NO_SUCH_REQUEST = an_id(404)


def employed(start: date | None = None, end: date | None = None) -> tuple[Employment, ...]:
    """Return a single employment, open where no day is given."""
    return (Employment(start=start, end=end),)


def an_employee(
    employee_id: str = "E002",
    *,
    days: str = "25",
    week: str = "Mon-Fri",
    start_date: date | None = None,
    end_date: date | None = None,
    **changes: Any,
) -> Employee:
    """Return somebody who works Monday to Friday, has 25 days a year and is led by E001."""
    employee = Employee(
        employee_id=employee_id,
        name=f"Name of {employee_id}",
        email=f"{employee_id.lower()}@foo.com",
        lead_id="E001",
        annual_leave_days=Dated.parse(days, Decimal),
        working_time=Dated.parse(week, WorkingWeek.parse),
        accounts_since=2027,
        employments=employed(start_date, end_date),
        feed=Secret(f"feed-of-{employee_id}"),
    )
    return replace(employee, **changes)


JOHN = an_employee("E001", name="John Carpenter", email="john@foo.com", lead_id=None)
JIM = an_employee("E002", name="Jim O'Dell", email="jim@foo.com")
JANE = an_employee("E003", name="Jane Cook", email="jane@foo.com")

JIM_HIMSELF = Person(employee_id=JIM.employee_id, name=JIM.name)
JOHN_HIMSELF = Person(employee_id=JOHN.employee_id, name=JOHN.name)


def a_day(text: str) -> date:
    """Return a day from its ISO text."""
    return date.fromisoformat(text)


def a_period(start: str = "2027-05-03", end: str | None = None, half: str | None = None) -> Period:
    """Return a period; by default one working Monday."""
    return Period(
        start=a_day(start), end=a_day(end or start), half_day=HalfDay(half) if half else None
    )


def a_count(days: str = "1", early: str = "0", *, year: int = 2027) -> YearCount:
    """Return what leave costs in one year: `early` of it on New Year, the rest in summer."""
    late = Decimal(days) - Decimal(early)
    costs = ((date(year, 1, 1), Decimal(early)), (date(year, 7, 1), late))
    return YearCount(costs=tuple((day, cost) for day, cost in costs if cost))


def a_plan(period: Period | None = None, **changes: Any) -> Plan:
    """Return a plan of annual leave, counted for somebody who works Monday to Friday."""
    period = period or a_period()
    days = count_days(period, Dated(MONDAY_TO_FRIDAY), NO_HOLIDAYS)
    counts = count_by_year(days)
    return replace(Plan(leave_type="annual", period=period, counts=counts), **changes)


def a_booking(  # noqa: PLR0913 - every part of a booking is varied by some test
    request_id: str = R1,
    period: Period | None = None,
    days: str = "1",
    *,
    early: str = "0",
    status: str = "pending",
    leave_type: str = "annual",
    **changes: Any,
) -> Booking:
    """Return what a request takes from one year."""
    booking = Booking(
        request_id=request_id,
        leave_type=leave_type,
        period=period or a_period(),
        count=a_count(days, early, year=(period or a_period()).start.year),
        status=status,
    )
    return replace(booking, **changes)


def an_adjustment(
    days: str = "2", *, leave_type: str = "annual", reason: str = "Moved house"
) -> Adjustment:
    """Return days that an administrator gave."""
    return Adjustment(
        at=NOW, actor="hr@foo.com", leave_type=leave_type, days=Decimal(days), reason=reason
    )


def a_ledger(year: int = 2027, *bookings: Booking, **changes: Any) -> Ledger:
    """Return Jim's ledger of a year, as it was read from nowhere."""
    return replace(Ledger(employee_id=JIM.employee_id, year=year, bookings=bookings), **changes)


def a_request(
    request_id: str = R1, period: Period | None = None, *, plan: Plan | None = None, **changes: Any
) -> LeaveRequest:
    """Return Jim's request as it is just after it was recorded."""
    plan = plan or a_plan(period)
    asked = Event(
        at=NOW,
        type=EventType.REQUESTED,
        actor=JIM.employee_id,
        channel=Channel.API,
        comment=str(plan.period),
        name=JIM.name,
    )
    request = LeaveRequest(request_id=request_id, employee=JIM_HIMSELF, plan=plan, history=(asked,))
    return replace(request, **changes)


def an_asked_request(request_id: str = R1, **changes: Any) -> LeaveRequest:
    """Return Jim's request after John was asked, with its link and task token."""
    request = a_request(request_id, **changes)
    return request.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW).mark_lead_mailed()


def invited(request: LeaveRequest, **changes: Any) -> LeaveRequest:
    """Return a request with another present invitation."""
    *former, present = request.invitations
    return replace(request, invitations=(*former, replace(present, **changes)))


def a_decided_request(
    decision: str = "approved", comment: str = "", **changes: Any
) -> LeaveRequest:
    """Return Jim's request after John's answer."""
    return an_asked_request(**changes).decide(Decision(decision), comment=comment, at=NOW)


def a_cancellation(request_id: str = R1, **changes: Any) -> LeaveRequest:
    """Return Jim's approved leave while John is asked whether it may be cancelled."""
    told = a_decided_request(request_id=request_id, **changes).mark_outcome_mailed()
    wanted = told.ask_to_cancel(actor=JIM.employee_id, name=JIM.name, at=NOW)
    return wanted.ask(JOHN_HIMSELF, task_token=Secret("second token"), at=NOW).mark_lead_mailed()


def link_text(request: LeaveRequest) -> str:
    """Return the last part of the request's decision URL."""
    link = request.link()
    assert link is not None
    return link.reveal()


NO_APPROVER = NoApproverError("E001", why="no lead is imported", hint="import a leadId")
