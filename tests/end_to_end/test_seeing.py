"""Who sees what: lists, other people's leave, and who is away."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import icalendar
import pytest

from infrastructure.release import version
from tests.end_to_end.employees import call
from tests.end_to_end.people import fresh_day, fresh_tuesday

if TYPE_CHECKING:
    from tests.end_to_end.employees import Employee
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage
UNKNOWN_REQUEST = "0" * 26


def events(employee: Employee) -> dict[str, icalendar.Component]:
    """Return the events of an employee's calendar feed by their UID."""
    calendar = icalendar.Calendar.from_ical(employee.feed().body)
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


def test_head_tells_what_get_would_send_and_sends_nothing(
    stage: LocalStage, jane: Employee, john: Employee
) -> None:
    """Monitors, calendar programs and scanners of mail ask so (RFC 9110, sections 8.6 and 9.3.2).

    No test can show what API Gateway does; the emulator's own server leaves the body out.
    """
    asked = jane.submit(date=fresh_day().isoformat(), type="unpaid")["requestId"]
    api = stage.facts.api_url
    token = {"Authorization": f"Bearer {jane.token()}"}
    for url, headers, status in (
        *((f"{api}{path}", {}, 200) for path in ("/health", "/openapi.json")),
        (jane.feed_url(), {}, 200),
        (f"{api}/calendar/forged.ics", {}, 404),
        (john.wait_for_mail(asked).link("approved"), {}, 200),
        (f"{api}/leave_lead_response/approved/forged", {}, 404),
        *((f"{api}/{path}", token, 200) for path in ("leave_types", "leave_balance")),
        *((f"{api}/{path}", token, 200) for path in ("leave_requests", "team_calendar")),
        (f"{api}/leave_requests/{asked}", token, 200),
        (f"{api}/leave_requests/{UNKNOWN_REQUEST}", token, 404),
    ):
        got, head = (call(url, method, headers=headers) for method in ("GET", "HEAD"))
        assert (got.status, head.status, head.body) == (status, status, "")
        for name in ("Content-Length", "Content-Type", "Strict-Transport-Security"):
            assert head.headers[name] == got.headers[name] != "0", (url, name)
        assert int(got.headers["Content-Length"]) == len(got.body.encode())
    assert jane.withdraw(asked).status == 200


def test_a_list_is_filtered_by_status_and_year(jim: Employee) -> None:
    day = fresh_day()
    kept = jim.submit(date=day.isoformat(), type="unpaid")["requestId"]
    taken_back = jim.submit(date=fresh_day().isoformat(), type="unpaid")["requestId"]
    assert jim.withdraw(taken_back).status == 200
    assert jim.requests()[:2] == [taken_back, kept]
    assert kept in jim.requests(status="pending")
    assert taken_back not in jim.requests(status="pending")
    assert taken_back in jim.requests(status="withdrawn")
    assert kept in jim.requests(status="pending", year=day.year)
    assert kept not in jim.requests(year=day.year + 2)
    assert jim.get("/leave_requests", status="lost").status == 400
    assert jim.withdraw(kept).status == 200


def test_a_long_list_goes_on_at_its_cursor(kim: Employee) -> None:
    today, asked = datetime.now(UTC).date(), []
    # Nobody else asks for Kim, and so many days in a row must fit before the planning horizon.
    day = today + timedelta(days=14 - today.weekday())
    while len(asked) < 51:
        asked.append(kim.submit(date=day.isoformat(), type="sick")["requestId"])
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    first = kim.get("/leave_requests").fields()
    listed = [request["requestId"] for request in first["leaveRequests"]]
    rest = kim.get("/leave_requests", cursor=first["cursor"]).fields()
    assert len(listed) == 50
    assert listed + [r["requestId"] for r in rest["leaveRequests"]] == asked[::-1]
    assert rest["cursor"] is None


def test_a_lead_sees_their_people_but_not_what_is_nobodys_business(
    jane: Employee, john: Employee, admin: Employee
) -> None:
    sick = jane.submit(date=fresh_day().isoformat(), type="sick", reason="Flu")["requestId"]
    open_ = jane.submit(date=fresh_day().isoformat(), type="unpaid", reason="Trip")["requestId"]
    assert {sick, open_} <= set(john.requests(employeeId="E003"))

    hidden = john.request(sick)
    assert (hidden["type"], hidden["reason"], hidden["status"]) == (None, None, "approved")
    assert "sick" not in json.dumps(hidden).lower()
    assert "Flu" not in john.get("/leave_requests", employeeId="E003").body
    assert (john.request(open_)["type"], john.request(open_)["reason"]) == ("unpaid", "Trip")
    for reader in (jane, admin):
        assert (reader.request(sick)["type"], reader.request(sick)["reason"]) == ("sick", "Flu")

    assert john.change(open_, date=fresh_day().isoformat()).status == 403
    assert john.withdraw(open_).status == 403
    assert jane.withdraw(open_).status == 200

    # What nobody had to approve, nobody has to agree to cancel either.
    assert jane.withdraw(sick).status == 200
    assert jane.request(sick)["status"] == "cancelled"
    for mail in john.wait_for_mails(sick, 1):
        assert "sick" not in mail.text.lower(), "a note says who is away, and nothing more"
        assert "Flu" not in mail.text


def test_a_colleague_sees_and_changes_nothing(jim: Employee, jane: Employee) -> None:
    request_id = jim.submit(date=fresh_day().isoformat(), type="unpaid")["requestId"]
    day = fresh_day().isoformat()
    for reply in (
        jane.get(f"/leave_requests/{request_id}"),
        jane.get("/leave_requests", employeeId="E002"),
        jane.get("/leave_balance", employeeId="E002"),
        jane.get("/leave_balance", employeeId="E999"),
        jane.change(request_id, date=day),
        jane.withdraw(request_id),
        jane.call("POST", "/request_leave", {"date": day, "employeeId": "E002"}),
    ):
        assert reply.status == 403
        assert reply.content_type == "application/problem+json"
        assert "Jim" not in reply.body
    assert jim.withdraw(request_id).status == 200


def test_an_administrator_acts_for_others(jim: Employee, admin: Employee) -> None:
    day = fresh_day()
    said = admin.submit(employeeId="E002", date=day.isoformat(), type="unpaid")
    request_id = said["requestId"]
    assert jim.request(request_id)["history"][0]["who"] == "admin@foo.com"
    assert request_id in admin.requests(employeeId="E002")
    assert admin.account(day.year, employeeId="E002") == jim.account(day.year)
    assert admin.change(request_id, date=fresh_day().isoformat(), type="unpaid").status == 202
    assert admin.withdraw(request_id).status == 200
    assert jim.request(request_id)["history"][-1]["who"] == "admin@foo.com"


def test_an_administrator_hears_who_is_unknown(admin: Employee) -> None:
    for reply in (
        admin.get("/leave_requests", employeeId="E999"),
        admin.get("/leave_balance", employeeId="E999"),
        admin.get(f"/leave_requests/{UNKNOWN_REQUEST}"),
        admin.withdraw(UNKNOWN_REQUEST),
        admin.call(
            "POST", "/request_leave", {"date": fresh_day().isoformat(), "employeeId": "E999"}
        ),
    ):
        assert reply.status == 404
        assert reply.content_type == "application/problem+json"
    assert admin.get("/leave_requests").status == 400


def test_the_team_calendar_shows_who_is_away_and_nothing_more(
    jim: Employee, jane: Employee
) -> None:
    day = fresh_day().isoformat()
    span = {"start": day, "end": day}
    waiting = jim.submit(date=day, type="unpaid")["requestId"]
    assert not {"E002", "E003"} & {absence["employeeId"] for absence in jim.away(**span)}
    sick = jane.submit(date=day, type="sick", halfDay="morning", reason="Flu")["requestId"]
    halves = {"halfDay": "morning", "startHalf": None, "endHalf": None}
    away = {"employeeId": "E003", "name": "Jane Cook", **span, **halves}
    assert away in jim.away(**span)
    assert jane.withdraw(sick).status == 200
    assert away not in jim.away(**span)
    assert jim.withdraw(waiting).status == 200


def test_the_feed_follows_leave_from_approval_to_cancellation(
    jim: Employee, jane: Employee, john: Employee
) -> None:
    request_id = jane.submit(date=fresh_day().isoformat(), type="unpaid", reason="Trip")[
        "requestId"
    ]
    uid = f"{hashlib.sha256(request_id.encode()).hexdigest()}@foo.com"
    john.wait_for_mail(request_id)
    tuesday = fresh_tuesday()
    friday, monday = tuesday + timedelta(days=3), tuesday + timedelta(days=6)
    span = {"start": friday.isoformat(), "end": monday.isoformat()}
    assert jane.change(request_id, **span, type="unpaid", reason="Trip").status == 202
    assert uid not in events(jim)

    _, mail = john.wait_for_mails(request_id, 2)
    assert john.press(mail.link("approved")).status == 200
    event = events(jim)[uid]
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (friday, monday + timedelta(days=1))
    assert str(event["SUMMARY"]) == "Jane Cook away"
    assert event.keys() == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "TRANSP"}
    feed = jim.feed()
    assert feed.content_type == "text/calendar"
    assert "Trip" not in feed.body
    assert "unpaid" not in feed.body.lower()

    assert jane.withdraw(request_id).status == 202
    assert uid in events(jim)
    *_, wish = john.wait_for_mails(request_id, 3)
    assert john.press(wish.link("approved")).status == 200
    assert uid not in events(jim)
    assert uid not in events(john)


def test_a_feed_is_opened_by_its_secret_alone(
    stage: LocalStage, jim: Employee, jane: Employee
) -> None:
    own = jim.feed_url()
    assert own != jane.feed_url()
    assert own == jim.feed_url()
    altered = own[:-5] + ("A" if own[-5] != "A" else "B") + ".ics"
    for url in (altered, own.removesuffix(".ics"), f"{stage.facts.api_url}/calendar/.ics"):
        reply = call(url, headers={})
        assert reply.status == 404
        assert "BEGIN:" not in reply.body


def test_health_and_the_description_are_public(stage: LocalStage) -> None:
    health = call(f"{stage.facts.api_url}/health", headers={})
    assert (health.status, health.fields()) == (200, {"status": "ok", "version": version()})
    description = call(f"{stage.facts.api_url}/openapi.json", headers={})
    assert (description.status, description.content_type) == (200, "application/json")
    assert description.fields()["openapi"].startswith("3.1")
    paths = description.fields()["paths"]
    assert {"/request_leave", "/leave_requests", "/leave_balance", "/team_calendar"} <= set(paths)


@pytest.mark.parametrize(
    "path",
    ["/leave_requests", f"/leave_requests/{UNKNOWN_REQUEST}", "/leave_balance", "/team_calendar"],
)
def test_nobody_reads_without_a_token(stage: LocalStage, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer x.y.z"}):
        assert call(f"{stage.facts.api_url}{path}", headers=headers).status == 401
