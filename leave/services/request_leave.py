"""An employee asks for leave."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leave.domain.errors import IdempotencyMismatchError, OverlapError
from leave.domain.history import Event, Person, Via, What
from leave.domain.requests import LeaveRequest
from leave.domain.values import value
from leave.services.attempts import until_written
from leave.services.loading import load
from leave.services.ports import Replay
from leave.services.remembering import Remembering

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from leave.domain.employees import Employee
    from leave.services.gatekeeper import Caller
    from leave.services.people import People
    from leave.services.planning import Planner, Wish
    from leave.services.ports import Clock, Requests, Workflow

START_GRACE = timedelta(minutes=1)
"""How long a workflow may take to begin before its start counts as lost."""


@value
class Submitted:
    """What the employee gets back; `ref` is the execution's ARN."""

    ref: str
    request_id: str
    working_days: Decimal


@dataclass(kw_only=True, slots=True, eq=False)
class RequestLeave:
    """The use case. `new_id` makes ids that sort by time."""

    clock: Clock
    people: People
    requests: Requests
    planner: Planner
    workflow: Workflow
    new_id: Callable[[], str]

    def __call__(
        self,
        caller: Caller,
        wish: Wish,
        *,
        employee_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Submitted:
        """Record the request and start its workflow; asking again with the same key is safe.

        Raises `NotAllowedError`, `UnknownEmployeeError`, `OverlapError`,
        `IdempotencyMismatchError` or a `RuleError`; nothing is written then.
        """
        people = replace(self.people, directory=Remembering(records=self.planner.records))
        employee = people.acting(caller, employee_id)
        actor = people.actor(caller)
        request, working_days = until_written(
            lambda: self._recorded(caller, actor, employee, wish, idempotency_key)
        )
        ref = self.workflow.start(
            request.execution_name, request_id=request.request_id, inquiry=request.inquiry
        )
        # The first execution's, also when another one waits by now.
        ref = ref.removesuffix(request.execution_name) + request.request_id
        return Submitted(ref=ref, request_id=request.request_id, working_days=working_days)

    def _recorded(
        self, caller: Caller, actor: Person, employee: Employee, wish: Wish, key: str | None
    ) -> tuple[LeaveRequest, Decimal]:
        """Return the request, and what it took from the balance when it was first asked for."""
        digest = _digest(employee, wish)
        employee_id, memory = employee.employee_id, Remembering(records=self.planner.records)
        memory.expect(
            employees=filter(None, [employee.lead_id]),
            ledgers=self.planner.ledger_keys(employee_id, since=employee.accounts_since),
            replays=[(actor.employee_id, key)] if key else (),
        )
        at = self.clock.now()
        earlier = memory.replay(actor.employee_id, key) if key else None
        if earlier is not None and at < earlier.until:
            if earlier.body_digest != digest:
                raise IdempotencyMismatchError
            return load(self.requests, earlier.request_id), earlier.working_days
        plan, leave_type = self.planner.plan(employee, wish, memory)
        asked = Event(
            at=self.clock.now(),
            what=What.REQUESTED,
            who=actor.employee_id,
            via=Via.API,
            comment=str(plan.period),
            name=actor.name,
        )
        request = LeaveRequest(
            request_id=self.new_id(),
            employee=Person(
                employee_id=employee_id, name=employee.name, language=employee.language
            ),
            plan=plan,
            history=(asked,),
        )
        if not leave_type.needs_approval:
            lead = memory.by_id(employee.lead_id) if employee.lead_id else None
            request = request.approve_without_asking(
                at=self.clock.now(), lead=Person.of(lead) if lead else None
            )
        elif actor.employee_id != employee_id:
            request = replace(request, formers=(request.employee,))
        before = self.planner.accounts(employee, memory)
        try:
            after = self.planner.rebooked(before, request)
        except OverlapError as clash:
            after, request = None, self._never_started(clash, wish)
        days = request.plan.working_days
        replay = key and Replay(
            caller=actor.employee_id,
            key=key,
            body_digest=digest,
            request_id=request.request_id,
            working_days=days,
            at=at,
        )
        if after is not None:
            after = self.planner.counted(caller, after, request)
            self.requests.add(request, after.changed_since(before), replay or None)
        elif replay:
            self.requests.keep(replay)
        return request, days

    def _never_started(self, clash: OverlapError, wish: Wish) -> LeaveRequest:
        """Return the request in the way if it is this very one and its workflow never began."""
        request = load(self.requests, clash.request_id)
        plan = request.plan
        overdue = self.clock.now() - request.history[-1].at > START_GRACE
        if (
            (plan.period, plan.leave_type, plan.reason)
            == (wish.period, wish.leave_type, wish.reason)
            and request.inquiry == 1
            and request.task_token is None
            and not request.outcome_mailed
            and overdue
        ):
            return request
        raise clash


def _digest(employee: Employee, wish: Wish) -> str:
    """Return a fingerprint of whose leave is asked for, and what."""
    parts = [employee.employee_id, str(wish.period), wish.leave_type, wish.reason]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
