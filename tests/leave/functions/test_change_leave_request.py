"""PATCH and DELETE of a request that succeed; test_statuses.py has what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from leave.domain.errors import UnavailableError
from leave.domain.policy import LeaveType, Rules
from leave.functions.change_leave_request import handler
from tests.leave.builders import R1, a_period
from tests.leave.functions.events import ADMINS_CLAIMS, api_event
from tests.leave.functions.replies import answer
from tests.leave.hooks import raising
from tests.leave.services.stage import FakeStage

ROUTE = "/leave_requests/{requestId}"
OTHER = {"start": "2027-06-07", "end": "2027-06-11", "reason": "Wedding"}
SICK = LeaveType(id="sick", name="Sick leave", needs_approval=False)


def patch(body: object = OTHER, **options: Any) -> tuple[int, dict[str, Any]]:
    return answer(handler, api_event(f"PATCH {ROUTE}", body=body, requestId=R1, **options))


def delete(**options: Any) -> tuple[int, dict[str, Any]]:
    return answer(handler, api_event(f"DELETE {ROUTE}", requestId=R1, **options))


@pytest.mark.usefixtures("link")
def test_a_change_is_accepted_and_shown(stage: FakeStage) -> None:
    status, body = patch()
    assert status == 202
    assert (body["requestId"], body["status"], body["revision"]) == (R1, "pending", 2)
    assert (body["start"], body["end"], body["workingDays"]) == ("2027-06-07", "2027-06-11", 5)
    assert body["reason"] == "Wedding"
    assert [event["what"] for event in body["history"]] == ["requested", "changed"]
    assert stage.requests[R1].plan.period == a_period("2027-06-07", "2027-06-11")


def test_what_needs_no_approval_is_done_at_once(stage: FakeStage) -> None:
    stage.rules = Rules(leave_types=(*Rules().leave_types, SICK))
    stage.asked()
    status, body = patch({"date": "2027-05-03", "type": "sick"})
    assert (status, body["status"]) == (200, "approved")
    status, body = delete()
    assert (status, body["status"]) == (200, "cancelled")


@pytest.mark.usefixtures("link")
def test_an_undecided_request_is_withdrawn() -> None:
    status, body = delete()
    assert (status, body["status"], body["cancellationAsked"]) == (200, "withdrawn", False)


def test_approved_leave_is_asked_to_be_cancelled_and_a_lost_start_is_made_up_for(
    stage: FakeStage,
) -> None:
    stage.approved()
    stage.workflow.hooks.before("start", raising(UnavailableError("StartExecution")))
    assert delete()[0] == 503
    for _ in range(2):
        status, body = delete()
        assert (status, body["status"], body["cancellationAsked"]) == (202, "approved", True)
    assert [event["what"] for event in body["history"]][-1] == "cancellation-asked"
    assert list(stage.workflow.executions) == [R1, f"{R1}-2"]


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize("call", [patch, delete])
def test_an_admin_does_it_for_an_employee(stage: FakeStage, call: Any) -> None:
    assert call(claims=ADMINS_CLAIMS)[0] < 300
    assert stage.requests[R1].history[-1].actor == "hr@foo.com"
