"""POST /request_leave, from the event to the reply."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.errors import ConflictError, UnavailableError
from leave.domain.values import replace
from leave.functions import request_leave
from leave.functions.request_leave import handler
from tests.leave.builders import JIM, R1, TODAY, employed
from tests.leave.fakes import ARN
from tests.leave.functions.events import CALL_ID, CONTEXT, JIMS_CLAIMS, leave_event
from tests.leave.hooks import raising

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage

WISH = {"date": "2027-05-03"}
JOHNS_CLAIMS = JIMS_CLAIMS | {"email": "john@foo.com"}
ADMINS_CLAIMS = JIMS_CLAIMS | {"email": "hr@foo.com"}


def ask(body: object = WISH, **options: Any) -> tuple[int, dict[str, Any]]:
    """Call the handler; check what every reply has, and return status and body."""
    reply = handler(leave_event(body, **options), CONTEXT)
    assert reply["headers"]["cache-control"] == "no-store"
    read = json.loads(reply["body"])
    if reply["statusCode"] != 202:
        assert reply["headers"]["content-type"] == "application/problem+json"
        assert read["status"] == reply["statusCode"]
        assert read["type"].startswith("urn:leave:problem:")
        assert read["title"]
        assert read["detail"]
        assert read["instance"] == f"urn:leave:call:{CALL_ID}"
    return reply["statusCode"], read


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


def test_a_reply_is_json(stage: FakeStage) -> None:  # noqa: ARG001
    reply = handler(leave_event(WISH), CONTEXT)
    assert reply["headers"]["content-type"] == "application/json"


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
    status, answer = ask(body, encoded=encoded)
    assert (status, answer["workingDays"]) == (202, days)
    assert isinstance(answer["workingDays"], int) == (days == int(days))
    assert stage.requests[R1].plan.reason == body.get("reason", "")


def test_an_unknown_parameter_is_refused_before_anything_is_written(stage: FakeStage) -> None:
    reply = handler(leave_event(WISH) | {"queryStringParameters": {"foo": "1"}}, CONTEXT)
    assert reply["statusCode"] == 400
    (problem,) = json.loads(reply["body"])["errors"]
    assert problem == {"field": "foo", "message": "unknown; there are no parameters"}
    assert (stage.requests.stored, stage.workflow.executions) == ({}, {})


def test_an_idempotency_key_makes_a_retry_safe(stage: FakeStage) -> None:
    first, again = ask(key="k1"), ask(key="k1")
    assert first == again
    assert len(stage.requests.stored) == 1
    status, body = ask({"date": "2027-05-04"}, key="k1")
    assert (status, body["type"]) == (409, "urn:leave:problem:idempotency-mismatch")


@pytest.mark.parametrize("key", ["", "k" * 256, "two words", "schlüssel"])
def test_an_odd_idempotency_key_is_refused(stage: FakeStage, key: str) -> None:
    status, body = ask(key=key)
    assert status == 400
    assert body["errors"] == [
        {
            "field": "Idempotency-Key",
            "message": "must have 1 to 255 visible ASCII characters, such as a UUID",
        }
    ]
    assert not stage.requests.stored


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {name: text for name, text in JIMS_CLAIMS.items() if name != "exp"},
        {name: text for name, text in JIMS_CLAIMS.items() if name != "email"},
    ],
)
def test_without_usable_claims_nobody_comes_in(stage: FakeStage, claims: dict[str, str]) -> None:
    reply = handler(leave_event(WISH, claims=claims), CONTEXT)
    assert reply["statusCode"] == 401
    assert reply["headers"]["www-authenticate"] == "Bearer"
    assert not stage.requests.stored


@pytest.mark.parametrize("authorizer", [None, {}, {"jwt": {}}])
def test_without_an_authorizer_nobody_comes_in(
    stage: FakeStage, authorizer: dict[str, Any] | None
) -> None:
    event = leave_event(WISH)
    del event["requestContext"]["authorizer"]
    if authorizer is not None:
        event["requestContext"]["authorizer"] = authorizer
    assert handler(event, CONTEXT)["statusCode"] == 401
    assert not stage.requests.stored


@pytest.mark.parametrize(
    "changed",
    [
        {"email_verified": "false"},
        {"hd": "evil.com"},
        {"hd": ""},
        {"email": "jim@evil.com"},
        {"email": "nobody@foo.com"},
    ],
)
def test_a_valid_token_of_a_stranger_is_not_enough(
    stage: FakeStage, changed: dict[str, str]
) -> None:
    status, body = ask(claims=JIMS_CLAIMS | changed)
    assert (status, body["title"]) == (403, "Not allowed")
    assert not stage.requests.stored


def test_who_calls_is_checked_before_what_is_asked(stage: FakeStage) -> None:  # noqa: ARG001
    assert ask("nonsense", claims={})[0] == 401
    assert ask("nonsense", claims=JIMS_CLAIMS | {"hd": "evil.com"})[0] == 403


@pytest.mark.parametrize(
    ("claims", "body", "status", "slug"),
    [
        (JIMS_CLAIMS, {"employeeId": "E003", "date": "2027-05-03"}, 403, "not-allowed"),
        (ADMINS_CLAIMS, {"employeeId": "E404", "date": "2027-05-03"}, 404, "unknown-employee"),
        (ADMINS_CLAIMS, {"date": "2027-05-03"}, 400, "malformed-request"),
        (JOHNS_CLAIMS, WISH, 422, "no-approver"),
        (JIMS_CLAIMS, {"date": "2027-02-28"}, 422, "past-period"),
        (JIMS_CLAIMS, {"date": "2031-05-05"}, 422, "too-far-ahead"),
        (JIMS_CLAIMS, {"date": "2027-05-08"}, 422, "no-working-days"),
        (JIMS_CLAIMS, {"start": "2027-05-03", "end": "2027-08-31"}, 422, "insufficient-balance"),
        (JIMS_CLAIMS, {"start": "2027-05-04", "end": "2027-05-03"}, 400, "malformed-request"),
    ],
)
def test_each_no_has_its_status(
    stage: FakeStage, claims: dict[str, str], body: object, status: int, slug: str
) -> None:
    answered, problem = ask(body, claims=claims)
    assert (answered, problem["type"]) == (status, f"urn:leave:problem:{slug}")
    assert not stage.requests.stored
    assert stage.workflow.starts == 0


def test_an_overlap_is_409_and_names_the_other_request(stage: FakeStage) -> None:
    ask()
    status, body = ask()
    assert (status, body["type"]) == (409, "urn:leave:problem:overlap")
    assert R1 in body["detail"]
    assert len(stage.requests.stored) == 1


def test_a_leaver_is_403(stage: FakeStage) -> None:
    stage.directory.put(replace(JIM, employments=employed(end=TODAY - timedelta(days=1))))
    assert ask()[0] == 403


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


def test_bytes_are_counted_and_not_characters(stage: FakeStage) -> None:  # noqa: ARG001
    assert ask("é" * 9_000)[0] == 413


def test_a_service_in_trouble_is_503_and_says_when_to_come_back(stage: FakeStage) -> None:
    stage.requests.hooks.before("add", raising(ConflictError("busy")), times=50)
    reply = handler(leave_event(WISH), CONTEXT)
    assert reply["statusCode"] == 503
    assert reply["headers"]["retry-after"] == "5"
    assert ask()[0] == 503


def test_a_503_says_nothing_of_the_inside_and_the_log_does(
    stage: FakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    inside = UnavailableError("DynamoDB get_item: ThrottlingException")
    stage.requests.hooks.before("ledgers", raising(inside))
    status, body = ask()
    assert status == 503
    assert "DynamoDB" not in json.dumps(body)
    assert "ThrottlingException" in caplog.text


def test_a_surprise_is_500_and_says_nothing_of_the_inside(
    stage: FakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.requests.hooks.before("ledgers", raising(RuntimeError("pk EMPLOYEE#E002 in leave-test")))
    status, body = ask()
    assert status == 500
    assert "EMPLOYEE" not in json.dumps(body)
    assert "Traceback" not in json.dumps(body)
    assert "pk EMPLOYEE#E002" in caplog.text


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


def test_without_a_context_there_is_just_no_instance(stage: FakeStage) -> None:  # noqa: ARG001
    reply = handler(leave_event("nonsense"), None)
    assert reply["statusCode"] == 400
    assert "instance" not in json.loads(reply["body"])
