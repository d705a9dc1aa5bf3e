"""An employee changes, withdraws or wants to cancel a request."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leave.domain.errors import UnavailableError
from leave.domain.history import Person
from leave.domain.statuses import Question, Status
from leave.domain.visibility import visible_request
from leave.services.loading import load
from leave.services.remembering import Remembering
from leave.services.retry import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leave.domain.accounts import Accounts
    from leave.domain.employees import Employee
    from leave.domain.requests import LeaveRequest
    from leave.domain.visibility import Reader, VisibleRequest
    from leave.services.approvers import Ledgers
    from leave.services.authentication import Caller
    from leave.services.authorization import Authorization
    from leave.services.planning import LeaveRequestInput, Planner
    from leave.services.ports import Clock, Requests, Workflow

CHANGED = "RequestChanged"
"""The error by which a changed request makes its waiting workflow ask again at once."""

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True, eq=False)
class ChangeLeaveRequest:
    """The use cases that an employee has for a request once it was made."""

    clock: Clock
    authorization: Authorization
    requests: Requests
    planner: Planner
    workflow: Workflow

    def change(self, caller: Caller, request_id: str, wanted: LeaveRequestInput) -> VisibleRequest:
        """Ask for something else while nobody has decided; the lead gets a new mail.

        What needs no approval now is approved at once. An answer that can still be taken back, so
        that the employee does not know of it, is taken back.

        Raises `NotPossibleError` once it is decided, and whatever `RequestLeave` raises.
        """

        def attempt() -> tuple[LeaveRequest, Reader]:
            request, employee, actor, memory = self._owned(caller, request_id)
            who, name, at = actor.employee_id, actor.name, self.clock.now()
            self._expect(memory, employee, request.plan.counts, lead=True)
            plan, leave_type = self.planner.plan(employee, wanted, memory)
            reopened = self._reopened(request, actor, at)
            changed = reopened.change(plan, actor=who, name=name, at=at)
            if not leave_type.needs_approval:
                lead = memory.by_id(employee.lead_id) if employee.lead_id else None
                changed = changed.approve_without_asking(
                    at=at, lead=Person.of(lead) if lead else None
                )
            before, after = self._rebooked(employee, request, changed, memory)
            after = self.planner.count_step(caller, after, changed)
            self.requests.replace(request, changed, after.changed_since(before))
            return changed, self._reader(caller, changed, memory)

        changed, reader = retry_on_conflict(attempt)
        if changed.task_token is not None:
            self._tell_workflow(changed)
        return self._visible(changed, reader)

    def withdraw(self, caller: Caller, request_id: str) -> VisibleRequest:
        """Withdraw an undecided request at once; ask the lead to agree to cancel an approved one.

        Leave that needed nobody's approval is cancelled without asking, once it has begun by an
        administrator only. An answer that can still be taken back, so that the employee does not
        know of it, is taken back. Raises
        `NotPossibleError` for a request that is neither, `NoApproverError` where nobody could
        agree, and `AskedTooMuchError` after very many steps today.
        """

        def attempt() -> tuple[LeaveRequest, LeaveRequest, Reader]:
            stored, employee, actor, memory = self._owned(caller, request_id)
            who, name, at = actor.employee_id, actor.name, self.clock.now()
            reader = self._reader(caller, stored, memory)
            request = self._reopened(stored, actor, at)
            if request.question is Question.CANCELLATION:
                return stored, stored, reader  # asked before: only its workflow may be missing
            asks = request.status is Status.APPROVED
            self._expect(memory, employee, request.plan.counts, lead=asks)
            if request.status is not Status.APPROVED:
                changed = request.withdraw(actor=who, name=name, at=at)
            elif self._needs_no_consent(request, actor):
                changed = request.cancel_without_asking(actor=who, name=name, at=at)
                if not request.is_open:
                    # The execution that told of the leave has ended; another one takes it back.
                    changed = changed.restart(at=at)
            else:
                self.planner.check_approver(employee, memory)
                changed = request.ask_to_cancel(actor=who, name=name, at=at)
            accounts, after = self._rebooked(employee, request, changed, memory)
            after = self.planner.count_step(caller, after, changed)
            self.requests.replace(stored, changed, after.changed_since(accounts))
            return stored, changed, reader

        before, changed, reader = retry_on_conflict(attempt)
        if changed.question is not None:
            if before.question is None and not before.outcome_mailed:
                # An answer that never reached its workflow, which would wait on beside the new one.
                self._tell_workflow(before)
            self.workflow.start(
                changed.execution_name, request_id=request_id, inquiry=changed.inquiry
            )
        elif changed.status is Status.CANCELLED and changed.restarts > before.restarts:
            self._start(changed)
        else:
            self._tell_workflow(changed)
        return self._visible(changed, reader)

    def _needs_no_consent(self, request: LeaveRequest, actor: Person) -> bool:
        """Tell whether approved leave is cancelled without asking the lead.

        An employee does not give back days that may have been taken already.
        """
        has_begun = request.plan.period.start <= self.clock.today()
        is_own = actor.employee_id == request.employee.employee_id
        return self.planner.is_free(request.plan.leave_type) and not (has_begun and is_own)

    def _reopened(self, request: LeaveRequest, actor: Person, at: datetime) -> LeaveRequest:
        """Return the request with an answer taken back of which the employee does not know."""
        if request.open_answer(self.planner.policy.undo, at) is None:
            return request
        return request.overtake(actor=actor.employee_id, name=actor.name, at=at)

    def _reader(self, caller: Caller, request: LeaveRequest, memory: Remembering) -> Reader:
        authorization = replace(self.authorization, directory=memory)
        return authorization.reader(caller, request.employee.employee_id)

    def _visible(self, request: LeaveRequest, reader: Reader) -> VisibleRequest:
        return visible_request(
            request,
            reader,
            rules=self.planner.rules,
            policy=self.planner.policy,
            now=self.clock.now(),
        )

    def _owned(
        self, caller: Caller, request_id: str
    ) -> tuple[LeaveRequest, Employee, Person, Remembering]:
        """Return the request, its employee, who acts, and what is read already."""
        memory = Remembering(records=self.planner.records)
        memory.expect(requests=[request_id], emails=[caller.email])
        request = load(memory, request_id)
        authorization = replace(self.authorization, directory=memory)
        employee = authorization.require_manage(caller, request.employee.employee_id)
        return request, employee, authorization.actor(caller), memory

    def _expect(
        self, memory: Remembering, employee: Employee, years: Collection[int], *, lead: bool
    ) -> None:
        keys = self.planner.ledger_keys(employee.employee_id, years, since=employee.accounts_since)
        memory.expect(employees=filter(None, [employee.lead_id if lead else None]), ledgers=keys)

    def _rebooked(
        self, employee: Employee, before: LeaveRequest, after: LeaveRequest, ledgers: Ledgers
    ) -> tuple[Accounts, Accounts]:
        """Return the employee's accounts as they are, and with what is asked for now."""
        years = {*before.plan.counts, *after.plan.counts}
        accounts = self.planner.accounts(employee, ledgers, years=years)
        return accounts, self.planner.rebooked(accounts, after)

    def _start(self, request: LeaveRequest) -> None:
        """Start what tells that it is cancelled. What was written stands, as below."""
        try:
            self.workflow.start(
                request.execution_name, request_id=request.request_id, inquiry=request.inquiry
            )
        except UnavailableError:
            _log.exception("workflow not started", extra={"leaveRequestId": request.request_id})

    def _tell_workflow(self, request: LeaveRequest) -> None:
        """Wake the workflow. What was written stands even if that fails; see the daily sweep."""
        if request.task_token is None:
            return
        try:
            if request.status is Status.PENDING:
                cause = f"revision {request.revision}"
                self.workflow.fail(request.task_token, error=CHANGED, cause=cause)
            else:
                self.workflow.answer(
                    request.task_token, request_id=request.request_id, status=request.status
                )
        except UnavailableError:
            _log.exception("workflow not notified", extra={"leaveRequestId": request.request_id})
