"""What an employee can ask for, and what it does to the balance."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.people import fresh_day, fresh_tuesday
from tests.end_to_end.workflows import end_of

if TYPE_CHECKING:
    from tests.end_to_end.employees import Employee
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage


def weekend_of_one_year() -> tuple[date, date]:
    """Return a Friday and the Monday after it in the same year."""
    while True:
        tuesday = fresh_tuesday()
        friday, monday = tuesday + timedelta(days=3), tuesday + timedelta(days=6)
        if friday.year == monday.year:
            return friday, monday


def test_a_range_costs_its_working_days_and_a_half_day_costs_half(jim: Employee) -> None:
    friday, monday = weekend_of_one_year()
    year = friday.year
    before, left = jim.account(year), jim.left(year)

    said = jim.submit(start=friday.isoformat(), end=monday.isoformat())
    assert said["workingDays"] == 2
    assert jim.account(year)["pending"] == before["pending"] + 2
    assert jim.left(year) == left - 2

    tuesday = monday + timedelta(days=1)
    wednesday = tuesday + timedelta(days=1)
    half = jim.submit(date=tuesday.isoformat(), halfDay="afternoon")
    assert half["workingDays"] == 0.5
    assert jim.left(year) == left - 2.5
    assert jim.request(half["requestId"])["halfDay"] == "afternoon"

    days = {"start": wednesday.isoformat(), "end": (wednesday + timedelta(days=1)).isoformat()}
    ends = jim.submit(**days, startHalf="afternoon", endHalf="morning")
    assert ends["workingDays"] == 1
    shown = jim.request(ends["requestId"])
    assert (shown["halfDay"], shown["startHalf"], shown["endHalf"]) == (
        None,
        "afternoon",
        "morning",
    )
    morning = jim.submit(date=wednesday.isoformat(), halfDay="morning")
    assert jim.ask(date=wednesday.isoformat(), halfDay="afternoon").status == 409

    for request in (said, half, ends, morning):
        assert jim.withdraw(request["requestId"]).status == 200
    assert jim.account(year) == before


def test_a_balance_is_right_after_every_step_of_a_request(jane: Employee, john: Employee) -> None:
    day = fresh_day()
    before, left = jane.account(day.year), jane.left(day.year)

    def taken() -> tuple[float, float, float]:
        now = jane.account(day.year)
        return (
            now["pending"] - before["pending"],
            now["approved"] - before["approved"],
            left - jane.left(day.year),
        )

    said = jane.submit(date=day.isoformat())
    assert taken() == (1, 0, 1)
    asked = john.wait_for_mail(said["requestId"])
    assert john.press(asked.link("approved")).status == 200
    assert taken() == (0, 1, 1)
    assert jane.withdraw(said["requestId"]).status == 202
    assert taken() == (0, 1, 1)
    _, wish = john.wait_for_mails(said["requestId"], 2)
    assert john.press(wish.link("approved")).status == 200
    assert jane.account(day.year) == before


def test_a_request_tells_its_history(jim: Employee, john: Employee) -> None:
    day = fresh_day().isoformat()
    said = jim.submit(date=day, type="unpaid", reason="Moving house")
    asked = john.wait_for_mail(said["requestId"])
    assert "Moving house" in asked.text
    assert john.press(asked.link("denied"), "Not that week").status == 200

    request = jim.request(said["requestId"])
    assert (request["status"], request["type"]) == ("denied", "unpaid")
    assert (request["start"], request["end"], request["halfDay"]) == (day, day, None)
    assert request["approver"] == {"employeeId": "E001", "name": "John Carpenter"}
    assert request["reason"] == "Moving house"
    requested, denied = request["history"]
    assert (requested["what"], requested["who"], requested["channel"]) == (
        "requested",
        "E002",
        "api",
    )
    assert (denied["what"], denied["who"], denied["channel"]) == ("denied", "E001", "link")
    assert denied["comment"] == "Not that week"
    assert requested["at"] < denied["at"]


def test_leave_of_a_free_weekend_is_refused(jim: Employee) -> None:
    saturday = fresh_day() + timedelta(days=4)
    reply = jim.call("POST", "/request_leave", {"date": saturday.isoformat()})
    assert reply.status == 422
    assert reply.content_type == "application/problem+json"
    assert "working day" in reply.fields()["detail"]


def test_the_two_halves_of_a_day_fit_and_a_third_does_not(jim: Employee) -> None:
    day = fresh_day().isoformat()
    halves = [jim.submit(date=day, halfDay=half) for half in ("morning", "afternoon")]
    for body in ({"date": day}, {"date": day, "halfDay": "morning"}):
        assert jim.call("POST", "/request_leave", body).status == 409
    for half in halves:
        assert jim.withdraw(half["requestId"]).status == 200


def test_more_than_the_balance_holds_is_refused_with_the_numbers(kim: Employee) -> None:
    start, length = datetime.now(UTC).date() + timedelta(days=440), timedelta(days=48)
    if start.year != (start + length).year:
        start = date(start.year + 1, 1, 1)
    before = kim.account(start.year)
    span = {"start": start.isoformat(), "end": (start + length).isoformat()}
    reply = kim.call("POST", "/request_leave", span)
    assert reply.status == 422
    assert reply.fields()["type"] == "urn:leave:problem:insufficient-balance"
    assert "35" in reply.fields()["detail"]
    assert kim.account(start.year) == before


def test_a_repeated_key_gives_the_same_answer_and_asks_once(jim: Employee, john: Employee) -> None:
    first, other = fresh_day().isoformat(), fresh_day().isoformat()
    body = {"date": first, "type": "unpaid"}
    key = {"Idempotency_Key": f"key-{first}"}
    said = jim.call("POST", "/request_leave", body, **key)
    assert said.status == 202
    again = jim.call("POST", "/request_leave", body, **key)
    assert (again.status, again.fields()) == (202, said.fields())
    clash = jim.call("POST", "/request_leave", body | {"date": other}, **key)
    assert clash.status == 409
    assert "Idempotency-Key" in clash.fields()["title"]

    request_id = said.fields()["requestId"]
    john.wait_for_mail(request_id)
    assert jim.withdraw(request_id).status == 200
    john.wait_for_mails(request_id, 2)
    assert [mail for mail in john.mails(request_id) if "/approved/" in mail.text] == [
        john.mails(request_id)[0]
    ]
    later = jim.call("POST", "/request_leave", body, **key)
    assert (later.status, later.fields()) == (202, said.fields())
    assert jim.request(request_id)["status"] == "withdrawn"


def test_sick_leave_is_approved_at_once_and_nobody_is_asked(
    stage: LocalStage, jane: Employee, john: Employee
) -> None:
    day = fresh_day()
    before = jane.account(day.year)
    said = jane.submit(date=day.isoformat(), type="sick", reason="Flu")
    request = jane.request(said["requestId"])
    assert request["status"] == "approved"
    assert [event["channel"] for event in request["history"]] == ["api", "system"]
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    assert "needs no approval" in jane.wait_for_mail(said["requestId"]).text
    (note,) = john.wait_for_mails(said["requestId"], 1)
    assert "is away" in note.subject
    assert "/leave_lead_response/" not in note.text, "there is nothing to decide"
    assert "Flu" not in note.text
    assert jane.account(day.year) == before
