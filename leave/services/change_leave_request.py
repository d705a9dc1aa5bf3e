"""An employee changes, withdraws or wants to cancel a request."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import NotAllowedError, NotPossibleError, UnavailableError
from leave.domain.history import Person, Question, Status
from leave.domain.views import visible_request
from leave.services.idempotency import Answered, KeyedCall
from leave.services.ports import IdempotencyKey
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from decimal import Decimal

    from leave.domain.employee import Employee
    from leave.domain.request import LeaveRequest
    from leave.domain.views import Reader, VisibleRequest
    from leave.services.authorization import Authorization, Caller
    from leave.services.leave_policy import LeaveRequestInput, Planner
    from leave.services.ports import Clock, Workflow
    from leave.services.unit_of_work import UnitOfWork

CHANGED = "RequestChanged"
"""The error by which a changed request makes its waiting workflow ask again at once."""

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True, eq=False)
class ChangeLeaveRequest:
    """The use cases that an employee has for a request once it was made."""

    clock: Clock
    authorization: Authorization
    begin: Callable[[], UnitOfWork]
    planner: Planner
    workflow: Workflow

    def change(self, caller: Caller, request_id: str, wanted: LeaveRequestInput) -> VisibleRequest:
        """Ask for something else while nobody has decided; the lead gets a new mail.

        What needs no approval now is approved at once. An answer that can still be taken back, so
        that the employee does not know of it, is taken back.

        Raises `NotPossibleError` once it is decided, and whatever `RequestLeave` raises.
        """
        changed, reader = self._change(caller, request_id, wanted)
        if changed.task_token is not None:
            self._notify_workflow(changed)
        return self._visible(changed, reader)

    def withdraw(self, caller: Caller, request_id: str) -> VisibleRequest:
        """Withdraw a pending request at once; ask the lead to agree to cancel an approved one.

        Leave that needed nobody's approval is cancelled without asking, once it has begun by an
        administrator only. An answer that can still be taken back, so that the employee does not
        know of it, is taken back. Raises
        `NotPossibleError` for a request that is neither, `NoApproverError` where nobody could
        agree, and `AskedTooMuchError` after very many steps today.
        """
        before, changed, reader = self._withdraw(caller, request_id)
        if changed.question is not None:
            if before.question is None and not before.outcome_mailed:
                # An answer that never reached its workflow, which would wait on beside the new one.
                self._notify_workflow(before)
            self.workflow.start(
                changed.execution_name, request_id=request_id, inquiry=changed.inquiry
            )
        elif changed.status is Status.CANCELLED and changed.restarts > before.restarts:
            self._start(changed)
        else:
            self._notify_workflow(changed)
        return self._visible(changed, reader)

    def remind(
        self, caller: Caller, request_id: str, *, idempotency_key: str | None = None
    ) -> Answered:
        """Have the approver reminded by mail, once on a day of the employee's.

        The mail is recorded first, and sent by the workflow. The same again with the same key sends
        no other one. Raises `IdempotencyMismatchError` where the key was used for another request,
        `NotAllowedError` for all but the employee, `RemindedTodayError` the second time, and
        `NotPossibleError` where no mailed approver is waited for.
        """
        reminded, reader, numbers = self._remind(caller, request_id, idempotency_key)
        if reminded.reminder_due is not None:
            self._notify_workflow(reminded)
        return Answered(visible=self._visible(reminded, reader), numbers=numbers)

    @retry_on_conflict
    def _remind(
        self, uow: UnitOfWork, caller: Caller, request_id: str, key: str | None
    ) -> tuple[LeaveRequest, Reader, Mapping[str, Decimal]]:
        """Return the request as it is then, and the numbers of the first answer to this call."""
        request, employee, actor = self._managed(uow, caller, request_id)
        if actor.employee_id != employee.employee_id:
            raise NotAllowedError("Only the employee can have the approver of a request reminded.")
        reader, at = self._reader(uow, caller, request), self.clock.now()
        call = key and KeyedCall.of(
            IdempotencyKey(
                caller=actor.employee_id, route="POST /leave_requests/{requestId}/reminder", key=key
            ),
            request_id,
        )
        if call and (earlier := call.earlier(uow, at)):
            return request, reader, earlier.numbers
        waiting = self._visible(request, reader).waiting_for
        if not waiting:
            raise NotPossibleError("No approver is asked about this request now.")
        if not all(one.mailed for one in waiting):
            raise NotPossibleError("The mail to the approver has not left yet; it is sent first.")
        reminded = request.remind(on=self.clock.today_of(employee), at=at)
        uow.replace(request, reminded)
        if call:
            uow.save_idempotency_record(call.about(reminded, at=at, status=202))
        return reminded, reader, {}

    @retry_on_conflict
    def _change(
        self, uow: UnitOfWork, caller: Caller, request_id: str, wanted: LeaveRequestInput
    ) -> tuple[LeaveRequest, Reader]:
        request, employee, actor = self._managed(uow, caller, request_id)
        at = self.clock.now()
        self._prefetch(uow, employee, request, lead=True)
        is_admin = self.authorization.is_admin(uow, caller)
        plan, leave_type = self.planner.plan(uow, employee, wanted, by_admin=is_admin)
        reopened = self._reopened(request, actor, at)
        changed = reopened.change(plan, actor=actor.employee_id, name=actor.name, at=at)
        if not leave_type.needs_approval:
            lead = uow.find_employee(employee.lead_id) if employee.lead_id else None
            changed = changed.approve_without_asking(at=at, lead=Person.of(lead) if lead else None)
        self._save(uow, caller, employee, request, changed)
        return changed, self._reader(uow, caller, changed)

    @retry_on_conflict
    def _withdraw(
        self, uow: UnitOfWork, caller: Caller, request_id: str
    ) -> tuple[LeaveRequest, LeaveRequest, Reader]:
        """Return the request before and after, and what the caller is to it."""
        stored, employee, person = self._managed(uow, caller, request_id)
        at, reader = self.clock.now(), self._reader(uow, caller, stored)
        request = self._reopened(stored, person, at)
        if request.question is Question.CANCELLATION:
            return stored, stored, reader  # asked before: only its workflow may be missing
        self._prefetch(uow, employee, request, lead=request.status is Status.APPROVED)
        actor, name = person.employee_id, person.name
        if request.status is not Status.APPROVED:
            changed = request.withdraw(actor=actor, name=name, at=at)
        elif self._needs_no_consent(request, employee, person):
            changed = request.cancel_without_asking(actor=actor, name=name, at=at)
            if not request.is_open:
                # The execution that told of the leave has ended; another one takes it back.
                changed = changed.restart(at=at)
        else:
            self.planner.check_approver(uow, employee)
            changed = request.ask_to_cancel(actor=actor, name=name, at=at)
        self._save(uow, caller, employee, stored, changed)
        return stored, changed, reader

    def _needs_no_consent(self, request: LeaveRequest, employee: Employee, actor: Person) -> bool:
        """Return whether approved leave is cancelled without asking the lead.

        An employee does not give back days that may have been taken already.
        """
        has_begun = request.plan.period.start <= self.clock.today_of(employee)
        is_own = actor.employee_id == employee.employee_id
        return self.planner.is_free(request.plan.leave_type) and not (has_begun and is_own)

    def _reopened(self, request: LeaveRequest, actor: Person, at: datetime) -> LeaveRequest:
        """Return the request with an answer taken back of which the employee does not know."""
        if request.open_answer(self.planner.policy.undo, at) is None:
            return request
        return request.overtake(actor=actor.employee_id, name=actor.name, at=at)

    def _reader(self, uow: UnitOfWork, caller: Caller, request: LeaveRequest) -> Reader:
        return self.authorization.reader(uow, caller, request.employee.employee_id)

    def _visible(self, request: LeaveRequest, reader: Reader) -> VisibleRequest:
        return visible_request(
            request,
            reader,
            rules=self.planner.rules,
            policy=self.planner.policy,
            now=self.clock.now(),
        )

    def _managed(
        self, uow: UnitOfWork, caller: Caller, request_id: str
    ) -> tuple[LeaveRequest, Employee, Person]:
        """Return the request, its employee and who acts."""
        uow.prefetch(requests=[request_id], emails=[caller.email])
        request = uow.request(request_id)
        employee = self.authorization.require_manage(uow, caller, request.employee.employee_id)
        return request, employee, self.authorization.actor(uow, caller)

    def _prefetch(
        self, uow: UnitOfWork, employee: Employee, request: LeaveRequest, *, lead: bool
    ) -> None:
        uow.prefetch(
            employees=filter(None, [employee.lead_id if lead else None]),
            ledgers=self.planner.ledger_keys(
                employee.employee_id, request.plan.counts, since=employee.accounts_since
            ),
        )

    def _save(
        self,
        uow: UnitOfWork,
        caller: Caller,
        employee: Employee,
        before: LeaveRequest,
        after: LeaveRequest,
    ) -> None:
        """Write the request, and the accounts with what is asked for now."""
        years = {*before.plan.counts, *after.plan.counts}
        accounts = self.planner.accounts(uow, employee, years=years)
        booked = self.planner.rebooked(accounts, after)
        if not self.authorization.is_admin(uow, caller):
            booked = self.planner.count_step(booked, after)
        uow.replace(before, after)
        uow.save_ledgers(booked.changed_since(accounts))

    def _start(self, request: LeaveRequest) -> None:
        """Start what tells that it is cancelled. What was written stands, as below."""
        try:
            self.workflow.start(
                request.execution_name, request_id=request.request_id, inquiry=request.inquiry
            )
        except UnavailableError:
            _log.exception("workflow not started", extra={"leaveRequestId": request.request_id})

    def _notify_workflow(self, request: LeaveRequest) -> None:
        """Wake the workflow. What was written stands even if that fails; see the daily sweep."""
        if request.task_token is None:
            return
        try:
            if request.question is not None:
                cause = f"revision {request.revision}"
                self.workflow.fail(request.task_token, error=CHANGED, cause=cause)
            else:
                self.workflow.answer(
                    request.task_token, request_id=request.request_id, status=request.status
                )
        except UnavailableError:
            _log.exception("workflow not notified", extra={"leaveRequestId": request.request_id})
