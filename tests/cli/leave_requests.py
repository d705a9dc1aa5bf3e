"""Requests as the stage itself would record them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from leave import bootstrap
from leave.domain.calendar import Period
from leave.domain.history import Person
from leave.domain.values import Secret
from leave.services.authorization import Caller
from leave.services.leave_policy import LeaveRequestInput
from tests.cli.aws_stage import VARIABLES, AwsStage

if TYPE_CHECKING:
    from leave.domain.history import Decision
    from leave.domain.request import LeaveRequest


def a_monday(weeks: int = 2) -> date:
    """Return the Monday that is so many weeks and some days ahead."""
    today = datetime.now(UTC).date()
    return today + timedelta(days=7 - today.weekday(), weeks=weeks)


@dataclass(frozen=True)
class LeaveRequests:
    """Makes requests of the sample's people; needs the stage's workflow."""

    stage: AwsStage
    workflow_arn: str

    def ask(self, who: str = "jim@foo.com", *, weeks: int = 2, days: int = 1) -> LeaveRequest:
        """Record a request for so many days from a Monday on."""
        variables = VARIABLES | {"LEAVE_STATE_MACHINE_ARN": self.workflow_arn}
        _, request_leave = bootstrap.request_leave(variables)
        start = a_monday(weeks)
        period = Period(start=start, end=start + timedelta(days=days - 1))
        wish = LeaveRequestInput(period=period, leave_type="annual")
        submitted = request_leave(Caller(email=who, in_admins=False), wish)
        return self.get(submitted.request_id)

    def get(self, request_id: str) -> LeaveRequest:
        request = self.stage.requests.get(request_id)
        assert request is not None
        return request

    def mailed(self, request: LeaveRequest, approver_id: str, token: str = "token") -> LeaveRequest:
        """Let the workflow ask an approver, who gets the mail."""
        approver = self.stage.directory.by_id(approver_id)
        assert approver is not None
        person = Person(employee_id=approver_id, name=approver.name)
        asked = request.ask(
            person, task_token=Secret(token), at=datetime.now(UTC), email=approver.email
        )
        self.stage.requests.replace(request, asked)
        told = asked.mark_lead_mailed()
        self.stage.requests.replace(asked, told)
        return told

    def decided(self, request: LeaveRequest, decision: Decision) -> LeaveRequest:
        """Let the approver answer."""
        decided = request.decide(decision, comment="so it is", at=datetime.now(UTC))
        self._write(request, decided)
        return decided

    def to_cancel(self, request: LeaveRequest) -> LeaveRequest:
        """Let the employee ask to cancel approved leave."""
        asked = request.ask_to_cancel(actor="jim@foo.com", at=datetime.now(UTC))
        self._write(request, asked)
        return asked

    def _write(self, before: LeaveRequest, after: LeaveRequest) -> None:
        owner = after.employee.employee_id
        ledgers = self.stage.requests.ledgers([owner], list(after.plan.counts))
        bookings = after.bookings()
        changed = [
            ledger.with_booking(bookings[year])
            if year in bookings
            else ledger.without(after.request_id)
            for (_, year), ledger in ledgers.items()
        ]
        self.stage.requests.replace(before, after, changed)
