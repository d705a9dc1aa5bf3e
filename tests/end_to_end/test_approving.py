"""An approver decides by ID token, and is reminded before, on a deployed stage."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from emulator.demo.web import Page
from tests.end_to_end.people import MAIL_SECONDS, fresh_day
from tests.end_to_end.workflows import end_of

if TYPE_CHECKING:
    from tests.end_to_end.employees import Employee, Reply
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage


def waiting(approver: Employee) -> dict[str, dict[str, Any]]:
    """Return all that waits for somebody, by request id."""
    found: dict[str, dict[str, Any]] = {}
    query: dict[str, str] = {}
    while True:
        reply = approver.get("/approvals", **query)
        assert reply.status == 200, reply.body
        page = reply.fields()
        found |= {approval["requestId"]: approval for approval in page["approvals"]}
        if page["cursor"] is None:
            return found
        query = {"cursor": page["cursor"]}


def asked(jim: Employee, john: Employee) -> dict[str, Any]:
    """Let Jim ask and John be mailed; return the answer, once the mail is marked as sent."""
    said = jim.submit(date=fresh_day().isoformat(), type="unpaid", reason="A garden")
    john.wait_for_mail(said["requestId"])
    deadline = time.monotonic() + MAIL_SECONDS
    while not all(one["mailed"] for one in jim.request(said["requestId"])["waitingFor"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return said


def decide(approver: Employee, request_id: str, revision: int, decision: str = "approved") -> Reply:
    """Answer a request."""
    body = {"decision": decision, "revision": revision, "comment": "By token"}
    return approver.call("POST", f"/approvals/{request_id}", body)


def test_john_is_reminded_and_approves_without_opening_a_mail(
    stage: LocalStage, jim: Employee, jane: Employee, john: Employee, admin: Employee
) -> None:
    said = asked(jim, john)
    request_id = said["requestId"]
    (waits_for,) = jim.request(request_id)["waitingFor"]
    assert waits_for["name"] == "John Carpenter"
    approval = waiting(john)[request_id]
    assert (approval["question"], approval["reason"]) == ("leave", "A garden")
    assert approval["employee"]["employeeId"] == "E002"
    for other in (jim, jane, admin):
        assert request_id not in waiting(other)

    reminder = f"/leave_requests/{request_id}/reminder"
    assert jim.call("POST", reminder).status == 202
    again = jim.call("POST", reminder)
    assert (again.status, again.fields()["type"]) == (409, "urn:leave:problem:reminded-today")
    assert [one.call("POST", reminder).status for one in (jane, john, admin)] == [403] * 3
    _, reminded = john.wait_for_mails(request_id, 2)
    assert "Waiting since today" in reminded.text
    assert reminded.link("approved") in john.wait_for_mail(request_id).text

    assert [decide(one, request_id, 1).status for one in (jim, admin, jane)] == [403, 403, 404]
    assert decide(john, request_id, 2).status == 409
    decided = decide(john, request_id, 1)
    assert decided.status == 200
    assert decided.fields()["history"][-1]["channel"] == "api"
    assert decide(john, request_id, 1).status == 200
    assert decide(john, request_id, 1, "denied").status == 409
    assert request_id not in waiting(john)
    assert "approved" in Page(john.open(reminded.link("denied")).body).text
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    assert "By token" in jim.wait_for_mail(request_id).text
    late = john.call("DELETE", f"/approvals/{request_id}")
    assert (late.status, late.fields()["type"]) == (409, "urn:leave:problem:not-possible")


def test_what_jim_withdraws_waits_no_more(jim: Employee, john: Employee) -> None:
    request_id = asked(jim, john)["requestId"]
    assert jim.withdraw(request_id).status == 200
    assert request_id not in waiting(john)
    refused = decide(john, request_id, 1)
    assert refused.status == 409
    assert "withdrawn" in refused.fields()["detail"]
