"""The functions that no person calls: steps of the workflow, the daily sweep, and health."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from leave.domain.errors import MailUnavailableError, MalformedRequestError, NotDecidedError
from leave.functions import (
    daily_sweep,
    process_lead_response,
    process_leave_request,
    report_health,
)
from leave.functions.replies import HEADERS
from tests.leave.builders import (
    R1,
    a_decided_request,
    a_period,
    a_request,
    an_asked_request,
    an_id,
)
from tests.leave.functions.events import CONTEXT, event
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


def test_the_event_says_that_and_which_execution_ran_out_of_time(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request(R1))
    event = {"requestId": R1, "expire": True, "execution": f"{R1}.1"}
    assert process_lead_response.handler(event, CONTEXT)["status"] == "pending"
    event["execution"] = R1
    assert process_lead_response.handler(event, CONTEXT)["status"] == "expired"
    stage.requests.put(an_asked_request(R1))
    event = {"requestId": R1, "expire": True}
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


# The daily sweep, as EventBridge Scheduler or an operator calls it


@dataclass
class Context:
    """Lambda's context: the milliseconds left, which every look takes some of."""

    left: int = 900_000
    each: int = 0

    def get_remaining_time_in_millis(self) -> int:
        self.left -= self.each
        return self.left


@pytest.fixture
def three_waiting(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three requests wait, for two days."""
    monkeypatch.setattr(daily_sweep, "application", lambda: stage.daily_sweep)
    for number in (1, 2, 3):
        period = a_period(f"2027-05-0{number}")
        stage.requests.put(an_asked_request(an_id(number), period=period))
    stage.clock.go_on(timedelta(days=2))


def run(event: dict[str, Any], context: Context | None = None) -> dict[str, Any]:
    reply = daily_sweep.handler(event, context or Context())
    assert json.loads(json.dumps(reply)) == reply, "Lambda has to write it down"
    return reply


@pytest.mark.usefixtures("three_waiting")
def test_the_schedule_makes_one_sweep_a_day_and_a_person_as_many_as_they_like(
    stage: FakeStage,
) -> None:
    steps = {"remind": 3, "keep-waiting": 3, "reminders": 1}
    assert run({"onlyIfDue": True}) == {"finished": True, "requests": 3, "steps": steps}
    assert run({"onlyIfDue": True}) == {"finished": True, "requests": 0, "steps": {}}
    for by_hand in ({}, {"onlyIfDue": False}, {"since": "May"}):
        assert run(by_hand)["requests"] == 3
    stage.clock.go_on(timedelta(days=1))
    assert run({"onlyIfDue": True})["requests"] == 3


@pytest.mark.usefixtures("three_waiting")
def test_with_a_minute_left_it_stops_and_the_next_call_goes_on() -> None:
    seen = [
        run({"onlyIfDue": True}, Context(left=80_000, each=15_000))["requests"] for _ in range(3)
    ]
    assert seen == [2, 1, 0]


@pytest.mark.usefixtures("three_waiting")
def test_the_log_tells_numbers_and_nobody(logged: Callable[[], str]) -> None:
    run({})
    assert "'requests': 3" in logged()
    assert not [text for text in (R1, "John", "foo.com") if text in logged()]
