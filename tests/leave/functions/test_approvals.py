"""What waits for an approver, their answers and the reminder, as programs read them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from leave.domain.request import ApprovalPolicy
from leave.functions import approvals, change_leave_request
from leave.services.approvals import PAGE_SIZE
from tests.leave.builders import R1, R2, a_period, an_asked_request, an_id, invited
from tests.leave.functions.events import JOHNS_CLAIMS, api_event
from tests.leave.functions.replies import answer
from tests.leave.services.stage import JANE_CALLS, FakeStage, a_wish

YES = {"decision": "approved", "revision": 1}
NO_HALVES = {"halfDay": None, "startHalf": None, "endHalf": None}


def call(route: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """Let John call a route of the approvals."""
    return answer(approvals.handler, api_event(route, claims=JOHNS_CLAIMS, **more))


def decided(**body: Any) -> tuple[int, dict[str, Any]]:
    """Let John answer."""
    return call("POST /approvals/{requestId}", requestId=R1, body=YES | body)


def undone() -> tuple[int, dict[str, Any]]:
    """Let John take his answer back."""
    return call("DELETE /approvals/{requestId}", requestId=R1)


def listed(cursor: str | None = None) -> dict[str, Any]:
    """Return what waits for John."""
    status, page = call("GET /approvals", query={"cursor": cursor} if cursor else None)
    assert status == 200
    return page


def test_what_waits_is_told_with_all_that_is_needed(stage: FakeStage) -> None:
    stage.asked(a_wish("2027-05-03", "2027-05-05", reason="The sea"))
    stage.approved(a_wish("2027-05-04"), JANE_CALLS)
    page = listed()
    (approval,) = page["approvals"]
    balances = approval.pop("balances")
    assert page["cursor"] is None
    assert approval == {
        "requestId": R1,
        "revision": 1,
        "question": "leave",
        "employee": {"employeeId": "E002", "name": "Jim O'Dell"},
        "period": {"start": "2027-05-03", "end": "2027-05-05"} | NO_HALVES,
        "workingDays": 3,
        "type": "annual",
        "reason": "The sea",
        "alsoAway": [
            {"employeeId": "E003", "name": "Jane Cook", "start": "2027-05-04", "end": "2027-05-04"}
            | NO_HALVES
        ],
        "warnings": [],
        "askedAt": "2027-03-01T09:30:00Z",
    }
    assert [(b["type"], b["pending"], b["available"]) for b in balances] == [("annual", 3, 22)]
    assert "year" not in balances[0]


def test_a_year_is_named_where_there_are_two(stage: FakeStage) -> None:
    stage.asked(a_wish("2027-12-30", "2028-01-04"))
    balances = listed()["approvals"][0]["balances"]
    assert [balance["year"] for balance in balances] == [2027, 2028]


def test_a_question_to_cancel_has_a_revision_of_its_own(stage: FakeStage) -> None:
    stage.cancelling(stage.approved())
    (approval,) = listed()["approvals"]
    assert (approval["question"], approval["revision"]) == ("cancellation", 2)
    assert decided()[0] == 409
    assert decided(revision=2)[1]["status"] == "cancelled"


def test_a_cursor_leads_through_all_pages(stage: FakeStage) -> None:
    for number in range(1, 2 * PAGE_SIZE + 8):
        at = stage.clock.now() + timedelta(microseconds=number)
        request = invited(an_asked_request(an_id(number), period=a_period()), asked_at=at)
        stage.requests.stored[request.request_id] = request
    found: list[str] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        page = listed(cursor)
        found += [approval["requestId"] for approval in page["approvals"]]
        cursor, pages = page["cursor"], pages + 1
    assert (found, pages) == ([an_id(number) for number in range(1, 2 * PAGE_SIZE + 8)], 3)


@pytest.mark.parametrize(
    ("body", "status", "comment"),
    [
        ({}, "approved", ""),
        ({"comment": "Enjoy\r\nit"}, "approved", "Enjoy\nit"),
        ({"comment": " "}, "approved", ""),
        ({"decision": "denied", "comment": "é" * 2_000}, "denied", "é" * 2_000),
        ({"decision": "denied", "comment": "🏖" * 2_000}, "denied", "🏖" * 2_000),
        ({"revision": 1.0}, "approved", ""),
    ],
    ids=str,
)
def test_an_answer_is_recorded_and_given_again(
    stage: FakeStage, body: dict[str, Any], status: str, comment: str
) -> None:
    stage.asked()
    found, request = decided(**body)
    assert (found, request["status"]) == (200, status)
    last = request["history"][-1]
    assert (last["what"], last["who"], last["channel"]) == (status, "E001", "api")
    assert last["comment"] == comment
    assert (request["waitingFor"], len(request["approvers"])) == ([], 1)
    assert decided(**body) == (200, request)


def test_an_answer_is_taken_back_and_given_anew(stage: FakeStage) -> None:
    stage.policy = ApprovalPolicy(undo=timedelta(minutes=5))
    stage.asked()
    decided()
    found, request = undone()
    assert (found, request["status"], len(request["waitingFor"])) == (200, "pending", 1)
    assert undone()[0] == 409
    assert decided(decision="denied", comment="After all")[1]["status"] == "denied"


def test_a_reminder_is_accepted_once_a_day(stage: FakeStage) -> None:
    stage.asked()
    event = api_event("POST /leave_requests/{requestId}/reminder", requestId=R1)
    status, request = answer(change_leave_request.handler, event)
    assert (status, request["requestId"]) == (202, R1)
    assert request["waitingFor"] == [
        {"name": "John Carpenter", "since": "2027-03-01T09:30:00Z", "mailed": True}
    ]
    status, problem = answer(change_leave_request.handler, event)
    assert (status, problem["type"]) == (409, "urn:leave:problem:reminded-today")


def test_a_call_with_a_key_is_done_once_and_answered_with_the_same_numbers(
    stage: FakeStage,
) -> None:
    for wanted in (a_wish(), a_wish("2027-06-01")):
        stage.asked(wanted)
    reminder = api_event("POST /leave_requests/{requestId}/reminder", requestId=R1)
    answering = api_event(
        "POST /approvals/{requestId}", claims=JOHNS_CLAIMS, requestId=R1, body=YES
    )
    for handler, event, other in (
        (change_leave_request.handler, reminder, {"pathParameters": {"requestId": R2}}),
        (approvals.handler, answering, {"body": json.dumps(YES | {"comment": "Enjoy"})}),
    ):
        event["headers"]["idempotency-key"] = "the-key"
        first = answer(handler, event)
        assert first[0] in {200, 202}
        assert answer(handler, event) == first
        status, problem = answer(handler, event | other)
        assert (status, problem["type"]) == (409, "urn:leave:problem:idempotency-mismatch")
        event["headers"]["idempotency-key"] = "é"
        status, problem = answer(handler, event)
        assert (status, problem["errors"][0]["field"]) == (400, "Idempotency-Key")


def test_a_repeated_answer_has_the_revision_of_the_first(stage: FakeStage) -> None:
    stage.asked()
    event = api_event("POST /approvals/{requestId}", claims=JOHNS_CLAIMS, requestId=R1, body=YES)
    event["headers"]["idempotency-key"] = "the-key"
    answer(approvals.handler, event)
    stage.process_lead_response(R1)
    stage.cancelling(R1)
    status, request = answer(approvals.handler, event)
    assert (status, request["revision"], request["workingDays"]) == (200, 1, 1)
    assert request["cancellationAsked"] is True
