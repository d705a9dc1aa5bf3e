"""JSON forms of requests, balances, absences, leave types and refusals."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from leave.domain.employee import Employment
from leave.domain.errors import Mistake
from leave.domain.policy import PolicyWarning, WarningKind

if TYPE_CHECKING:
    from leave.domain.accounts import Balance
    from leave.domain.calendar import Period
    from leave.domain.history import Person
    from leave.domain.ledger import Absence, Adjustment
    from leave.domain.policy import LeaveType
    from leave.domain.views import VisibleRequest
    from leave.services.approvals import Approval
    from leave.services.delegation import Delegated
    from leave.services.idempotency import Answered
    from leave.services.import_directory import Imported
    from leave.services.ports import ApprovalsCursor

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def json_number(days: Decimal) -> int | float:
    """Return whole days as an integer and halves as the float that is exactly that."""
    return int(days) if days == days.to_integral_value() else float(days)


def present_request(visible: VisibleRequest) -> dict[str, Any]:
    """Return a request with its history, as its reader may see it."""
    request, discreet = visible.request, visible.discreet
    plan, approver = request.plan, request.approver
    return {
        "requestId": request.request_id,
        "employeeId": request.employee.employee_id,
        "employeeName": request.employee.name,
        "status": request.status.value,
        "cancellationAsked": request.question == "cancellation",
        # No version answers with them yet. Clients can rely on the shape.
        "changeAsked": None,
        "proposal": None,
        "interruptions": [],
        "type": None if discreet else plan.leave_type,
        **_present_period(plan.period),
        "workingDays": json_number(plan.working_days),
        "reason": None if discreet else plan.reason,
        "warnings": [str(warning) for warning in plan.warnings],
        "revision": request.asked_revision,
        "approver": approver and _present_person(approver),
        "approvers": [_present_person(approver)] if approver else [],
        "waitingFor": [
            {"name": one.name, "since": present_moment(one.since), "mailed": one.mailed}
            for one in visible.waiting_for
        ],
        "history": [
            {
                "at": present_moment(event.at),
                "what": event.type.value,
                "who": event.actor,
                "channel": event.channel.value,
                "comment": event.comment,
            }
            for event in request.history
        ],
    }


def present_answered(answered: Answered) -> dict[str, Any]:
    """Return a request as a call answers it, also one that was done before."""
    numbers = {name: json_number(number) for name, number in answered.numbers.items()}
    return present_request(answered.visible) | numbers


def present_approval(approval: Approval) -> dict[str, Any]:
    """Return a request that waits for its approver, with what they need to decide."""
    request, plan, discreet = approval.request, approval.plan, approval.discreet
    several = len(approval.balances) > 1
    return {
        "requestId": request.request_id,
        "revision": request.asked_revision,
        "question": request.question and request.question.value,
        "employee": {
            "employeeId": request.employee.employee_id,
            "name": approval.employee_name,
        },
        "period": _present_period(plan.period),
        "workingDays": json_number(plan.working_days),
        "type": None if discreet else plan.leave_type,
        "reason": None if discreet else plan.reason,
        "balances": [
            ({"year": year} if several else {}) | present_balance(balance)
            for year, balance in approval.balances
        ],
        "alsoAway": [present_absence(absence) for absence in approval.also_away],
        "warnings": [str(warning) for warning in plan.warnings],
        "askedAt": present_moment(approval.asked_at),
    }


def present_cursor(cursor: ApprovalsCursor) -> str:
    """Return the cursor as the next call names it: microseconds, and a request id."""
    since = cursor.asked_at - EPOCH
    return f"{since // timedelta(microseconds=1)}-{cursor.request_id}"


def present_balance(balance: Balance) -> dict[str, Any]:
    """Return the account of one leave type in one year, in working days."""
    until = balance.carried_until
    later = {"bookedLater": json_number(balance.booked_later), "bookedIn": balance.booked_in}
    return {
        "type": balance.leave_type,
        "entitlement": _optional(balance.entitlement),
        "carriedIn": json_number(balance.carried_in),
        "carriedLeft": json_number(balance.carried_left),
        "carriedUntil": until and until.isoformat(),
        "expired": json_number(balance.expired),
        "adjustments": json_number(balance.adjustments),
        "approved": json_number(balance.approved),
        "taken": json_number(balance.taken),
        "planned": json_number(balance.planned),
        "pending": json_number(balance.pending),
        "available": _optional(balance.available),
        **(later if balance.booked_later else {}),
    }


def present_adjustment(adjustment: Adjustment) -> dict[str, Any]:
    """Return an adjustment, with who made it and when."""
    return {
        "adjustmentId": adjustment.adjustment_id,
        "type": adjustment.leave_type,
        "days": json_number(adjustment.days),
        "reason": adjustment.reason,
        "by": adjustment.actor,
        "at": present_moment(adjustment.at),
    }


def present_absence(absence: Absence) -> dict[str, Any]:
    """Return who is away and when, and nothing more."""
    return {
        "employeeId": absence.employee.employee_id,
        "name": absence.employee.name,
        **_present_period(absence.booking.period),
    }


def present_delegation(delegated: Delegated) -> dict[str, Any]:
    """Return who is asked in the place of an approver, and when."""
    delegation = delegated.delegation
    return {
        "substituteId": delegation.substitute_id,
        "name": delegated.name,
        "from": delegation.start.isoformat(),
        "to": delegation.end.isoformat(),
    }


def present_leave_type(leave_type: LeaveType) -> dict[str, Any]:
    """Return a leave type under the names that the stage configures it by."""
    return {
        "id": leave_type.id,
        "name": leave_type.name,
        "needsApproval": leave_type.needs_approval,
        "hasBalance": leave_type.is_limited,
        "daysPerYear": _optional(leave_type.days_per_year),
        "mayGoNegative": leave_type.may_go_negative,
        "minimumNoticeDays": leave_type.minimum_notice_days,
        "reportableDaysBack": leave_type.reportable_days_back,
        "maximumDays": _optional(leave_type.maximum_days),
        "visibleTo": leave_type.visible_to.value,
    }


def present_members(error: Exception) -> dict[str, Any]:
    """Return what an error holds, as members of a problem document (RFC 9457, section 3.2)."""
    return {_camel_case(name): _present(held) for name, held in vars(error).items()}


def _present(held: object) -> object:  # noqa: PLR0911 - one for each kind
    match held:
        case Decimal():
            return json_number(held)
        case date():
            return held.isoformat()
        case tuple():
            return [_present(one) for one in cast("tuple[object, ...]", held)]
        case Employment():
            return {"start": _present(held.start), "end": _present(held.end)}
        case PolicyWarning():
            return _present_violation(held)
        case Mistake():
            return {"line": held.line, "column": held.column, "message": held.message}
        case _:
            return held


def present_import(imported: Imported) -> dict[str, Any]:
    """Return what an import changes: employees by what happens to them, and leave."""
    kinds: dict[str, list[dict[str, Any]]] = {"added": [], "changed": [], "leaving": []}
    for change in imported.changes:
        fields = [
            {"field": f.column, "before": f.before, "after": f.after}
            for f in change.fields
            if change.before
        ]
        after = change.after
        kinds[change.kind].append(
            {"employeeId": after.employee_id, "name": after.name, "changes": fields}
        )
    rerouted = [
        {
            "requestId": one.request.request_id,
            "employeeId": one.employee.employee_id,
            "from": one.request.approver and one.request.approver.employee_id,
            "to": one.approver and one.approver.employee_id,
            "newAddress": one.is_same_person,
        }
        for one in imported.rerouted
    ]
    leave = [
        {
            "requestId": one.found.request.request_id,
            "employeeId": one.found.employee.employee_id,
            "status": one.found.status.value,
            "start": one.found.request.plan.period.start.isoformat(),
            "end": one.found.request.plan.period.end.isoformat(),
            "what": one.handling.value,
        }
        for one in imported.leave
    ]
    effects = {"rerouted": rerouted, "leave": leave, "recounts": [], "short": []}
    return {**kinds, **effects, "written": imported.is_written}


def _present_violation(violation: PolicyWarning) -> dict[str, Any]:
    counted = violation.kind is WarningKind.PRESENCE
    return {
        "rule": violation.kind.value,
        "start": violation.start.isoformat(),
        "end": violation.end.isoformat(),
        "reason": violation.reason or None,
        "found": violation.found if counted else None,
        "needed": violation.needed if counted else None,
    }


def _camel_case(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def _present_person(person: Person) -> dict[str, str]:
    return {"employeeId": person.employee_id, "name": person.name}


def present_moment(moment: datetime) -> str:
    """Return a moment in UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def _present_period(period: Period) -> dict[str, Any]:
    return {
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "halfDay": period.half_day and period.half_day.value,
        "startHalf": period.start_half and period.start_half.value,
        "endHalf": period.end_half and period.end_half.value,
    }


def _optional(days: Decimal | None) -> int | float | None:
    return None if days is None else json_number(days)
