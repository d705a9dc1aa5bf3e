"""POST /request_leave, from the event to the reply; test_statuses.py has what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leave.functions import request_leave
from leave.functions.request_leave import handler
from tests.leave.builders import R1
from tests.leave.fakes import ARN
from tests.leave.functions.events import leave_event
from tests.leave.functions.replies import answer
from tests.leave.services.stage import FakeStage

WISH = {"date": "2027-05-03"}


def ask(body: object = WISH, **options: Any) -> tuple[int, dict[str, Any]]:
    return answer(handler, leave_event(body, **options))


def test_the_seeds_call_gets_the_seeds_answer(stage: FakeStage) -> None:
    status, body = ask({"employeeId": "E002", "date": "2027-11-01"})
    assert status == 202
    assert body == {
        "status": "Leave request submitted",
        "ref": f"{ARN}:{R1}",
        "requestId": R1,
        "workingDays": 1,
    }
    assert list(stage.workflow.executions) == [R1]


@pytest.mark.parametrize(
    ("body", "days"),
    [
        ({"start": "2027-05-03", "end": "2027-05-14"}, 10),
        ({"date": "2027-05-03", "halfDay": "morning"}, 0.5),
        ({"start": "2027-05-03", "end": "2027-05-03", "halfDay": "afternoon"}, 0.5),
        ({"date": "2027-05-03", "type": "annual", "reason": "Grüße 🌴\nand more"}, 1),
    ],
)
@pytest.mark.parametrize("encoded", [False, True])
def test_all_forms_of_a_wish_are_understood(
    stage: FakeStage, body: dict[str, str], days: float, *, encoded: bool
) -> None:
    status, reply = ask(body, encoded=encoded)
    assert (status, reply["workingDays"]) == (202, days)
    assert isinstance(reply["workingDays"], int) == (days == int(days))
    assert stage.requests[R1].plan.reason == body.get("reason", "")


def test_an_idempotency_key_makes_a_retry_safe(stage: FakeStage) -> None:
    assert ask(key="k1") == ask(key="k1")
    assert len(stage.requests.stored) == 1
    status, body = ask({"date": "2027-05-04"}, key="k1")
    assert (status, body["type"]) == (409, "urn:leave:problem:idempotency-mismatch")


@pytest.mark.parametrize("key", ["", "k" * 256, "two words", "schlüssel"])
def test_an_odd_idempotency_key_is_refused(stage: FakeStage, key: str) -> None:
    status, body = ask(key=key)
    message = "must have 1 to 255 visible ASCII characters, such as a UUID"
    assert (status, body["errors"]) == (400, [{"field": "Idempotency-Key", "message": message}])
    assert not stage.requests.stored


@pytest.mark.parametrize("authorizer", [None, {}, {"jwt": {}}])
def test_without_an_authorizer_nobody_comes_in(
    stage: FakeStage, authorizer: dict[str, Any] | None
) -> None:
    event = leave_event(WISH)
    del event["requestContext"]["authorizer"]
    if authorizer is not None:
        event["requestContext"]["authorizer"] = authorizer
    assert answer(handler, event)[0] == 401
    assert not stage.requests.stored


def test_a_body_of_16_kib_is_read_and_a_byte_more_is_not(stage: FakeStage) -> None:
    frame = len(json.dumps(WISH | {"x": ""}))
    fits = json.dumps(WISH | {"x": "a" * (16 * 1024 - frame)})
    assert len(fits) == 16 * 1024
    assert ask(fits)[0] == 400  # it was read, and x is unknown
    for encoded in (False, True):
        status, body = ask(fits + " ", encoded=encoded)
        assert (status, body["type"]) == (413, "urn:leave:problem:body-too-large")
        assert body["detail"] == "The body can have at most 16384 bytes. Send a smaller one."
    assert not stage.requests.stored


def test_a_stage_that_is_not_configured_answers_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    request_leave.application.cache_clear()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("LEAVE_TABLE", raising=False)
    status, body = ask()
    assert status == 500
    assert "LEAVE_TABLE" not in json.dumps(body)
    assert "LEAVE_TABLE is missing" in caplog.text
