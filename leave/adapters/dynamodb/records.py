"""How a request looks as an item: pk `REQUEST#<id>`, sk `REQUEST`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from leave.adapters.dynamodb.ledgers import period_from_item, period_to_item
from leave.domain.counting import YearCount
from leave.domain.history import Event, Person, Via, What
from leave.domain.links import RetiredLink
from leave.domain.plans import Plan
from leave.domain.requests import LeaveRequest
from leave.domain.secrets import Secret
from leave.domain.statuses import Question, Status

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
        "approver": request.approver and _person_to_item(request.approver),
        "linkSecret": request.link_secret and request.link_secret.reveal(),
        "retiredLinks": [_retired_to_item(link) for link in request.retired_links],
        "taskToken": request.task_token and request.task_token.reveal(),
        "leadMailed": request.lead_mailed,
        "outcomeMailed": request.outcome_mailed,
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
        approver=_person_from_item(item["approver"]) if "approver" in item else None,
        link_secret=Secret(item["linkSecret"]) if "linkSecret" in item else None,
        retired_links=tuple(_retired_from_item(link) for link in item["retiredLinks"]),
        task_token=Secret(item["taskToken"]) if "taskToken" in item else None,
        lead_mailed=item["leadMailed"],
        outcome_mailed=item["outcomeMailed"],
    )


def _plan_to_item(plan: Plan) -> Item:
    return period_to_item(plan.period) | {
        "leaveType": plan.leave_type,
        "counts": {
            str(year): {"days": count.days, "early": count.early}
            for year, count in plan.counts.items()
        },
        "reason": plan.reason,
        "warnings": list(plan.warnings),
    }


def _plan_from_item(item: Item) -> Plan:
    return Plan(
        leave_type=item["leaveType"],
        period=period_from_item(item),
        counts={
            int(year): YearCount(days=count["days"], early=count["early"])
            for year, count in item["counts"].items()
        },
        reason=item["reason"],
        warnings=tuple(item["warnings"]),
    )


def _person_to_item(person: Person) -> Item:
    return {"employeeId": person.employee_id, "name": person.name}


def _person_from_item(item: Item) -> Person:
    return Person(employee_id=item["employeeId"], name=item["name"])


def _event_to_item(event: Event) -> Item:
    return {
        "at": event.at.isoformat(),
        "what": event.what.value,
        "who": event.who,
        "via": event.via.value,
        "comment": event.comment,
    }


def _event_from_item(item: Item) -> Event:
    return Event(
        at=datetime.fromisoformat(item["at"]),
        what=What(item["what"]),
        who=item["who"],
        via=Via(item["via"]),
        comment=item["comment"],
    )


def _retired_to_item(link: RetiredLink) -> Item:
    return {"secret": link.secret.reveal(), "at": link.at.isoformat(), "why": link.why}


def _retired_from_item(item: Item) -> RetiredLink:
    return RetiredLink(
        secret=Secret(item["secret"]), at=datetime.fromisoformat(item["at"]), why=item["why"]
    )
