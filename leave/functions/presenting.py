"""How requests, balances and absences look in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decimal import Decimal

    from leave.domain.absences import Absence
    from leave.domain.accounts import Balance
    from leave.domain.periods import Period
    from leave.domain.visibility import VisibleRequest


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
        "type": None if discreet else plan.leave_type,
        **_present_period(plan.period),
        "workingDays": json_number(plan.working_days),
        "reason": None if discreet else plan.reason,
        "warnings": [str(concern) for concern in plan.warnings],
        "revision": request.revision,
        "approver": approver and {"employeeId": approver.employee_id, "name": approver.name},
        "history": [
            {
                "at": event.at.isoformat().replace("+00:00", "Z"),
                "what": event.what.value,
                "who": event.who,
                "via": event.via.value,
                "comment": event.comment,
            }
            for event in request.history
        ],
    }


def present_balance(balance: Balance) -> dict[str, Any]:
    """Return the account of one leave type in one year, in working days."""
    until = balance.carried_until
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
    }


def present_absence(absence: Absence) -> dict[str, Any]:
    """Return who is away and when, and nothing more."""
    return {
        "employeeId": absence.employee.employee_id,
        "name": absence.employee.name,
        **_present_period(absence.booking.period),
    }


def _present_period(period: Period) -> dict[str, Any]:
    return {
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "halfDay": period.half_day and period.half_day.value,
    }


def _optional(days: Decimal | None) -> int | float | None:
    return None if days is None else json_number(days)
