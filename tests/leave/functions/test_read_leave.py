"""The reading routes, from the event to the reply, held against the OpenAPI document."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.errors import UnavailableError
from leave.domain.policy import Audience, CarryOver, LeaveType, Rules
from leave.domain.values import replace
from leave.functions.read_leave import handler
from leave.services.read_leave import PAGE_SIZE
from tests.leave.builders import (
    JIM,
    NO_SUCH_REQUEST,
    R1,
    R2,
    TODAY,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    an_id,
    employed,
)
from tests.leave.fakes import FakeDirectory
from tests.leave.functions.contract import answer
from tests.leave.functions.events import (
    ADMINS_CLAIMS,
    CONTEXT,
    JANES_CLAIMS,
    JIMS_CLAIMS,
    JOHNS_CLAIMS,
    STRANGERS_CLAIMS,
    api_event,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import JIM_CALLS, a_wish

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage

SICK = LeaveType(id="sick", name="Sick leave", visible_to=Audience.NOBODY)
EVERY_ROUTE = [
    ("GET /leave_requests", {}),
    ("GET /leave_requests/{requestId}", {"requestId": R1}),
    ("GET /leave_types", {}),
    ("GET /leave_balance", {}),
    ("GET /team_calendar", {}),
]
every_route = pytest.mark.parametrize(
    ("route", "path"), EVERY_ROUTE, ids=[r for r, _ in EVERY_ROUTE]
)


def get(route: str, *, claims: dict[str, Any] | None = None, **more: Any) -> tuple[int, Any]:
    return answer(handler, api_event(f"GET {route}", claims=claims, **more))


def one(claims: dict[str, Any] | None = None, request_id: str = R1) -> tuple[int, Any]:
    return get("/leave_requests/{requestId}", claims=claims, requestId=request_id)


@pytest.mark.usefixtures("link")
def test_a_request_is_read_with_its_history() -> None:
    status, body = one()
    assert status == 200
    assert body == {
        "requestId": R1,
        "employeeId": "E002",
        "employeeName": "Jim O'Dell",
        "status": "pending",
        "cancellationAsked": False,
        "type": "annual",
        "start": "2027-05-03",
        "end": "2027-05-03",
        "halfDay": None,
        "workingDays": 1,
        "reason": "",
        "warnings": [],
        "revision": 1,
        "approver": {"employeeId": "E001", "name": "John Carpenter"},
        "history": [
            {
                "at": "2027-03-01T09:30:00Z",
                "what": "requested",
                "who": "E002",
                "channel": "api",
                "comment": "2027-05-03",
            }
        ],
    }


def test_no_secret_is_in_an_answer(stage: FakeStage, link: str) -> None:
    request = stage.requests[R1]
    assert request.task_token is not None
    for _, body in (one(), get("/leave_requests")):
        assert link.split(".")[1] not in str(body)
        assert request.task_token.reveal() not in str(body)


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize(
    ("claims", "status"),
    [(JOHNS_CLAIMS, 200), (ADMINS_CLAIMS, 200), (JANES_CLAIMS, 403), (STRANGERS_CLAIMS, 403)],
)
def test_a_request_is_read_by_who_may(claims: dict[str, str], status: int) -> None:
    assert one(claims)[0] == status


def test_what_the_lead_may_not_know_is_null(stage: FakeStage) -> None:
    stage.rules = Rules(leave_types=(*Rules().leave_types, SICK))
    stage.requests.put(an_asked_request(plan=a_plan(leave_type="sick", reason="My operation")))
    _, own = one()
    assert (own["type"], own["reason"]) == ("sick", "My operation")
    _, seen = one(JOHNS_CLAIMS)
    assert (seen["type"], seen["reason"]) == (None, None)
    assert "operation" not in str(seen)
    _, page = get("/leave_requests", claims=JOHNS_CLAIMS, query={"employeeId": "E002"})
    assert page["leaveRequests"][0]["type"] is None
    _, page = get("/leave_requests", claims=ADMINS_CLAIMS, query={"employeeId": "E002"})
    assert page["leaveRequests"][0]["type"] == "sick"


def test_a_request_that_there_is_not_is_404(stage: FakeStage) -> None:
    assert one(request_id=NO_SUCH_REQUEST)[0] == 404
    stage.requests.hooks.before("get", raising(AssertionError("DynamoDB takes no such key")))
    for text in ("", "x" * 5_000, R1.upper(), "é" * 26):
        status, body = one(request_id=text)
        assert (status, body["type"]) == (404, "urn:leave:problem:unknown-request")


def test_requests_are_listed_and_filtered(stage: FakeStage) -> None:
    stage.approved()
    stage.asked(a_wish("2028-01-10", half="morning"))
    for query, expected in (
        ({}, [R2, R1]),
        ({"status": "approved"}, [R1]),
        ({"year": "2028"}, [R2]),
        ({"status": "denied"}, []),
        ({"employeeId": "E002", "status": "pending", "year": "2028"}, [R2]),
    ):
        status, body = get("/leave_requests", query=query)
        assert status == 200
        assert [request["requestId"] for request in body["leaveRequests"]] == expected
        assert body["cursor"] is None


def test_a_cursor_leads_to_the_next_page(stage: FakeStage) -> None:
    for number in range(1, PAGE_SIZE + 4):
        stage.requests.stored[an_id(number)] = a_request(an_id(number))
    _, first = get("/leave_requests")
    assert len(first["leaveRequests"]) == PAGE_SIZE
    _, rest = get("/leave_requests", query={"cursor": first["cursor"]})
    assert [r["requestId"] for r in rest["leaveRequests"]] == [an_id(n) for n in (3, 2, 1)]
    assert rest["cursor"] is None


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    ("route", "query", "field"),
    [
        ("/leave_requests", {"status": "open"}, "status"),
        ("/leave_requests", {"year": "27"}, "year"),
        ("/leave_requests", {"cursor": "x" * 5_000}, "cursor"),
        ("/leave_requests", {"employeeId": "E 2"}, "employeeId"),
        ("/leave_requests", {"employeeId": "x" * 65}, "employeeId"),
        ("/leave_requests", {"limit": "5"}, "limit"),
        ("/leave_balance", {"year": "1999"}, "year"),
        ("/leave_balance", {"cursor": R1}, "cursor"),
        ("/team_calendar", {"start": "tomorrow"}, "start"),
        ("/team_calendar", {"end": "2027-02-01"}, "end"),
        ("/team_calendar", {"employeeId": "E 2"}, "employeeId"),
    ],
)
def test_a_parameter_at_fault_is_named(route: str, query: dict[str, str], field: str) -> None:
    status, body = get(route, query=query)
    assert status == 400
    assert [error["field"] for error in body["errors"]] == [field]


@pytest.mark.usefixtures("link")
def test_one_request_takes_no_parameters() -> None:
    status, body = get("/leave_requests/{requestId}", requestId=R1, query={"x": "1"})
    assert (status, body["errors"][0]["field"]) == (400, "x")


def test_the_leave_types_are_those_of_the_stage(stage: FakeStage) -> None:
    special = LeaveType(
        id="special", name="Special leave", days_per_year=Decimal("2.5"), minimum_notice_days=14
    )
    stage.rules = Rules(leave_types=(*Rules().leave_types, special, SICK))
    status, body = get("/leave_types")
    assert status == 200
    annual, told, sick = body["leaveTypes"]
    assert told == {
        "id": "special",
        "name": "Special leave",
        "needsApproval": True,
        "hasBalance": True,
        "daysPerYear": 2.5,
        "mayGoNegative": False,
        "minimumNoticeDays": 14,
        "maximumDays": None,
        "visibleTo": "lead",
    }
    assert (annual["hasBalance"], annual["daysPerYear"]) == (True, None)
    assert (sick["hasBalance"], sick["visibleTo"]) == (False, "nobody")
    assert get("/leave_types", claims=ADMINS_CLAIMS) == (200, body)
    assert get("/leave_types", query={"year": "2027"})[0] == 400


@every_route
@pytest.mark.usefixtures("link")
def test_head_is_answered_as_get_is(route: str, path: dict[str, str]) -> None:
    """API Gateway leaves the body out, and tells the length it has with GET."""
    head = api_event(route.replace("GET ", "HEAD "), **path)
    reply = handler(api_event(route, **path), CONTEXT)
    assert reply["statusCode"] == 200
    assert handler(head, CONTEXT) == reply


def test_a_balance_is_told_in_all_its_parts(stage: FakeStage) -> None:
    special = LeaveType(id="special", name="Special leave", days_per_year=Decimal("2.5"))
    stage.rules = Rules(
        leave_types=(*Rules().leave_types, special, SICK),
        carry_over=CarryOver(maximum_days=Decimal(5)),
    )
    stage.directory.put(replace(JIM, accounts_since=2026))
    stage.approved(a_wish("2027-03-30", "2027-04-01"))
    status, body = get("/leave_balance")
    assert status == 200
    assert (body["employeeId"], body["year"]) == ("E002", 2027)
    assert body["balances"] == [
        {
            "type": "annual",
            "entitlement": 25,
            "carriedIn": 5,
            "carriedLeft": 3,
            "carriedUntil": "2027-03-31",
            "expired": 0,
            "adjustments": 0,
            "approved": 3,
            "taken": 0,
            "planned": 3,
            "pending": 0,
            "available": 24,
        },
        {
            "type": "special",
            "entitlement": 2.5,
            "carriedIn": 0,
            "carriedLeft": 0,
            "carriedUntil": None,
            "expired": 0,
            "adjustments": 0,
            "approved": 0,
            "taken": 0,
            "planned": 0,
            "pending": 0,
            "available": 2.5,
        },
    ]


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    ("claims", "query", "status"),
    [
        (JIMS_CLAIMS, {"year": "2028"}, 200),
        (JIMS_CLAIMS, {"year": "2026"}, 422),
        (JIMS_CLAIMS, {"year": "2030"}, 422),
        (JOHNS_CLAIMS, {"employeeId": "E002"}, 200),
        (JANES_CLAIMS, {"employeeId": "E002"}, 403),
        (ADMINS_CLAIMS, {"employeeId": "E404"}, 404),
        (ADMINS_CLAIMS, {}, 400),
        (STRANGERS_CLAIMS, {}, 403),
    ],
)
def test_each_balance_has_its_status(
    claims: dict[str, str], query: dict[str, str], status: int
) -> None:
    assert get("/leave_balance", claims=claims, query=query)[0] == status


def test_the_team_calendar_shows_who_is_away_and_nothing_more(stage: FakeStage) -> None:
    stage.approved(a_wish("2027-03-08", half="afternoon", reason="My operation"))
    status, body = get("/team_calendar", claims=JANES_CLAIMS)
    assert status == 200
    assert body == {
        "start": TODAY.isoformat(),
        "end": (TODAY + timedelta(days=60)).isoformat(),
        "absences": [
            {
                "employeeId": "E002",
                "name": "Jim O'Dell",
                "start": "2027-03-08",
                "end": "2027-03-08",
                "halfDay": "afternoon",
            }
        ],
        "feed": "/calendar/feed-of-E003.ics",
    }


def test_the_team_calendar_of_other_days(stage: FakeStage) -> None:
    stage.approved(a_wish("2027-12-27", "2028-01-07"))
    for query, count in (
        ({"start": "2027-01-01", "end": "2027-12-26"}, 0),
        ({"start": "2028-01-07"}, 1),
        ({"start": "2027-06-01", "end": "2028-05-31"}, 1),
    ):
        _, body = get("/team_calendar", query=query)
        assert len(body["absences"]) == count


def test_an_administrator_sees_the_team_of_an_employee_and_not_their_feed(
    stage: FakeStage,
) -> None:
    stage.approved(a_wish("2027-03-08"))
    status, body = get("/team_calendar", claims=ADMINS_CLAIMS, query={"employeeId": "E003"})
    assert status == 200
    assert [absence["employeeId"] for absence in body["absences"]] == ["E002"]
    assert body["feed"] is None


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    ("claims", "employee_id", "status"),
    [
        (JIMS_CLAIMS, "E002", 200),
        (JIMS_CLAIMS, "E003", 403),
        (JOHNS_CLAIMS, "E002", 403),
        (ADMINS_CLAIMS, "E404", 404),
    ],
)
def test_only_administrators_choose_whose_team_they_see(
    claims: dict[str, str], employee_id: str, status: int
) -> None:
    found, body = get("/team_calendar", claims=claims, query={"employeeId": employee_id})
    assert found == status
    if status == 403:
        assert "You can only see your own team calendar" in body["detail"]


def test_who_has_no_feed_yet_is_told_so(stage: FakeStage) -> None:
    stage.directory.put(replace(JIM, feed=None))
    _, body = get("/team_calendar")
    assert body["feed"] is None


def test_what_was_asked_a_moment_ago_is_there(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03", "2027-05-04"))
    _, page = get("/leave_requests")
    _, balance = get("/leave_balance")
    assert page["leaveRequests"][0]["workingDays"] == 2
    assert balance["balances"][0]["pending"] == 2


@every_route
@pytest.mark.parametrize(
    ("claims", "status"),
    [({}, 401), (JIMS_CLAIMS | {"hd": "evil.com"}, 403), (STRANGERS_CLAIMS, 403)],
)
@pytest.mark.usefixtures("link")
def test_nobody_comes_in_without_a_good_token(
    route: str, path: dict[str, str], claims: dict[str, str], status: int
) -> None:
    assert answer(handler, api_event(route, claims=claims, **path))[0] == status


@every_route
@pytest.mark.usefixtures("link")
def test_a_leaver_is_403(stage: FakeStage, route: str, path: dict[str, str]) -> None:
    stage.directory.put(replace(JIM, employments=employed(end=TODAY - timedelta(days=1))))
    assert answer(handler, api_event(route, **path))[0] == 403


@every_route
@pytest.mark.usefixtures("link")
@pytest.mark.parametrize("trouble", [(UnavailableError("x"), 503), (KeyError("pk"), 500)], ids=str)
def test_trouble_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch,
    stage: FakeStage,
    route: str,
    path: dict[str, str],
    trouble: tuple[Exception, int],
) -> None:
    error, status = trouble
    monkeypatch.setattr(FakeDirectory, "by_email", lambda *_: raising(error)())
    for call in ("get", "newest", "ledgers"):
        stage.requests.hooks.before(call, raising(error))
    answered, body = answer(handler, api_event(route, **path))
    assert answered == status
    assert "pk" not in body["detail"]


def test_halves_are_told_as_halves(stage: FakeStage) -> None:
    stage.requests.put(a_request(period=a_period(half="morning")))
    _, body = one()
    assert (body["workingDays"], body["halfDay"], body["approver"]) == (0.5, "morning", None)
