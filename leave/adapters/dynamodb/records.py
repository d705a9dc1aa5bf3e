"""How a request looks as an item: pk `REQUEST#<id>`, sk `REQUEST`.

While something is left to be done about it, it is in the index `open` as well.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from leave.adapters.dynamodb.ledgers import (
    costs_from_text,
    costs_to_text,
    period_from_item,
    period_to_item,
)
from leave.adapters.dynamodb.table import index_key
from leave.domain.history import Channel, Event, EventType, Person, Question, Status
from leave.domain.invitations import Invitation, Revocation, RevocationReason
from leave.domain.link import Secret
from leave.domain.policy import Plan, PolicyWarning, WarningKind
from leave.domain.request import LeaveRequest

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Item


def request_key(request_id: str) -> tuple[str, str]:
    """Return the key of a request."""
    return f"REQUEST#{request_id}", "REQUEST"


def request_to_item(request: LeaveRequest) -> Item:
    """Return the item of a request."""
    pk, sk = request_key(request.request_id)
    item: dict[str, Any] = {
        "pk": pk,
        "sk": sk,
        "requestId": request.request_id,
        "employee": _person_to_item(request.employee),
        "plan": _plan_to_item(request.plan),
        "history": [_event_to_item(event) for event in request.history],
        "status": request.status.value,
        "question": request.question and request.question.value,
        "version": request.version,
        "revision": request.revision,
        "inquiry": request.inquiry,
        "restarts": request.restarts,
        "restartedAt": request.restarted_at and request.restarted_at.isoformat(),
        "invitations": [_invitation_to_item(invitation) for invitation in request.invitations],
        "firstApproval": request.first_approval and _person_to_item(request.first_approval),
        "passedOver": list(request.passed_over),
        "toNotify": [_person_to_item(former) for former in request.to_notify],
        "noted": request.noted and _person_to_item(request.noted),
        "taskToken": request.task_token and request.task_token.reveal(),
        "outcomeMailed": request.outcome_mailed,
        "deliveryUncertain": request.delivery_uncertain,
        "entryUncertain": request.entry_uncertain or None,
        **index_key(request),
    }
    return {name: value for name, value in item.items() if value is not None}


def request_from_item(item: Item) -> LeaveRequest:
    """Read a request."""
    return LeaveRequest(
        request_id=item["requestId"],
        employee=_person_from_item(item["employee"]),
        plan=_plan_from_item(item["plan"]),
        history=tuple(_event_from_item(event) for event in item["history"]),
        status=Status(item["status"]),
        question=Question(item["question"]) if "question" in item else None,
        version=int(item["version"]),
        revision=int(item["revision"]),
        inquiry=int(item["inquiry"]),
        restarts=int(item["restarts"]),
        restarted_at=_optional_moment(item, "restartedAt"),
        invitations=tuple(map(_invitation_from_item, item["invitations"])),
        first_approval=_optional_person(item, "firstApproval"),
        passed_over=tuple(item["passedOver"]),
        to_notify=tuple(map(_person_from_item, item["toNotify"])),
        noted=_optional_person(item, "noted"),
        task_token=Secret(item["taskToken"]) if "taskToken" in item else None,
        outcome_mailed=item["outcomeMailed"],
        delivery_uncertain=item["deliveryUncertain"],
        entry_uncertain=item.get("entryUncertain", False),
    )


def _plan_to_item(plan: Plan) -> Item:
    return period_to_item(plan.period) | {
        "leaveType": plan.leave_type,
        "counts": {str(year): costs_to_text(count) for year, count in plan.counts.items()},
        "reason": plan.reason,
        "warnings": [_warning_to_item(warning) for warning in plan.warnings],
    }


def _plan_from_item(item: Item) -> Plan:
    return Plan(
        leave_type=item["leaveType"],
        period=period_from_item(item),
        counts={int(year): costs_from_text(text) for year, text in item["counts"].items()},
        reason=item["reason"],
        warnings=tuple(_warning_from_item(value) for value in item["warnings"]),
    )


def _person_to_item(person: Person) -> Item:
    return {"employeeId": person.employee_id, "name": person.name, "language": person.language}


def _person_from_item(item: Item) -> Person:
    return Person(employee_id=item["employeeId"], name=item["name"], language=item["language"])


def _optional_moment(item: Item, name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]) if name in item else None


def _optional_person(item: Item, name: str) -> Person | None:
    return _person_from_item(item[name]) if name in item else None


def _warning_to_item(warning: PolicyWarning) -> Item:
    return {
        "kind": warning.kind.value,
        "start": warning.start.isoformat(),
        "end": warning.end.isoformat(),
        "found": warning.found,
        "needed": warning.needed,
        "reason": warning.reason,
    }


def _warning_from_item(item: Item) -> PolicyWarning:
    return PolicyWarning(
        kind=WarningKind(item["kind"]),
        start=date.fromisoformat(item["start"]),
        end=date.fromisoformat(item["end"]),
        found=int(item["found"]),
        needed=int(item["needed"]),
        reason=item["reason"],
    )


def _event_to_item(event: Event) -> Item:
    return {
        "at": event.at.isoformat(),
        "type": event.type.value,
        "actor": event.actor,
        "channel": event.channel.value,
        "comment": event.comment,
        "name": event.name,
    }


def _event_from_item(item: Item) -> Event:
    return Event(
        at=datetime.fromisoformat(item["at"]),
        type=EventType(item["type"]),
        actor=item["actor"],
        channel=Channel(item["channel"]),
        comment=item["comment"],
        name=item.get("name", ""),
    )


def _invitation_to_item(invitation: Invitation) -> Item:
    stands_in_for = invitation.stands_in_for
    item = {
        "approver": _person_to_item(invitation.approver),
        "link": invitation.secret.reveal(),
        "asked": invitation.asked_at.isoformat(),
        "standsInFor": stands_in_for and _person_to_item(stands_in_for),
        "address": invitation.address,
        "mailed": invitation.mailed,
        "unsent": invitation.unsent,
        "revoked": invitation.revoked and _revocation_to_item(invitation.revoked),
    }
    return {name: value for name, value in item.items() if value}


def _invitation_from_item(item: Item) -> Invitation:
    return Invitation(
        approver=_person_from_item(item["approver"]),
        secret=Secret(item["link"]),
        asked_at=datetime.fromisoformat(item["asked"]),
        stands_in_for=_optional_person(item, "standsInFor"),
        address=item.get("address", ""),
        mailed=item.get("mailed", False),
        unsent=item.get("unsent", False),
        revoked=_revocation_from_item(item["revoked"]) if "revoked" in item else None,
    )


def _revocation_to_item(revocation: Revocation) -> Item:
    return {
        "at": revocation.at.isoformat(),
        "why": revocation.why.value,
        "revision": revocation.revision,
    }


def _revocation_from_item(item: Item) -> Revocation:
    return Revocation(
        at=datetime.fromisoformat(item["at"]),
        why=RevocationReason(item["why"]),
        revision=int(item["revision"]),
    )
