"""The routes of delegations: bodies, statuses and refusals, over fakes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from leave.domain.errors import ConflictError, UnavailableError
from leave.domain.values import replace
from leave.functions import approvals
from tests.leave.builders import JANE, JIM, R1, TODAY, employed
from tests.leave.fakes import FakeDirectory
from tests.leave.functions.events import (
    ADMINS_CLAIMS,
    CONTEXT,
    JANES_CLAIMS,
    JIMS_CLAIMS,
    JOHNS_CLAIMS,
    STRANGERS_CLAIMS,
    api_event,
)
from tests.leave.functions.replies import answer
from tests.leave.hooks import raising
from tests.leave.services.stage import FakeStage

READ, PUT, END = "GET /delegation", "PUT /delegation", "DELETE /delegation"
LAST = TODAY + timedelta(days=9)
BODY = {"substituteId": "E003", "from": str(TODAY), "to": str(LAST)}
SHOWN = BODY | {"name": JANE.name}
FOR_JOHN = {"query": {"employeeId": "E001"}}


def call(
    route: str, claims: dict[str, str] = JOHNS_CLAIMS, *, key: str = "", **more: Any
) -> tuple[int, Any]:
    """Call a route, with the usual body where none is given; None stands for no answer's body."""
    if route == PUT:
        more = {"body": BODY} | more
    event = api_event(route, claims=claims, **more)
    if key:
        event["headers"]["idempotency-key"] = key
    reply = approvals.handler(event, CONTEXT)
    if reply["statusCode"] != 204:
        return answer(lambda *_: reply, event)
    assert (reply["body"], reply["headers"]["cache-control"]) == ("", "no-store")
    assert "content-type" not in reply["headers"]
    return 204, None


def everything(stage: FakeStage) -> object:
    """Return all that could have changed."""
    requests = stage.requests
    return dict(stage.delegations.stored), dict(requests.stored), dict(requests.keys)


@pytest.mark.parametrize(("claims", "more"), [(JOHNS_CLAIMS, {}), (ADMINS_CLAIMS, FOR_JOHN)])
def test_a_delegation_is_made_read_and_ended(
    stage: FakeStage, claims: dict[str, str], more: dict[str, Any]
) -> None:
    link = stage.asked()
    assert call(READ, claims, **more) == (204, None)
    assert call(PUT, claims, **more) == (200, SHOWN)
    assert call(READ, claims, **more) == (200, SHOWN)
    assert call("HEAD /delegation".replace("HEAD", "GET"), claims, **more) == (200, SHOWN)
    assert stage.requests[R1].link_secret is None, link
    for _ in range(2):
        assert call(END, claims, **more) == (204, None)
        assert call(READ, claims, **more) == (204, None)


def test_a_key_stands_for_one_body(stage: FakeStage) -> None:
    assert call(PUT, key="key") == call(PUT, key="key") == (200, SHOWN)
    other = BODY | {"to": str(TODAY)}
    status, problem = call(PUT, key="key", body=other)
    assert (status, problem["type"]) == (409, "urn:leave:problem:idempotency-mismatch")
    assert stage.delegations.stored["E001"].end == LAST
    assert call(PUT, key="another", body=other)[0] == 200
    assert call(PUT, ADMINS_CLAIMS, key="key", body=other, **FOR_JOHN)[0] == 200


REFUSED: list[tuple[str, dict[str, str], dict[str, Any], int, str]] = [
    *((route, claims, query, status, why)
      for route in (READ, PUT, END)
      for claims, query, status, why in (
          (JIMS_CLAIMS, {}, 403, "not-allowed"),
          (JANES_CLAIMS, FOR_JOHN, 403, "not-allowed"),
          (JOHNS_CLAIMS, {"query": {"employeeId": "E002"}}, 403, "not-allowed"),
          (STRANGERS_CLAIMS, {}, 403, "not-allowed"),
          (STRANGERS_CLAIMS, FOR_JOHN, 403, "not-allowed"),
          (ADMINS_CLAIMS, {}, 403, "not-allowed"),
          (ADMINS_CLAIMS, {"query": {"employeeId": "E002"}}, 403, "not-allowed"),
          (ADMINS_CLAIMS, {"query": {"employeeId": "E404"}}, 404, "unknown-employee"),
          (JOHNS_CLAIMS, {"query": {"employeeId": "E 1"}}, 400, "employeeId"),
          (JOHNS_CLAIMS, {"query": {"x": "1"}}, 400, "x"),
          ({}, {}, 401, "unauthenticated"),
          (STRANGERS_CLAIMS | {"hd": "evil.com"}, {}, 403, "not-allowed"),
      )),
    *((PUT, JOHNS_CLAIMS, {"body": body}, status, why)
      for body, status, why in (
          (BODY | {"substituteId": "E001"}, 422, "own-substitute"),
          (BODY | {"substituteId": "E404"}, 422, "unknown-substitute"),
          (BODY | {"to": "2027-12-31", "substituteId": "E002"}, 422, "substitute-not-employed"),
          (BODY | {"from": str(TODAY - timedelta(days=1))}, 422, "delegation-before-today"),
          (BODY | {"to": str(TODAY + timedelta(days=366))}, 422, "delegation-too-long"),
          (BODY | {"to": "9999-12-31"}, 422, "delegation-too-long"),
          (BODY | {"to": str(TODAY - timedelta(days=1))}, 400, "to"),
          *((BODY | {"substituteId": word}, 400, "substituteId")
            for word in ("", "E 3", "x" * 65, None, 7, ["E003"], "E\x003")),
          *((BODY | {name: word}, 400, name)
            for name in ("from", "to")
            for word in ("", "tomorrow", "2027-02-30", "2027-3-1", None, 7, "20270301")),
          (BODY | {"reason": "Parental leave"}, 400, "reason"),
          (BODY | {"employeeId": "E001"}, 400, "employeeId"),
          *(({k: v for k, v in BODY.items() if k != name}, 400, name) for name in BODY),
          (None, 400, "body"),
          ("[]", 400, "body"),
          ("nonsense", 400, "body"),
          ("é" * 9_000, 413, "body-too-large"),
      )),
]  # fmt: skip


@pytest.mark.parametrize(("route", "claims", "given", "status", "why"), REFUSED)
def test_each_refusal_has_its_status_and_writes_nothing(  # noqa: PLR0913, PLR0917
    stage: FakeStage,
    route: str,
    claims: dict[str, str],
    given: dict[str, Any],
    status: int,
    why: str,
) -> None:
    stage.asked()
    stage.directory.put(replace(JIM, employments=employed(end=TODAY + timedelta(days=30))))
    before = everything(stage)
    found, problem = call(route, claims, **given)
    told = [error["field"] for error in problem.get("errors", [])]
    assert (found, told or problem["type"]) == (
        status,
        [why] if status == 400 else f"urn:leave:problem:{why}",
    )
    assert len(problem["detail"]) < 300
    assert everything(stage) == before


def test_every_field_at_fault_is_named(stage: FakeStage) -> None:
    assert stage.delegations.stored == {}
    status, problem = call(PUT, body={"from": "x", "until": "y"})
    fields = {error["field"]: error["message"] for error in problem["errors"]}
    assert (status, sorted(fields)) == (400, ["from", "substituteId", "to", "until"])
    assert fields["from"] == "must be a day such as 2027-01-31"


def test_a_bad_key_is_refused(stage: FakeStage) -> None:
    status, problem = call(PUT, key="é")
    assert (status, problem["errors"][0]["field"]) == (400, "Idempotency-Key")
    assert stage.delegations.stored == {}


@pytest.mark.parametrize("route", [READ, PUT, END])
@pytest.mark.parametrize(
    ("error", "status"),
    [(UnavailableError("DynamoDB get_item: ThrottlingException"), 503), (KeyError("pk E001"), 500)],
    ids=["unavailable", "defect"],
)
def test_trouble_says_nothing_of_the_inside(
    stage: FakeStage,
    monkeypatch: pytest.MonkeyPatch,
    route: str,
    error: Exception,
    status: int,
) -> None:
    assert stage.delegations.stored == {}
    monkeypatch.setattr(FakeDirectory, "by_email", lambda *_: raising(error)())
    found, body = call(route)
    assert found == status
    assert not [word for word in ("DynamoDB", "pk E001", "Traceback") if word in json.dumps(body)]


@pytest.mark.parametrize("route", [PUT, END])
def test_a_busy_record_is_503(stage: FakeStage, route: str) -> None:
    if route == END:
        call(PUT)
    stage.delegations.hooks.before("write", raising(ConflictError("busy")), times=99)
    assert call(route)[0] == 503
