"""PATCH and DELETE /leave_requests/{requestId}, from the event to the reply."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.errors import ConflictError, UnavailableError
from leave.domain.policy import LeaveType, Rules
from leave.functions.change_leave_request import handler
from tests.leave.builders import NO_SUCH_REQUEST, R1, a_period
from tests.leave.functions.contract import answer
from tests.leave.functions.events import (
    ADMINS_CLAIMS,
    JANES_CLAIMS,
    JIMS_CLAIMS,
    JOHNS_CLAIMS,
    STRANGERS_CLAIMS,
    api_event,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import JOHN_CALLS, a_wish

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.leave.services.stage import FakeStage

ROUTE = "/leave_requests/{requestId}"
OTHER = {"start": "2027-06-07", "end": "2027-06-11", "reason": "Wedding"}


def patch(body: object = OTHER, request_id: str = R1, **options: Any) -> tuple[int, dict[str, Any]]:
    return answer(handler, api_event(f"PATCH {ROUTE}", body=body, requestId=request_id, **options))


def delete(request_id: str = R1, **options: Any) -> tuple[int, dict[str, Any]]:
    return answer(handler, api_event(f"DELETE {ROUTE}", requestId=request_id, **options))


@pytest.mark.usefixtures("link")
def test_a_change_is_accepted_and_shown(stage: FakeStage) -> None:
    status, body = patch()
    assert status == 202
    assert (body["requestId"], body["status"], body["revision"]) == (R1, "pending", 2)
    assert (body["start"], body["end"], body["workingDays"]) == ("2027-06-07", "2027-06-11", 5)
    assert body["reason"] == "Wedding"
    assert [event["what"] for event in body["history"]] == ["requested", "changed"]
    assert stage.requests[R1].plan.period == a_period("2027-06-07", "2027-06-11")


@pytest.mark.usefixtures("link")
def test_a_change_into_what_needs_no_approval_is_done_at_once(stage: FakeStage) -> None:
    sick = LeaveType(id="sick", name="Sick leave", needs_approval=False)
    stage.rules = Rules(leave_types=(*Rules().leave_types, sick))
    status, body = patch({"date": "2027-05-03", "type": "sick"})
    assert (status, body["status"]) == (200, "approved")


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize("act", [patch, delete])
def test_an_unknown_parameter_is_refused_before_anything_is_written(
    act: Callable[..., tuple[int, dict[str, Any]]], stage: FakeStage
) -> None:
    before = stage.requests[R1]
    status, body = act(query={"force": "1"})
    assert (status, [problem["field"] for problem in body["errors"]]) == (400, ["force"])
    assert stage.requests[R1] == before


@pytest.mark.usefixtures("link")
def test_an_undecided_request_is_withdrawn() -> None:
    status, body = delete()
    assert (status, body["status"], body["cancellationAsked"]) == (200, "withdrawn", False)


def test_approved_leave_is_asked_to_be_cancelled(stage: FakeStage) -> None:
    stage.approved()
    for _ in range(2):
        status, body = delete()
        assert (status, body["status"], body["cancellationAsked"]) == (202, "approved", True)
    assert [event["what"] for event in body["history"]][-1] == "cancellation-asked"


def test_leave_that_needed_no_approval_is_cancelled_at_once(stage: FakeStage) -> None:
    sick = LeaveType(id="sick", name="Sick leave", needs_approval=False)
    stage.rules = Rules(leave_types=(*Rules().leave_types, sick))
    stage.request_leave(JOHN_CALLS, a_wish(leave_type="sick"))
    status, body = delete(claims=JOHNS_CLAIMS)
    assert (status, body["status"]) == (200, "cancelled")


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize("call", [patch, delete])
def test_an_admin_does_it_for_an_employee(stage: FakeStage, call: Any) -> None:
    assert call(claims=ADMINS_CLAIMS)[0] < 300
    assert stage.requests[R1].history[-1].actor == "hr@foo.com"


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize("call", [patch, delete])
@pytest.mark.parametrize("claims", [JANES_CLAIMS, JOHNS_CLAIMS, STRANGERS_CLAIMS])
def test_nobody_else_does(stage: FakeStage, call: Any, claims: dict[str, str]) -> None:
    before = stage.requests[R1]
    status, body = call(claims=claims)
    assert (status, body["type"]) == (403, "urn:leave:problem:not-allowed")
    assert stage.requests[R1] == before


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize("call", [patch, delete])
def test_without_a_token_nobody_comes_in(call: Any) -> None:
    assert call(claims={})[0] == 401


@pytest.mark.usefixtures("link")
def test_who_calls_is_checked_before_what_is_asked() -> None:
    assert patch("nonsense", claims={})[0] == 401
    assert patch("nonsense", claims=JIMS_CLAIMS | {"hd": "evil.com"})[0] == 403
    assert patch("nonsense", "nonsense")[0] == 400


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("call", [patch, delete])
def test_a_request_that_there_is_not_is_404(call: Any) -> None:
    status, body = call(request_id=NO_SUCH_REQUEST)
    assert (status, body["type"]) == (404, "urn:leave:problem:unknown-request")


@pytest.mark.parametrize("call", [patch, delete])
@pytest.mark.parametrize(
    "request_id",
    ["", "r1", R1[:-1], R1 + "0", R1.upper(), "é" * 26, "x" * 5_000, "../" * 9, f"{R1}\n"],
)
def test_what_can_be_no_id_is_404_and_never_looked_up(
    stage: FakeStage, call: Any, request_id: str
) -> None:
    stage.requests.hooks.before("get", raising(AssertionError("DynamoDB takes no such key")))
    status, body = call(request_id=request_id)
    assert (status, body["type"]) == (404, "urn:leave:problem:unknown-request")
    assert len(body["detail"]) < 200


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"employeeId": "E002", "date": "2027-05-03"}, "employeeId"),
        ({"date": "2027-05-03", "x": 1}, "x"),
        ({}, "date"),
        ("nonsense", "body"),
        ({"date": "2027-02-30"}, "date"),
    ],
)
def test_a_malformed_change_names_its_fields(stage: FakeStage, body: object, field: str) -> None:
    status, problem = patch(body)
    assert status == 400
    assert [error["field"] for error in problem["errors"]] == [field]
    assert stage.requests[R1].revision == 1


@pytest.mark.usefixtures("link")
def test_a_change_without_a_body_is_malformed() -> None:
    assert answer(handler, api_event(f"PATCH {ROUTE}", requestId=R1))[0] == 400


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({"date": "2027-02-26"}, 422, "past-period"),
        ({"date": "2029-02-26"}, 422, "too-far-ahead"),
        ({"date": "2027-05-08"}, 422, "no-working-days"),
        ({"date": "2027-05-04", "type": "sick"}, 422, "unknown-leave-type"),
        ({"start": "2027-05-03", "end": "2027-06-30"}, 422, "insufficient-balance"),
        ({"date": "2027-07-01"}, 409, "overlap"),
        (json.dumps({"date": "2027-05-04", "reason": "x" * 16_384}), 413, "body-too-large"),
    ],
)
def test_each_no_has_its_status(stage: FakeStage, body: object, status: int, slug: str) -> None:
    stage.asked(a_wish("2027-07-01"))
    answered, problem = patch(body)
    assert (answered, problem["type"]) == (status, f"urn:leave:problem:{slug}")
    assert stage.requests[R1].revision == 1


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_what_is_decided_is_409(stage: FakeStage, link: str, decision: str) -> None:
    stage.decide(link, decision, "So be it")
    status, body = patch()
    assert (status, body["type"]) == (409, "urn:leave:problem:not-possible")
    if decision == "denied":
        assert delete()[0] == 409


def test_where_nobody_could_agree_is_422(stage: FakeStage) -> None:
    stage.fallback_approver = "E003"
    stage.decide(stage.asked(caller=JOHN_CALLS))
    stage.fallback_approver = None
    status, body = delete(claims=JOHNS_CLAIMS)
    assert (status, body["type"]) == (422, "urn:leave:problem:no-approver")


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize("call", [patch, delete])
@pytest.mark.parametrize(
    ("error", "times", "status"),
    [
        (UnavailableError("DynamoDB get_item: ThrottlingException"), 1, 503),
        (RuntimeError("pk REQUEST#"), 1, 500),
        (ConflictError("busy"), 99, 503),
    ],
)
def test_trouble_says_nothing_of_the_inside(
    stage: FakeStage, call: Any, error: Exception, times: int, status: int
) -> None:
    stage.requests.hooks.before("replace", raising(error), times=times)
    answered, body = call()
    assert answered == status
    assert "DynamoDB" not in json.dumps(body)
    assert "REQUEST#" not in json.dumps(body)


def test_a_workflow_that_can_not_be_started_is_503_and_the_same_call_makes_up_for_it(
    stage: FakeStage,
) -> None:
    stage.approved()
    stage.workflow.hooks.before("start", raising(UnavailableError("StartExecution")))
    assert delete()[0] == 503
    assert delete()[0] == 202
    assert list(stage.workflow.executions) == [R1, f"{R1}-2"]
