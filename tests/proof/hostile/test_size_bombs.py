"""However much people write, a record stays within an item, and a list within an answer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bench.capacity_units import item_bytes
from leave.adapters.dynamodb.requests import request_to_item
from leave.adapters.dynamodb.table import encode
from leave.domain.history import Decision, Person
from leave.domain.request import MAXIMUM_CANCELLATIONS, MAXIMUM_CHANGES, MAXIMUM_UNDONE
from leave.domain.values import Secret
from leave.domain.views import VisibleRequest
from leave.functions.inputs import COMMENT_LENGTH, REASON_LENGTH
from leave.functions.presenting import present_request
from leave.services.read_leave import EVENTS_A_PAGE
from tests.leave.builders import NOW, a_plan, a_request

if TYPE_CHECKING:
    from leave.domain.request import LeaveRequest
    from tests.proof.figures import Recorder

PROMISE = "Nobody fills a record until it cannot be written"
ITEM = 400 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
ANSWER = 6 * 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
WORDY = "\N{PALM TREE}" * COMMENT_LENGTH
PLAN = a_plan(reason="\N{PALM TREE}" * REASON_LENGTH)
NAME = "\N{PALM TREE}" * 200


def asked(request: LeaveRequest, number: int) -> LeaveRequest:
    approver = Person(employee_id=f"E{number:063}", name=NAME)
    # A task token of AWS has up to 2,048 characters.
    return request.ask(
        approver,
        task_token=Secret("t" * 2048),
        at=NOW,
        stands_in_for=Person(employee_id="E" * 64, name=NAME),
        email="jane@foo.com",
    ).mark_lead_mailed()


def wordiest() -> LeaveRequest:
    """Everybody who may write something writes as much as they can, as often as they can."""
    request = a_request(plan=PLAN)
    for number in range(MAXIMUM_CHANGES):
        request = asked(request, number).approve_first(comment=WORDY, at=NOW)
        request = request.change(PLAN, actor="j" * 254, at=NOW)
    request = asked(asked(request, 1).approve_first(comment=WORDY, at=NOW), 2)
    window = timedelta(minutes=5)
    while True:
        request = request.decide(Decision.APPROVED, comment=WORDY, at=NOW)
        if request.undo_until(window) is None:
            break
        request = request.undo(at=NOW)
    for number in range(MAXIMUM_CANCELLATIONS):
        request = request.mark_outcome_mailed().ask_to_cancel(actor="j" * 254, at=NOW)
        request = asked(request, number).decide(Decision.DENIED, comment=WORDY, at=NOW)
    return request


def test_the_wordiest_record_fits_into_an_item(report: Recorder) -> None:
    request = wordiest()
    item: dict[str, Any] = encode(request_to_item(request))
    report(PROMISE, "largest record of a request", item_bytes(item), "bytes")
    report(PROMISE, "events in it", len(request.history))
    assert len(request.history) > 2 * MAXIMUM_UNDONE + MAXIMUM_CHANGES + MAXIMUM_CANCELLATIONS
    # What the daily sweep adds is short: it would have to go on for years.
    assert item_bytes(item) < 0.9 * ITEM


def test_a_list_of_the_wordiest_fits_into_an_answer(report: Recorder) -> None:
    request = wordiest()
    visible = VisibleRequest(request=request, plan=request.plan, discreet=False)
    page = -(-EVENTS_A_PAGE // len(request.history)) * len(json.dumps(present_request(visible)))
    report(PROMISE, "largest page of a list", page, "bytes")
    assert page < 0.9 * ANSWER
