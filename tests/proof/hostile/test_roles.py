"""Every route, called by everybody: who gets what, as docs/rules.md has it.

In the table a row is a call about Jim's leave, a column is a person, and a cell the status. What is
missing there fails a test, so a new route has to say who may call it.
"""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from infrastructure.function_table import PUBLIC, ROUTES
from leave.functions import html as auth_guard
from leave.services.authorization import Authorization
from tests.leave.fakes import FakeDirectory
from tests.leave.functions.conftest import GATEKEEPER
from tests.leave.functions.events import CONTEXT, api_event, link_event
from tests.leave.services.stage import FakeStage, a_wish
from tests.leave.sign_ins import API_URL, FakeSignIn
from tests.proof.hostile.conftest import JIM, JOHN, PEOPLE, SUE, claims_of
from tests.proof.reporting import Recorder

PROMISE = "Everybody sees and does what the rules say, and no more"
REASON = "what Jim tells his lead"
REQUEST = "/leave_requests/{requestId}"
ADJUSTMENTS = "/employees/{employeeId}/adjustments"
WHO: dict[str, dict[str, Any]] = {
    "jim": claims_of("jim@foo.com"),
    "lead": claims_of("john@foo.com"),
    "substitute": claims_of("sue@foo.com"),
    "lead's lead": claims_of("bea@foo.com"),
    "other lead": claims_of("otto@foo.com"),
    "colleague": claims_of("jane@foo.com"),
    "leaver": claims_of("lea@foo.com"),
    "no employee": claims_of("guest@foo.com"),
    "administrator": claims_of("hr@foo.com"),
    "other company": claims_of("jim@evil.example", hd="evil.example"),
    "borrowed domain": claims_of("jim@foo.com", hd="evil.example"),
    "unverified": claims_of("jim@foo.com", email_verified="false"),
    "no expiry": claims_of("jim@foo.com", exp=None),
    "nobody": {},
}
NOT_IN = {
    "leaver": 403,
    "no employee": 403,
    "other company": 403,
    "borrowed domain": 403,
    "unverified": 403,
    "no expiry": 401,
    "nobody": 401,
}
OTHERS = ("substitute", "lead's lead", "other lead", "colleague")

# Whoever is in no directory, or has left it, does not learn that a request is there.
UNKNOWN = {"no employee": 404}
LEADS_204 = {"lead's lead": 204}

PERIOD = ("start", "end", "halfDay", "startHalf", "endHalf")


def row(jim: int, lead: int, others: int, administrator: int, **more: int) -> dict[str, int]:
    people = {"jim": jim, "lead": lead, "administrator": administrator}
    return NOT_IN | people | dict.fromkeys(OTHERS, others) | more


BODY = {"date": "2027-06-07"}
# An administrator who is no employee has to say whose leave is meant: that is a 400.
TABLE: dict[str, tuple[str, dict[str, Any], dict[str, int]]] = {
    "ask for oneself": (
        "POST /request_leave",
        {"body": BODY},
        row(202, 202, 202, 400) | {"lead's lead": 422},  # nobody leads her
    ),
    "ask for Jim": (
        "POST /request_leave",
        {"body": BODY | {"employeeId": "E002"}},
        row(202, 403, 403, 202),
    ),
    "change Jim's": (f"PATCH {REQUEST}", {"body": BODY}, row(202, 403, 403, 202)),
    "withdraw Jim's": (f"DELETE {REQUEST}", {}, row(200, 403, 403, 200)),
    "read Jim's": (f"GET {REQUEST}", {}, row(200, 200, 403, 200)),
    "list one's own": ("GET /leave_requests", {}, row(200, 200, 200, 400)),
    "list Jim's": (
        "GET /leave_requests",
        {"query": {"employeeId": "E002"}},
        row(200, 200, 403, 200),
    ),
    "read one's balance": ("GET /leave_balance", {}, row(200, 200, 200, 400)),
    "read Jim's balance": (
        "GET /leave_balance",
        {"query": {"employeeId": "E002"}},
        row(200, 200, 403, 200),
    ),
    "see the types of leave": ("GET /leave_types", {}, row(200, 200, 200, 200)),
    "see the team": ("GET /team_calendar", {}, row(200, 200, 200, 400)),
    "read the directory": ("GET /employees", {}, row(403, 403, 403, 200)),
    "see what waits": ("GET /approvals", {}, row(200, 200, 200, 200, **{"no employee": 200})),
    "approve Jim's": (
        "POST /approvals/{requestId}",
        {"body": {"decision": "approved", "revision": 1}},
        row(403, 200, 404, 403, **UNKNOWN),
    ),
    "undo the answer": (
        "DELETE /approvals/{requestId}",
        {},
        row(403, 409, 404, 403, **UNKNOWN),
    ),
    "see one's delegation": ("GET /delegation", {}, row(403, 204, 403, 403) | LEADS_204),
    "delegate": (
        "PUT /delegation",
        {"body": {"substituteId": "E003", "from": "2027-03-01", "to": "2027-03-05"}},
        row(403, 200, 403, 403) | {"lead's lead": 200},
    ),
    "end one's delegation": ("DELETE /delegation", {}, row(403, 204, 403, 403) | LEADS_204),
    "remind of Jim's": (f"POST {REQUEST}/reminder", {}, row(202, 403, 403, 403)),
    "read Jim's adjustments": (f"GET {ADJUSTMENTS}", {}, row(403, 403, 403, 200)),
    "adjust Jim's account": (
        f"POST {ADJUSTMENTS}",
        {"body": {"year": 2027, "type": "annual", "days": 1, "reason": "moved house"}},
        row(403, 403, 403, 201),
    ),
    "report balances": (
        "GET /reports/balances",
        {"query": {"year": "2027"}},
        row(403, 403, 403, 200),
    ),
    "report adjustments": (
        "GET /reports/adjustments",
        {"query": {"year": "2027"}},
        row(403, 403, 403, 200),
    ),
    "report absences": (
        "GET /reports/absences",
        {"query": {"from": "2027-03-01", "to": "2027-03-31"}},
        row(403, 403, 403, 200),
    ),
    # Here it comes without a file; only who may write one is told so.
    "write the directory": ("PUT /employees", {}, row(403, 403, 403, 415)),
}
CALLS = [(call, who) for call in TABLE for who in WHO]


class Scene:
    """A stage on which Jim has asked John, and what anybody's call comes to."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.stage = FakeStage(directory=FakeDirectory(*PEOPLE))
        self.link = self.stage.asked(a_wish(reason=REASON))
        self.request_id = self.link.partition(".")[0]
        cases = {
            "request_leave": (GATEKEEPER, self.stage.request_leave),
            "change_leave_request": (GATEKEEPER, self.stage.change_leave_request),
            "read_leave": (GATEKEEPER, self.stage.read_leave),
            "administer": (GATEKEEPER, self.stage),
            "approvals": (GATEKEEPER, self.stage.approvals, self.stage.delegate_approvals),
            "submit_lead_response": self.stage.submit_lead_response,
        }
        for name, case in cases.items():
            module = importlib.import_module(f"leave.functions.{name}")
            patch.setattr(module, "application", lambda case=case: case)
        patch.setattr("leave.functions.submit_lead_response.time_zone", lambda: None)

    def call(self, event: dict[str, Any]) -> tuple[int, str]:
        """Send an event; return status and body."""
        routes = {key: name for name, keys in ROUTES.items() for key in keys.values()}
        module = importlib.import_module(f"leave.functions.{routes[event['routeKey']]}")
        reply = module.handler(event, CONTEXT)
        return reply["statusCode"], reply["body"]

    def api(self, call: str, who: str, request_id: str | None = None) -> tuple[int, str]:
        """Make a call of the table."""
        route, options, _ = TABLE[call]
        ids = {"requestId": request_id or self.request_id, "employeeId": JIM.employee_id}
        path = {name: one for name, one in ids.items() if f"{{{name}}}" in route}
        return self.call(api_event(route, claims=WHO[who], **options, **path))

    def everything(self) -> str:
        """Return all that a call could have changed."""
        kept = self.stage.requests
        return repr((kept.stored, kept.books, self.stage.workflow, self.stage.mailer.sent))


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def test_the_table_has_every_route_that_asks_for_a_token() -> None:
    secured = {key for name, keys in ROUTES.items() if name not in PUBLIC for key in keys.values()}
    # HEAD is answered as GET is.
    assert {key.replace("HEAD ", "GET ") for key in secured} == {
        route for route, _, _ in TABLE.values()
    }
    assert all(set(expected) == set(WHO) for _, _, expected in TABLE.values())


@pytest.mark.parametrize("call", TABLE)
def test_everybody_gets_what_the_table_says(
    monkeypatch: pytest.MonkeyPatch, call: str, report: Recorder
) -> None:
    for who in WHO:
        scene = Scene(monkeypatch)
        before = scene.everything()
        status, body = scene.api(call, who)
        assert status == TABLE[call][2][who], who
        if status >= 400:
            assert scene.everything() == before, who
            assert REASON not in body, who
            assert "Jim Asker" not in body, who
    if (call, who) == CALLS[-1]:
        report(PROMISE, "calls of the API, each by each role", len(CALLS))


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("call", ["read Jim's", "change Jim's", "withdraw Jim's"])
def test_a_request_that_there_is_not_is_told_to_who_is_let_in(
    scene: Scene, call: str, who: str
) -> None:
    """That tells nobody anything: a request's id holds 80 random bits."""
    before = scene.everything()
    at_the_gate = {"other company", "borrowed domain", "unverified", "no expiry", "nobody"}
    status, body = scene.api(call, who, "01jq" + "9" * 22)
    assert status == (NOT_IN[who] if who in at_the_gate else 404)
    assert "Jim" not in body
    assert scene.everything() == before


@pytest.mark.parametrize("who", ["jim", "lead", *OTHERS])
@pytest.mark.parametrize("call", ["list Jim's", "read Jim's balance", "ask for Jim"])
def test_nobody_can_tell_which_employees_there_are(scene: Scene, call: str, who: str) -> None:
    route, options, _ = TABLE[call]
    said: set[tuple[int, str]] = set()
    for employee_id in ("E000" if who != "lead's lead" else "E007", "E999", "x"):
        options = {
            "query": {"employeeId": employee_id},
            "body": BODY | {"employeeId": employee_id},
        }
        kind = "body" if "body" in TABLE[call][1] else "query"
        said.add(scene.call(api_event(route, claims=WHO[who], **{kind: options[kind]})))
    assert len(said) == 1


def test_the_team_calendar_says_who_and_when_and_nothing_more(scene: Scene) -> None:
    scene.stage.decide(scene.link)
    for who in ("colleague", "lead"):
        route, _, _ = TABLE["see the team"]
        query = {"start": "2027-05-01", "end": "2027-05-31"}
        _, body = scene.call(api_event(route, claims=WHO[who], query=query))
        (absence,) = json.loads(body)["absences"]
        assert set(absence) == {"employeeId", "name", *PERIOD}
        assert absence["employeeId"] == "E002"
    for who in ("other lead", "substitute"):
        _, body = scene.call(api_event(route, claims=WHO[who], query=query))
        assert json.loads(body)["absences"] == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("who", [None, *WHO])
def test_on_a_stage_with_sign_in_only_the_approver_uses_a_link(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, method: str, who: str | None
) -> None:
    kept = FakeSignIn(clock=scene.stage.clock)
    monkeypatch.setattr(auth_guard, "sessions", lambda: (API_URL, kept.sessions))
    event = link_event(method, "denied", scene.link, form={"comment": "no"})
    email = WHO[who].get("email") if who else None
    if email:
        event["cookies"] = [f"__Host-leave-session={kept.sessions.begin(email)}"]
    before = scene.everything()
    status, body = scene.call(event)
    if email == JOHN.email:
        assert status == 200
        assert (scene.everything() != before) is (method == "POST")
        return
    assert scene.everything() == before
    assert REASON not in body
    assert "Jim Asker" not in body
    assert status == (200 if email is None and method != "POST" else 403)


def test_an_administrator_who_has_left_is_none(scene: Scene) -> None:
    authorization, uow = Authorization(clock=scene.stage.clock), scene.stage.begin()
    assert uow.employee_by_email("lea@foo.com") is not None
    lea = GATEKEEPER.__class__(company_domain="foo.com", admins=frozenset({"lea@foo.com"}))
    caller = lea.authenticate(WHO["leaver"])
    with pytest.raises(Exception, match="E007 left on 2020-01-31"):
        authorization.require_view(uow, caller, JIM.employee_id)


def test_a_substitute_is_nobody_special_before_being_asked(scene: Scene) -> None:
    assert scene.stage.requests[scene.request_id].approver is not None
    assert JOHN.substitute_id == SUE.employee_id
    assert scene.api("read Jim's", "substitute")[0] == 403
