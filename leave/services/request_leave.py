"""An employee asks for leave."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from leave.domain.employees import Employee, approver_id
from leave.domain.errors import (
    ConflictError,
    FieldProblem,
    IdempotencyMismatchError,
    MalformedRequestError,
    NotAllowedError,
    NoWorkingDaysError,
    OverlapError,
    PastPeriodError,
    TooFarAheadError,
    UnavailableError,
    UnknownEmployeeError,
)
from leave.domain.requests import ANNUAL_LEAVE, Event, LeaveRequest, Person
from leave.domain.working_time import count_working_days
from leave.services.loading import load
from leave.services.ports import Replay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from decimal import Decimal

    from leave.domain.periods import Period
    from leave.services.gatekeeper import Caller
    from leave.services.ports import Clock, Directory, Requests, Workflow

HORIZON = timedelta(days=2 * 366)
"""How far ahead leave may end. Two years keep one request within three yearly ledgers."""

START_GRACE = timedelta(minutes=1)
"""How long a workflow may take to begin before its start counts as lost."""

_ATTEMPTS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What is asked for; `employee_id` None means the caller's own leave."""

    period: Period
    employee_id: str | None = None
    leave_type: str = ANNUAL_LEAVE
    reason: str = ""

    def digest(self) -> str:
        """Return a fingerprint that is the same exactly when the same is asked for."""
        parts = [self.employee_id, str(self.period), self.leave_type, self.reason]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """What the employee gets back; `ref` is the execution's ARN."""

    ref: str
    request_id: str
    working_days: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestLeave:
    """The use case. `new_id` makes ids that sort by time."""

    clock: Clock
    directory: Directory
    requests: Requests
    workflow: Workflow
    new_id: Callable[[], str]
    fallback_approver: str | None = None

    def __call__(
        self, caller: Caller, wish: Wish, *, idempotency_key: str | None = None
    ) -> Submitted:
        """Record the request and start its workflow; asking again with the same key is safe.

        Raises `NotAllowedError`, `UnknownEmployeeError`, `OverlapError`,
        `IdempotencyMismatchError` or a `RuleError`; nothing is written then.
        """
        employee = self._employee(caller, wish)
        for _ in range(_ATTEMPTS):
            try:
                request = self._recorded(caller, employee, wish, idempotency_key)
            except ConflictError:
                continue
            ref = self.workflow.start(request.request_id)
            return Submitted(
                ref=ref,
                request_id=request.request_id,
                working_days=request.total_working_days,
            )
        raise UnavailableError("Too many changes at once to this employee's leave. Try again.")

    def _employee(self, caller: Caller, wish: Wish) -> Employee:
        own = self.directory.by_email(caller.email)
        if own is not None and wish.employee_id in (None, own.employee_id):
            employee = own
        elif not caller.is_admin:
            raise NotAllowedError(
                "You are not in the employee directory of this company."
                if own is None
                else f"You may ask for your own leave ({own.employee_id}) only."
            )
        elif wish.employee_id is None:
            raise MalformedRequestError(
                FieldProblem("employeeId", "needed, because you are no employee yourself")
            )
        elif (found := self.directory.by_id(wish.employee_id)) is None:
            raise UnknownEmployeeError(wish.employee_id)
        else:
            employee = found
        if employee.has_left(self.clock.today()):
            raise NotAllowedError(f"Employee {employee.employee_id} left on {employee.end_date}.")
        return employee

    def _recorded(
        self, caller: Caller, employee: Employee, wish: Wish, key: str | None
    ) -> LeaveRequest:
        if key is not None and (earlier := self.requests.replay(employee.employee_id, key)):
            if earlier.body_digest != wish.digest():
                raise IdempotencyMismatchError
            return load(self.requests, earlier.request_id)
        approver_id(employee, fallback=self.fallback_approver)
        days = self._counted(employee, wish.period)
        ledgers = self.requests.ledgers(employee.employee_id, list(days))
        request = LeaveRequest(
            request_id=self.new_id(),
            employee=Person(employee_id=employee.employee_id, name=employee.name),
            period=wish.period,
            working_days=days,
            leave_type=wish.leave_type,
            reason=wish.reason,
            history=(Event(at=self.clock.now(), what="requested", who=caller.email, via="api"),),
        )
        try:
            for year, booking in request.bookings().items():
                ledgers[year].book(booking, entitlement=employee.annual_leave_days)
        except OverlapError as clash:
            return self._never_started(clash, wish)
        replay = key and Replay(key=key, body_digest=wish.digest(), request_id=request.request_id)
        self.requests.add(request, ledgers, replay or None)
        return request

    def _counted(self, employee: Employee, period: Period) -> Mapping[int, Decimal]:
        today = self.clock.today()
        if period.start < today:
            raise PastPeriodError(period.start, today)
        if period.end > today + HORIZON:
            raise TooFarAheadError(period.end, today + HORIZON)
        self._within_employment(employee, period.end)
        days = count_working_days(period, employee.working_week)
        if not any(days.values()):
            raise NoWorkingDaysError(period.start, period.end)
        return {year: counted for year, counted in days.items() if counted}

    @staticmethod
    def _within_employment(employee: Employee, end: date) -> None:
        if employee.end_date is not None and end > employee.end_date:
            raise TooFarAheadError(end, employee.end_date)

    def _never_started(self, clash: OverlapError, wish: Wish) -> LeaveRequest:
        """Return the request in the way if it is this very one and its workflow never began."""
        request = load(self.requests, clash.request_id)
        asked = (request.period, request.leave_type, request.reason)
        overdue = self.clock.now() - request.history[0].at > START_GRACE
        if (
            asked == (wish.period, wish.leave_type, wish.reason)
            and request.is_pending
            and request.task_token is None
            and overdue
        ):
            return request
        raise clash
