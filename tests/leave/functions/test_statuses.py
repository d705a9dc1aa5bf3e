"""The refusals of every JSON route: by which status, and that nothing is written."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from leave.domain.errors import ConflictError, UnavailableError
from leave.domain.values import replace
from leave.functions import approvals, change_leave_request, read_leave, request_leave
from tests.leave.builders import JIM, NO_SUCH_REQUEST, R1, R2, TODAY, an_id, employed
from tests.leave.fakes import FakeDirectory
from tests.leave.functions.events import (
    ADMINS_CLAIMS,
    JANES_CLAIMS,
    JIMS_CLAIMS,
    JOHNS_CLAIMS,
    STRANGERS_CLAIMS,
    api_event,
)
from tests.leave.functions.replies import answer, everything
from tests.leave.hooks import raising
from tests.leave.services.stage import JOHN_CALLS, FakeStage, a_wish

POST, LIST, TYPES = "POST /request_leave", "GET /leave_requests", "GET /leave_types"
BALANCE, TEAM = "GET /leave_balance", "GET /team_calendar"
PATCH, DELETE, ONE = (f"{m} /leave_requests/{{requestId}}" for m in ("PATCH", "DELETE", "GET"))
REMIND, WAITING = "POST /leave_requests/{requestId}/reminder", "GET /approvals"
ANSWER, UNDO = "POST /approvals/{requestId}", "DELETE /approvals/{requestId}"
WRITING = {POST: JIMS_CLAIMS, PATCH: JIMS_CLAIMS, DELETE: JIMS_CLAIMS, REMIND: JIMS_CLAIMS,
           ANSWER: JOHNS_CLAIMS}  # fmt: skip
ABOUT_ONE = (PATCH, DELETE, ONE, REMIND, ANSWER, UNDO)
EVERY_ROUTE = (POST, LIST, TYPES, BALANCE, TEAM, WAITING, *ABOUT_ONE)
HANDLERS = {
    POST: request_leave,
    **dict.fromkeys((PATCH, DELETE, REMIND), change_leave_request),
    **dict.fromkeys((WAITING, ANSWER, UNDO), approvals),
}
R3, R4 = an_id(3), an_id(4)
MONDAY = {"date": "2027-06-07"}
YES = {"decision": "approved", "revision": 1}
NO = {"decision": "denied", "revision": 1, "comment": "No"}
TOO_LONG = json.dumps(MONDAY | {"reason": "x" * 16_384})
NO_IDS = ("", "r1", R1[:-1], f"{R1}0", R1.upper(), "é" * 26, "x" * 5_000, "../" * 9, f"{R1}\n")


def call(route: str, claims: dict[str, str] = JIMS_CLAIMS, **more: Any) -> tuple[int, Any]:
    """Call a route, with what it takes at the least where nothing else is given."""
    if route in {POST, PATCH}:
        more = {"body": MONDAY} | more
    if route == ANSWER:
        more = {"body": YES} | more
    if route in ABOUT_ONE:
        more = {"requestId": R1} | more
    handler = HANDLERS.get(route, read_leave).handler
    return answer(handler, api_event(route, claims=claims, **more))


@pytest.fixture(autouse=True)
def requests(stage: FakeStage, link: str) -> None:
    """Let R1 be pending, R2 approved and R3 denied, and nobody able to agree to cancel R4."""
    assert link.startswith(R1)
    stage.approved(a_wish("2027-07-01"))
    stage.decide(stage.asked(a_wish("2027-07-02")), "denied", "No")
    stage.fallback_approver = "E003"
    stage.decide(stage.asked(caller=JOHN_CALLS))
    stage.fallback_approver = None


REFUSED: list[tuple[str, dict[str, str], dict[str, Any], int, str]] = [
    # Whose leave it is.
    (POST, JIMS_CLAIMS, {"body": MONDAY | {"employeeId": "E003"}}, 403, "not-allowed"),
    (POST, ADMINS_CLAIMS, {"body": MONDAY | {"employeeId": "E404"}}, 404, "unknown-employee"),
    (POST, ADMINS_CLAIMS, {}, 400, "employeeId"),
    (PATCH, JANES_CLAIMS, {}, 403, "not-allowed"),
    (PATCH, JOHNS_CLAIMS, {}, 403, "not-allowed"),
    (DELETE, JANES_CLAIMS, {}, 403, "not-allowed"),
    (DELETE, JOHNS_CLAIMS, {}, 403, "not-allowed"),
    (ONE, JANES_CLAIMS, {}, 403, "not-allowed"),
    (BALANCE, JANES_CLAIMS, {"query": {"employeeId": "E002"}}, 403, "not-allowed"),
    (BALANCE, ADMINS_CLAIMS, {"query": {"employeeId": "E404"}}, 404, "unknown-employee"),
    (BALANCE, ADMINS_CLAIMS, {}, 400, "employeeId"),
    (TEAM, JIMS_CLAIMS, {"query": {"employeeId": "E003"}}, 403, "not-allowed"),
    (TEAM, JOHNS_CLAIMS, {"query": {"employeeId": "E002"}}, 403, "not-allowed"),
    (TEAM, ADMINS_CLAIMS, {"query": {"employeeId": "E404"}}, 404, "unknown-employee"),
    *((REMIND, claims, {}, 403, "not-allowed")
      for claims in (JANES_CLAIMS, JOHNS_CLAIMS, ADMINS_CLAIMS, STRANGERS_CLAIMS)),
    *((route, claims, {}, status, why)
      for route in (ANSWER, UNDO)
      for claims, status, why in (
          (JIMS_CLAIMS, 403, "not-allowed"),
          (ADMINS_CLAIMS, 403, "not-allowed"),
          (JANES_CLAIMS, 404, "unknown-request"),
          (STRANGERS_CLAIMS, 404, "unknown-request"),
      )),
    # What there is.
    *((route, JIMS_CLAIMS, {"requestId": NO_SUCH_REQUEST}, 404, "unknown-request")
      for route in ABOUT_ONE),
    (PATCH, JIMS_CLAIMS, {"requestId": R2}, 409, "not-possible"),
    (PATCH, JIMS_CLAIMS, {"requestId": R3}, 409, "not-possible"),
    (DELETE, JIMS_CLAIMS, {"requestId": R3}, 409, "not-possible"),
    (DELETE, JOHNS_CLAIMS, {"requestId": R4}, 422, "no-approver"),
    (REMIND, JIMS_CLAIMS, {"requestId": R2}, 409, "not-possible"),
    (ANSWER, JOHNS_CLAIMS, {"body": YES | {"revision": 2}}, 409, "other-revision"),
    (ANSWER, JOHNS_CLAIMS, {"requestId": R2, "body": NO}, 409, "not-possible"),
    (ANSWER, JOHNS_CLAIMS, {"requestId": R3}, 409, "not-possible"),
    (UNDO, JOHNS_CLAIMS, {}, 409, "not-possible"),
    (UNDO, JOHNS_CLAIMS, {"requestId": R2}, 409, "not-possible"),
    # What the rules say.
    (ANSWER, JOHNS_CLAIMS, {"body": NO | {"comment": ""}}, 422, "comment-missing"),
    (ANSWER, JOHNS_CLAIMS, {"body": NO | {"comment": " \n "}}, 422, "comment-missing"),
    (POST, JOHNS_CLAIMS, {}, 422, "no-approver"),
    (POST, JIMS_CLAIMS, {"body": {"date": "2027-02-28"}}, 422, "past-period"),
    (POST, JIMS_CLAIMS, {"body": {"date": "2031-05-05"}}, 422, "too-far-ahead"),
    (POST, JIMS_CLAIMS, {"body": {"date": "2027-05-08"}}, 422, "no-working-days"),
    (POST, JIMS_CLAIMS, {"body": {"start": "2027-08-02", "end": "2027-11-30"}}, 422,
     "insufficient-balance"),
    (POST, JIMS_CLAIMS, {"body": {"date": "2027-05-03"}}, 409, "overlap"),
    (PATCH, JIMS_CLAIMS, {"body": {"date": "2027-02-26"}}, 422, "past-period"),
    (PATCH, JIMS_CLAIMS, {"body": MONDAY | {"type": "sick"}}, 422, "unknown-leave-type"),
    (PATCH, JIMS_CLAIMS, {"body": {"date": "2027-07-01"}}, 409, "overlap"),
    (BALANCE, JIMS_CLAIMS, {"query": {"year": "2026"}}, 422, "no-accounts"),
    (BALANCE, JIMS_CLAIMS, {"query": {"year": "2030"}}, 422, "no-accounts"),
    # What is malformed: 400 names the field.
    (POST, JIMS_CLAIMS, {"body": {"start": "2027-05-04", "end": "2027-05-03"}}, 400, "end"),
    (POST, JIMS_CLAIMS, {"body": "é" * 9_000}, 413, "body-too-large"),
    (PATCH, JIMS_CLAIMS, {"body": MONDAY | {"employeeId": "E002"}}, 400, "employeeId"),
    (PATCH, JIMS_CLAIMS, {"body": {}}, 400, "date"),
    (PATCH, JIMS_CLAIMS, {"body": None}, 400, "body"),
    (PATCH, JIMS_CLAIMS, {"body": "nonsense"}, 400, "body"),
    (PATCH, JIMS_CLAIMS, {"body": {"date": "2027-02-30"}}, 400, "date"),
    (PATCH, JIMS_CLAIMS, {"body": TOO_LONG}, 413, "body-too-large"),
    *((ANSWER, JOHNS_CLAIMS, {"body": YES | {"decision": word}}, 400, "decision")
      for word in ("", "yes", "Approved", "proposed", None, True, 1, ["approved"])),
    *((ANSWER, JOHNS_CLAIMS, {"body": YES | {"revision": number}}, 400, "revision")
      for number in (0, -1, 1.5, 10**400, "1", None, True, [1])),
    *((ANSWER, JOHNS_CLAIMS, {"body": NO | {"comment": comment}}, 400, "comment")
      for comment in ("x" * 2_001, None, 7, "a\0b")),
    (ANSWER, JOHNS_CLAIMS, {"body": YES | {"employeeId": "E002"}}, 400, "employeeId"),
    (ANSWER, JOHNS_CLAIMS, {"body": {"revision": 1}}, 400, "decision"),
    (ANSWER, JOHNS_CLAIMS, {"body": {"decision": "approved"}}, 400, "revision"),
    (ANSWER, JOHNS_CLAIMS, {"body": None}, 400, "body"),
    (ANSWER, JOHNS_CLAIMS, {"body": "[]"}, 400, "body"),
    (ANSWER, JOHNS_CLAIMS, {"body": "x" * 32_769}, 413, "body-too-large"),
    *((WAITING, JOHNS_CLAIMS, {"query": {"cursor": cursor}}, 400, "cursor")
      for cursor in ("", R1, f"-1-{R1}", f"{10**17}-{R1}", f"1-{R1}0", "x" * 5_000)),
    (LIST, JIMS_CLAIMS, {"query": {"status": "open"}}, 400, "status"),
    (LIST, JIMS_CLAIMS, {"query": {"year": "27"}}, 400, "year"),
    (LIST, JIMS_CLAIMS, {"query": {"cursor": "x" * 5_000}}, 400, "cursor"),
    (LIST, JIMS_CLAIMS, {"query": {"employeeId": "E 2"}}, 400, "employeeId"),
    (LIST, JIMS_CLAIMS, {"query": {"limit": "5"}}, 400, "limit"),
    (BALANCE, JIMS_CLAIMS, {"query": {"year": "1999"}}, 400, "year"),
    (BALANCE, JIMS_CLAIMS, {"query": {"employeeId": "E 2"}}, 400, "employeeId"),
    (BALANCE, JIMS_CLAIMS, {"query": {"cursor": R1}}, 400, "cursor"),
    (TEAM, JIMS_CLAIMS, {"query": {"start": "tomorrow"}}, 400, "start"),
    (TEAM, JIMS_CLAIMS, {"query": {"end": "2027-02-01"}}, 400, "end"),
    (TEAM, JIMS_CLAIMS, {"query": {"employeeId": "E 2"}}, 400, "employeeId"),
    *((route, JIMS_CLAIMS, {"query": {"x": "1"}}, 400, "x") for route in EVERY_ROUTE),
    # Who calls is checked before what is asked.
    (POST, {}, {"body": "nonsense"}, 401, "unauthenticated"),
    (PATCH, {}, {"body": "nonsense"}, 401, "unauthenticated"),
    (ANSWER, {}, {"body": "nonsense"}, 401, "unauthenticated"),
    (ANSWER, JANES_CLAIMS, {"body": "nonsense"}, 400, "body"),
    (POST, STRANGERS_CLAIMS | {"hd": "evil.com"}, {"body": "nonsense"}, 403, "not-allowed"),
    (PATCH, STRANGERS_CLAIMS | {"hd": "evil.com"}, {"body": "nonsense"}, 403, "not-allowed"),
    (PATCH, JIMS_CLAIMS, {"body": "nonsense", "requestId": "nonsense"}, 400, "body"),
]  # fmt: skip


def name_of(value: object) -> str:
    """Return a short name of a case's part."""
    if isinstance(value, dict) and "sub" in value:
        return value["email"].partition("@")[0]
    return str(value).replace("/leave_requests/{requestId}", "one")[:40]


@pytest.mark.parametrize(("route", "claims", "given", "status", "why"), REFUSED, ids=name_of)
def test_each_refusal_has_its_status_and_writes_nothing(  # noqa: PLR0913, PLR0917
    stage: FakeStage,
    route: str,
    claims: dict[str, str],
    given: dict[str, Any],
    status: int,
    why: str,
) -> None:
    before = everything(stage)
    found, problem = call(route, claims, **given)
    told = [error["field"] for error in problem.get("errors", [])]
    assert (found, told or problem["type"]) == (
        status,
        [why] if status == 400 else f"urn:leave:problem:{why}",
    )
    assert len(problem["detail"]) < 300
    assert everything(stage) == before


@pytest.mark.parametrize("route", EVERY_ROUTE)
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"email": None}, 401),
        ({"exp": None}, 401),
        ({"email_verified": "false"}, 403),
        ({"hd": "evil.com"}, 403),
        ({"hd": ""}, 403),
        ({"email": "jim@evil.com"}, 403),
        ({"email": "guest@foo.com"}, 403),
        ({}, 403),
    ],
    ids=str,
)
def test_nobody_comes_in_without_a_good_token_of_an_employee(
    stage: FakeStage, route: str, changes: dict[str, Any], status: int
) -> None:
    if not changes:
        left = employed(end=TODAY - timedelta(days=1))
        stage.directory.put(replace(JIM, employments=left))
    before = everything(stage)
    claims = {name: text for name, text in (JIMS_CLAIMS | changes).items() if text is not None}
    if claims.get("email") == "guest@foo.com":
        # Who is in no directory is asked nothing, and reads no request.
        status = {WAITING: 200, ANSWER: 404, UNDO: 404}.get(route, status)
    assert call(route, claims)[0] == status
    assert everything(stage) == before


@pytest.mark.parametrize("route", ABOUT_ONE)
@pytest.mark.parametrize("request_id", NO_IDS, ids=lambda text: repr(text[:12]))
def test_what_can_be_no_id_is_404_and_never_looked_up(
    stage: FakeStage, route: str, request_id: str
) -> None:
    stage.requests.hooks.before("get", raising(AssertionError("DynamoDB takes no such key")))
    status, body = call(route, requestId=request_id)
    assert (status, body["type"]) == (404, "urn:leave:problem:unknown-request")
    assert len(body["detail"]) < 200


@pytest.mark.parametrize("route", EVERY_ROUTE)
@pytest.mark.parametrize(
    ("error", "status"),
    [(UnavailableError("DynamoDB get_item: ThrottlingException"), 503), (KeyError("pk E002"), 500)],
    ids=["unavailable", "defect"],
)
def test_trouble_says_nothing_of_the_inside_and_the_log_does(  # noqa: PLR0913, PLR0917
    stage: FakeStage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    route: str,
    error: Exception,
    status: int,
) -> None:
    monkeypatch.setattr(FakeDirectory, "by_email", lambda *_: raising(error)())
    for name in ("get", "newest", "ledgers", "add", "replace"):
        stage.requests.hooks.before(name, raising(error))
    found, body = call(route)
    assert found == status
    assert not [word for word in ("DynamoDB", "pk E002", "Traceback") if word in json.dumps(body)]
    assert str(error) in caplog.text


@pytest.mark.parametrize("route", WRITING)
def test_a_busy_record_is_503(stage: FakeStage, route: str) -> None:
    for name in ("add", "replace"):
        stage.requests.hooks.before(name, raising(ConflictError("busy")), times=99)
    assert call(route, WRITING[route])[0] == 503
