"""Doing what the daily sweep has planned for one request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from leave.domain.calendar import NO_HOLIDAYS, Dated, WorkingWeek
from leave.domain.errors import UnknownHolidaysError, quantity
from leave.domain.history import Channel, EventType
from leave.domain.sweep import (
    SweepContext,
    SweepStep,
    is_overdue,
    question_opened_at,
    working_days_since,
    works_on,
)
from leave.services.change_leave_request import CHANGED
from leave.services.directory_changes import is_asked_of, right_approver

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from leave.domain.calendar import Holidays
    from leave.domain.employee import Employee
    from leave.domain.request import LeaveRequest
    from leave.services.approvers import Approvers
    from leave.services.leave_policy import Planner
    from leave.services.ports import Clock, Workflow
    from leave.services.process_lead_response import ProcessLeadResponse
    from leave.services.unit_of_work import UnitOfWork

STALLED_AFTER = timedelta(days=1)
"""How long an execution may run without having got on before another one is started beside it."""
_DOUBLINGS = 8
_USUAL_WEEK = Dated(WorkingWeek.parse("Mon-Fri"))
_MOST_NAMES = 10
"""How many names of executions may be tried in one sweep."""


@dataclass(kw_only=True, slots=True, eq=False)
class SweepSteps:
    """Each step may be repeated, and raises `ConflictError` when another person was faster."""

    clock: Clock
    begin: Callable[[], UnitOfWork]
    cache: UnitOfWork
    workflow: Workflow
    approvers: Approvers
    planner: Planner
    responses: ProcessLeadResponse

    def assess(self, request: LeaveRequest) -> SweepContext:
        """Return what the plan for a request depends on."""
        employee = self.cache.find_employee(request.employee.employee_id)
        approver = request.approver and self.cache.find_employee(request.approver.employee_id)
        today, approvers_day = self._today_of(employee), self._today_of(approver)
        asked_on = self.clock.day(question_opened_at(request))
        # What is asked now may be another question than the one that was mailed.
        since = max(asked_on, self.clock.day(request.asked_at)) if request.asked_at else asked_on
        waited, works_today, holidays = 0, False, NO_HOLIDAYS
        if approver is not None:
            holidays = self._holidays(approver)
            waited = working_days_since(since, approvers_day, approver.working_time, holidays)
            works_today = works_on(approvers_day, approver.working_time, holidays)
        week = approver.working_time if approver else _USUAL_WEEK
        yesterday = approvers_day - timedelta(days=1)
        whole_days = working_days_since(since, yesterday, week, holidays)
        is_right, has_next, first_is_enough = True, False, False
        if employee is not None and request.question is not None:
            is_right = self._is_right(request, employee)
            has_next = self.approvers.after(self.cache, employee, request) is not None
            first_is_enough = self.approvers.first_is_enough(self.cache, employee, request)
        return SweepContext(
            now=self.clock.now(),
            today=today,
            asked_on=asked_on,
            since=since,
            waited=waited,
            whole_days=whole_days,
            works_today=works_today,
            is_right=is_right,
            has_next=has_next,
            is_known=employee is not None,
            is_outside=employee is not None and not employee.is_employed(request.plan.period),
            first_is_enough=first_is_enough,
        )

    def apply(self, step: SweepStep, request: LeaveRequest, context: SweepContext) -> LeaveRequest:
        """Do one step, and return the request as it is then."""
        match step:
            case SweepStep.SETTLE | SweepStep.EXPIRE | SweepStep.END:
                return self._close(step, request, context)
            case SweepStep.REROUTE | SweepStep.ESCALATE:
                return self._ask_another(request, closed(request, step, context))
            case SweepStep.ASK_AGAIN:
                return self._ask_again(request)
            case SweepStep.TELL:
                return self._tell(request)
            case SweepStep.KEEP_WAITING:
                return self._keep_waiting(request)
            case SweepStep.REMIND:  # gathered with the approver's others
                return request

    def wake(self, request: LeaveRequest) -> LeaveRequest:
        """Let the workflow wait again for the present question, and mail what is not mailed yet."""
        return self._keep_waiting(self._ask_again(request))

    def _ask_again(self, request: LeaveRequest) -> LeaveRequest:
        heard = self._fail(request)
        return (
            self._start_successor(request) if not heard and self._is_stalled(request) else request
        )

    def _is_right(self, request: LeaveRequest, employee: Employee) -> bool:
        approver = right_approver(self.cache, self.approvers, employee, request)
        return approver is None or is_asked_of(request, approver)

    def _ask_another(self, before: LeaveRequest, after: LeaveRequest) -> LeaveRequest:
        self._write(before, after)
        self._fail(after)
        return after

    def _fail(self, request: LeaveRequest) -> bool:
        """Let the workflow ask again; False when it does not wait with the token that is known."""
        token = request.task_token
        return token is not None and self.workflow.fail(
            token, error=CHANGED, cause="the daily sweep"
        )

    def _close(self, step: SweepStep, request: LeaveRequest, context: SweepContext) -> LeaveRequest:
        """End a question: outside the employment, by one approval that is enough, or in time."""
        if step is SweepStep.END:
            return self.responses.expire(self.begin(), request, channel=Channel.IMPORT)
        if is_overdue(request, context):
            return self.responses.expire(self.begin(), request, channel=Channel.SYSTEM)
        uow = self.begin()
        self.planner.prefetch(uow, request)
        return self.responses.single_approval.settle(uow, request) or request

    def _tell(self, request: LeaveRequest) -> LeaveRequest:
        if request.question is not None:
            return self._keep_waiting(request)
        wait = self.planner.policy.seconds_to_undo(request, self.clock.now())
        if request.task_token is not None and self.workflow.answer(
            request.task_token,
            request_id=request.request_id,
            status=request.status,
            wait_seconds=wait,
        ):
            return request
        return (
            self._start_successor(request)
            if self._is_stalled(request)
            else self._keep_waiting(request)
        )

    def _keep_waiting(self, request: LeaveRequest) -> LeaveRequest:
        """See to it that an execution waits, or goes on; one that has ended gets a successor."""
        return request if self._ensure(request) else self._start_successor(request)

    def _start_successor(self, request: LeaveRequest) -> LeaveRequest:
        """Start another execution, which asks or tells at once what is still to be asked or told.

        One that runs beside it can do no harm: the record says what was done. After the table was
        restored, the next names may be used up: AWS keeps those of ended executions for 90 days.
        """
        for _ in range(_MOST_NAMES):
            restarted = request.restart(at=self.clock.now())
            self._write(request, restarted)
            if self._ensure(restarted):
                return restarted
            request = restarted
        return request

    def _is_stalled(self, request: LeaveRequest) -> bool:
        """Return whether an execution that runs seems to wait with a token that nobody knows.

        When Step Functions loses sight of a call that asks, and makes another one, the first may
        be the last to write its token. One that still tries to ask writes when. Of one that tries
        to tell nothing is seen, so each has twice the time of the one before.
        """
        seen = (request.asked_at, request.restarted_at, request.history[-1].at)
        began = max(filter(None, seen))
        return self.clock.now() - began > STALLED_AFTER * 2 ** min(request.restarts, _DOUBLINGS)

    def _write(self, before: LeaveRequest, after: LeaveRequest) -> None:
        uow = self.begin()
        uow.replace(before, after)
        uow.commit()

    def _ensure(self, request: LeaveRequest) -> bool:
        return self.workflow.ensure(
            request.execution_name, request_id=request.request_id, inquiry=request.inquiry
        )

    def _today_of(self, employee: Employee | None) -> date:
        """Return an employee's day, and the company's for one who is not in the directory."""
        return self.clock.today_of(employee) if employee else self.clock.today()

    def _holidays(self, approver: Employee) -> Holidays:
        try:
            return self.planner.holidays.table(approver.holidays)
        except UnknownHolidaysError:
            return NO_HOLIDAYS


def closed(request: LeaveRequest, step: SweepStep, context: SweepContext) -> LeaveRequest:
    """Return the request without the link of an approver who is passed over, or asked no more."""
    if step is SweepStep.ESCALATE:
        why = f"no answer in {quantity(context.waited, 'working day')}"
        return request.pass_over(EventType.ESCALATED, why=why, at=context.now)
    why = "the approver is on leave, or does not decide any more"
    return request.reroute(actor="", why=why, at=context.now, channel=Channel.SYSTEM)
