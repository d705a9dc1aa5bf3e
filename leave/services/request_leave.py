"""An employee asks for leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.errors import NotAllowedError, OverlapError
from leave.domain.history import Channel, Event, EventType, Person
from leave.domain.request import LeaveRequest
from leave.domain.values import Value, replace
from leave.services.idempotency import KeyedCall
from leave.services.ports import IdempotencyKey
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.domain.employee import Employee
    from leave.services.authorization import Authorization, Caller
    from leave.services.leave_policy import LeaveRequestInput, Planner
    from leave.services.ports import Clock, Workflow
    from leave.services.unit_of_work import UnitOfWork

START_GRACE = timedelta(minutes=1)
"""How long a workflow may take to begin before its start counts as lost."""


class Submitted(Value):
    """What the employee gets back; `ref` is the execution's ARN."""

    ref: str
    request_id: str
    working_days: Decimal


@dataclass(kw_only=True, slots=True, eq=False)
class RequestLeave:
    """The use case. `new_id` makes ids that sort by time."""

    clock: Clock
    authorization: Authorization
    begin: Callable[[], UnitOfWork]
    planner: Planner
    workflow: Workflow
    new_id: Callable[[], str]

    def __call__(
        self,
        caller: Caller,
        wanted: LeaveRequestInput,
        *,
        employee_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Submitted:
        """Record the request and start its workflow; asking again with the same key is safe.

        Raises `NotAllowedError`, `UnknownEmployeeError`, `OverlapError`,
        `IdempotencyMismatchError` or a `RuleError`; nothing is written then.
        """
        request, working_days = self._record(caller, wanted, employee_id, idempotency_key)
        ref = self.workflow.start(
            request.execution_name, request_id=request.request_id, inquiry=request.inquiry
        )
        # The first execution's, also when another one waits by now.
        ref = ref.removesuffix(request.execution_name) + request.request_id
        return Submitted(ref=ref, request_id=request.request_id, working_days=working_days)

    @retry_on_conflict
    def _record(
        self,
        uow: UnitOfWork,
        caller: Caller,
        wanted: LeaveRequestInput,
        employee_id: str | None,
        key: str | None,
    ) -> tuple[LeaveRequest, Decimal]:
        """Return the request, and what it took from the balance when it was first asked for."""
        employee = self.authorization.require_manage(uow, caller, employee_id)
        actor = self.authorization.actor(uow, caller)
        at, call = self.clock.now(), key and _keyed(actor, key, employee, wanted)
        uow.prefetch(
            employees=filter(None, [employee.lead_id]),
            ledgers=self.planner.ledger_keys(employee.employee_id, since=employee.accounts_since),
            idempotency_records=[call.key] if call else (),
        )
        if call and (earlier := call.earlier(uow, at)):
            return uow.request(earlier.ids["requestId"]), earlier.numbers["workingDays"]
        is_admin = self.authorization.is_admin(uow, caller)
        if wanted.recorded:
            _check_recorded(employee, actor, is_admin=is_admin)
        request = self._submitted(uow, employee, actor, wanted, by_admin=is_admin)
        accounts = self.planner.accounts(uow, employee)
        try:
            booked = self.planner.rebooked(accounts, request)
        except OverlapError as clash:
            booked, request = None, self._never_started(uow, clash, wanted)
        if call:
            uow.save_idempotency_record(
                call.record(
                    at=at,
                    status=202,
                    ids={"requestId": request.request_id},
                    numbers={"workingDays": request.plan.working_days},
                )
            )
        if booked is not None:
            uow.add(request)
            if not is_admin:
                booked = self.planner.count_step(booked, request)
            uow.save_ledgers(booked.changed_since(accounts))
        return request, request.plan.working_days

    def _submitted(
        self,
        uow: UnitOfWork,
        employee: Employee,
        actor: Person,
        wanted: LeaveRequestInput,
        *,
        by_admin: bool,
    ) -> LeaveRequest:
        """Return the new request; leave that is recorded or needs no approval is approved."""
        plan, leave_type = self.planner.plan(uow, employee, wanted, by_admin=by_admin)
        asked = Event(
            at=self.clock.now(),
            type=EventType.RECORDED if wanted.recorded else EventType.REQUESTED,
            actor=actor.employee_id,
            channel=Channel.API,
            comment=str(plan.period),
            name=actor.name,
        )
        request = LeaveRequest(
            request_id=self.new_id(), employee=Person.of(employee), plan=plan, history=(asked,)
        )
        if wanted.recorded or not leave_type.needs_approval:
            lead = uow.find_employee(employee.lead_id) if employee.lead_id else None
            return request.approve_without_asking(
                at=self.clock.now(), lead=Person.of(lead) if lead else None
            )
        if actor.employee_id != employee.employee_id:
            return replace(request, to_notify=(request.employee,))
        return request

    def _never_started(
        self, uow: UnitOfWork, clash: OverlapError, wanted: LeaveRequestInput
    ) -> LeaveRequest:
        """Return the request in the way if it is this very one and its workflow never began."""
        request = uow.request(clash.request_id)
        plan = request.plan
        overdue = self.clock.now() - request.history[-1].at > START_GRACE
        if (
            (plan.period, plan.leave_type, plan.reason)
            == (wanted.period, wanted.leave_type, wanted.reason)
            and request.inquiry == 1
            and request.task_token is None
            and not request.outcome_mailed
            and overdue
        ):
            return request
        raise clash


def _check_recorded(employee: Employee, actor: Person, *, is_admin: bool) -> None:
    if not is_admin:
        raise NotAllowedError(
            "Only administrators can record leave. Leave `record` out to request it."
        )
    if actor.employee_id == employee.employee_id:
        raise NotAllowedError(
            "You cannot record your own leave. Leave `record` out to request it, or ask another"
            " administrator."
        )


def _keyed(actor: Person, key: str, employee: Employee, wanted: LeaveRequestInput) -> KeyedCall:
    """Return the call by whose leave is asked for, and what."""
    return KeyedCall.of(
        IdempotencyKey(caller=actor.employee_id, route="POST /request_leave", key=key),
        *(employee.employee_id, str(wanted.period), wanted.leave_type, wanted.reason),
        *(["recorded"] if wanted.recorded else []),
    )
