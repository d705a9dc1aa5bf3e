"""The two functions that the state machine calls, and the one that touches nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.errors import MailUnavailableError, MalformedRequestError, NotDecidedError
from leave.functions import process_lead_response, process_leave_request, report_health
from leave.functions.replies import HEADERS
from tests.leave.builders import R1, a_decided_request, a_request, an_asked_request
from tests.leave.functions.events import CONTEXT, event

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage


def test_the_lead_is_asked_with_the_token_of_the_event(stage: FakeStage) -> None:
    stage.requests.put(a_request(R1))
    reply = process_leave_request.handler({"requestId": R1, "taskToken": "AQC="}, CONTEXT)
    assert reply == {"requestId": R1}
    token = stage.requests[R1].task_token
    assert token is not None
    assert token.reveal() == "AQC="
    assert stage.mailer.recipients == ["john@foo.com"]


def test_a_failed_mail_does_not_fail_the_function_but_the_task(stage: FakeStage) -> None:
    stage.requests.put(a_request(R1))
    stage.mailer.fail_with(MailUnavailableError("down"))
    process_leave_request.handler({"requestId": R1, "taskToken": "AQC="}, CONTEXT)
    assert stage.workflow.failures == [("AQC=", "MailUnavailableError", "down")]


def test_the_employee_is_told(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request("denied", "Release week"))
    reply = process_lead_response.handler({"requestId": R1}, CONTEXT)
    assert reply == {"requestId": R1, "status": "denied"}
    assert json.loads(json.dumps(reply)) == reply
    assert stage.mailer.recipients == ["jim@foo.com"]


def test_a_request_expires_when_the_event_says_so(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request(R1))
    reply = process_lead_response.handler({"requestId": R1, "expire": True}, CONTEXT)
    assert reply["status"] == "expired"


def test_the_event_says_which_execution_ran_out_of_time(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request(R1))
    event = {"requestId": R1, "expire": True, "execution": f"{R1}.1"}
    assert process_lead_response.handler(event, CONTEXT)["status"] == "pending"
    event["execution"] = R1
    assert process_lead_response.handler(event, CONTEXT)["status"] == "expired"


@pytest.mark.parametrize("event", [{}, {"expire": False}])
def test_nothing_but_true_expires_a_request(stage: FakeStage, event: dict[str, Any]) -> None:
    stage.requests.put(an_asked_request(R1))
    with pytest.raises(NotDecidedError, match="not decided"):
        process_lead_response.handler({"requestId": R1} | event, CONTEXT)
    assert stage.requests[R1].question


def test_an_event_without_its_fields_fails_the_task(stage: FakeStage) -> None:
    """All that can be wrong with one is in tests/proof/test_odd_payloads.py."""
    with pytest.raises(MalformedRequestError, match="requestId: must be the id"):
        process_lead_response.handler({}, CONTEXT)
    with pytest.raises(MalformedRequestError, match="taskToken: must be a task token"):
        process_leave_request.handler({"requestId": R1}, CONTEXT)
    assert not stage.mailer.sent


def test_health_says_ok_and_the_version_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAVE_VERSION", "1.2.3")
    reply = report_health.handler(event("GET", "/health"), CONTEXT)
    assert reply["statusCode"] == 200
    assert json.loads(reply["body"]) == {"status": "ok", "version": "1.2.3"}
    own = {"content-type": "application/json", "cache-control": "no-store"}
    assert reply["headers"] == HEADERS | own
    assert report_health.handler(event("HEAD", "/health"), CONTEXT) == reply
