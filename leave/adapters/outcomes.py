"""The words for what became of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.history import Via, What

if TYPE_CHECKING:
    from leave.adapters.wording import Wording
    from leave.domain.history import Event
    from leave.domain.requests import LeaveRequest

_BY_OTHERS = {(What.APPROVED, Via.RULE): ".by_rule", (What.CANCELLED, Via.API): ".by_employee"}


def outcome_key(outcome: Event) -> str:
    """Return the end of the key of sentences about an outcome."""
    return f"{outcome.what.value}{_BY_OTHERS.get((outcome.what, outcome.via), '')}"


def outcome_sentence(words: Wording, request: LeaveRequest, outcome: Event) -> str:
    """Return what happened, as it is said to the employee."""
    lead = request.approver.name if request.approver else words.say("your_lead")
    key = outcome_key(outcome)
    if outcome.what is What.APPROVED and request.first_approval:
        return words.say(f"outcome.{key}.both", first=request.first_approval.name, lead=lead)
    return words.say(f"outcome.{key}", lead=lead)


def closed_sentence(words: Wording, request: LeaveRequest, outcome: Event) -> str:
    """Return what happened, who did it and when, as it is said to an approver."""
    return words.say(
        f"closed.{outcome_key(outcome)}",
        lead=request.approver.name if request.approver else words.say("somebody"),
        name=request.employee.name,
        at=words.moment(outcome.at),
    )
