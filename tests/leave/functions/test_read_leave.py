"""The reading routes, from the event to the reply; test_statuses.py has what is refused."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from leave.domain.policy import Audience, CarryOver, LeaveType, Rules
from leave.domain.values import replace
from leave.functions.openapi_schemas import SCHEMAS
from leave.functions.read_leave import handler
from leave.services.read_leave import PAGE_SIZE
from tests.leave.builders import (
    JIM,
    R1,
    R2,
    TODAY,
    a_plan,
    a_request,
    an_asked_request,
    an_id,
)
from tests.leave.functions.events import (
    ADMINS_CLAIMS,
    JANES_CLAIMS,
    JOHNS_CLAIMS,
    api_event,
)
from tests.leave.functions.replies import answer
from tests.leave.services.stage import FakeStage, a_wish

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


def one(claims: dict[str, Any] | None = None) -> tuple[int, Any]:
    return get("/leave_requests/{requestId}", claims=claims, requestId=R1)


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
        "changeAsked": None,
        "proposal": None,
        "interruptions": [],
        "type": "annual",
        "start": "2027-05-03",
        "end": "2027-05-03",
        "halfDay": None,
        "startHalf": None,
        "endHalf": None,
        "workingDays": 1,
        "reason": "",
        "warnings": [],
        "revision": 1,
        "approver": {"employeeId": "E001", "name": "John Carpenter"},
        "approvers": [{"employeeId": "E001", "name": "John Carpenter"}],
        "waitingFor": [{"name": "John Carpenter", "since": "2027-03-01T09:30:00Z", "mailed": True}],
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


PERIOD = {"start", "end", "halfDay", "startHalf", "endHalf"}
REQUEST = PERIOD | {
    *("requestId", "employeeId", "employeeName", "status", "type", "workingDays", "reason"),
    *("warnings", "revision", "approver", "approvers", "waitingFor", "cancellationAsked"),
    *("changeAsked", "proposal", "interruptions", "history"),
}
BALANCE = {
    *("type", "entitlement", "carriedIn", "carriedUntil", "carriedLeft", "expired"),
    *("adjustments", "taken", "planned", "approved", "pending", "available"),
}
SOMETIMES = {"bookedLater", "bookedIn", "year"}
"""Days booked in a later year; and the year, where approvals show balances of several."""


def test_clients_find_every_key_in_every_answer(stage: FakeStage) -> None:
    """A key is not left out where there is nothing to say."""
    stage.asked()
    stage.approved(a_wish("2027-03-08", "2027-03-09"))
    page, balance, team = (
        get(f"/{path}", query=query)[1]
        for path, query in (
            ("leave_requests", None),
            ("leave_balance", {"year": "2027"}),
            ("team_calendar", None),
        )
    )
    assert page.keys() == {"leaveRequests", "cursor"}
    assert balance.keys() == {"employeeId", "year", "balances"}
    assert {frozenset(request) for request in page["leaveRequests"]} == {frozenset(REQUEST)}
    assert {frozenset(account) for account in balance["balances"]} == {frozenset(BALANCE)}
    assert one()[1].keys() == REQUEST
    approved, pending = page["leaveRequests"]
    assert [waiting.keys() for waiting in pending["waitingFor"]] == [{"name", "since", "mailed"}]
    assert approved["waitingFor"] == []
    for request in (approved, pending):
        person = {"employeeId", "name"}
        assert [request["approver"].keys(), *map(dict.keys, request["approvers"])] == [person] * 2
        for entry in request["history"]:
            assert entry.keys() == {"at", "what", "who", "channel", "comment"}
        assert (request["changeAsked"], request["proposal"]) == (None, None)
        assert request["interruptions"] == []
    assert [absence.keys() for absence in team["absences"]] == [PERIOD | {"employeeId", "name"}]


def test_the_keys_that_clients_find_are_described() -> None:
    for name, keys in (("LeaveRequest", REQUEST), ("Balance", BALANCE), ("Period", PERIOD)):
        assert set(SCHEMAS[name]["required"]) == keys
    assert SCHEMAS["Balance"]["properties"].keys() == BALANCE | SOMETIMES
    for name, keys in (
        ("ChangeAsked", {"period", "workingDays"}),
        ("Proposal", {"period", "workingDays", "comment", "by", "at"}),
        ("Interruption", {"requestId", "period"}),
    ):
        assert SCHEMAS[name]["properties"].keys() == keys


def test_no_secret_is_in_an_answer(stage: FakeStage, link: str) -> None:
    request = stage.requests[R1]
    assert request.task_token is not None
    for _, body in (one(), get("/leave_requests")):
        assert link.split(".")[1] not in str(body)
        assert request.task_token.reveal() not in str(body)


def test_what_the_lead_may_not_know_is_null(stage: FakeStage) -> None:
    stage.rules = Rules(leave_types=(*Rules().leave_types, SICK))
    stage.requests.put(an_asked_request(plan=a_plan(leave_type="sick", reason="My operation")))
    _, own = one()
    assert (own["type"], own["reason"]) == ("sick", "My operation")
    for claims, seen in ((JOHNS_CLAIMS, (None, None)), (ADMINS_CLAIMS, ("sick", "My operation"))):
        status, body = one(claims)
        assert (status, body["type"], body["reason"]) == (200, *seen)
        assert ("operation" in str(body)) is (claims is ADMINS_CLAIMS)
        _, page = get("/leave_requests", claims=claims, query={"employeeId": "E002"})
        assert page["leaveRequests"] == [body]


def test_requests_are_listed_and_filtered(stage: FakeStage) -> None:
    stage.approved()
    stage.asked(a_wish("2028-01-10", half="morning"))
    half = get("/leave_requests")[1]["leaveRequests"][0]
    assert (half["workingDays"], half["halfDay"]) == (0.5, "morning")
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
        "reportableDaysBack": 0,
        "maximumDays": None,
        "visibleTo": "lead",
    }
    assert (annual["hasBalance"], annual["daysPerYear"]) == (True, None)
    assert (sick["hasBalance"], sick["visibleTo"]) == (False, "nobody")
    assert get("/leave_types", claims=ADMINS_CLAIMS) == (200, body)


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
    annual, other = body["balances"]
    assert annual == {
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
    }
    nothing = {name: 0 for name, value in annual.items() if isinstance(value, int)}
    assert other == nothing | {
        "type": "special",
        "entitlement": 2.5,
        "carriedUntil": None,
        "available": 2.5,
    }
    query = {"employeeId": "E002", "year": "2028"}
    status, body = get("/leave_balance", claims=JOHNS_CLAIMS, query=query)
    assert (status, body["employeeId"], body["year"]) == (200, "E002", 2028)


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
                "startHalf": None,
                "endHalf": None,
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


def test_a_feed_is_shown_to_its_owner_only_once_there_is_one(
    stage: FakeStage,
) -> None:
    stage.approved(a_wish("2027-03-08"))
    status, body = get("/team_calendar", claims=ADMINS_CLAIMS, query={"employeeId": "E003"})
    assert status == 200
    assert [absence["employeeId"] for absence in body["absences"]] == ["E002"]
    assert body["feed"] is None
    stage.directory.put(replace(JIM, feed=None))
    assert get("/team_calendar", query={"employeeId": "E002"})[1]["feed"] is None
    assert get("/team_calendar")[1]["feed"] is None
