"""What becomes of a request that its employee changes, withdraws or cancels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator.demo.web import Page
from tests.end_to_end.people import fresh_day
from tests.end_to_end.workflows import end_of, status

if TYPE_CHECKING:
    from tests.end_to_end.employees import Employee
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage


def happened(request: dict[str, Any]) -> list[str]:
    return [event["what"] for event in request["history"]]


def test_a_changed_request_is_asked_anew_and_its_old_link_says_so(
    stage: LocalStage, jim: Employee, john: Employee
) -> None:
    first, second = fresh_day(), fresh_day()
    before = jim.left(second.year)
    said = jim.submit(date=first.isoformat())
    old = john.wait_for_mail(said["requestId"])

    changed = jim.change(said["requestId"], date=second.isoformat(), halfDay="morning")
    assert changed.status == 202
    request = changed.fields()
    assert (request["requestId"], request["revision"]) == (said["requestId"], 2)
    assert (request["start"], request["workingDays"]) == (second.isoformat(), 0.5)
    assert jim.request(said["requestId"])["start"] == second.isoformat()
    assert jim.left(second.year) == before - 0.5

    _, new = john.wait_for_mails(said["requestId"], 2)
    assert new.link("approved") != old.link("approved")
    assert new.subject != old.subject, "it names the days, which are others now"
    for decision in ("approved", "denied"):
        page = john.open(old.link(decision))
        assert page.status == 200
        assert "This link has been replaced" in Page(page.body).text
        assert Page(page.body).method is None
    assert status(stage, said["ref"]) == "RUNNING"

    assert john.press(new.link("denied"), "Please not").status == 200
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    assert "denied" in jim.wait_for_mail(said["requestId"]).text
    assert happened(jim.request(said["requestId"])) == ["requested", "changed", "denied"]
    assert jim.left(second.year) == before


def test_pressing_the_button_of_a_replaced_link_decides_nothing(
    jim: Employee, john: Employee
) -> None:
    said = jim.submit(date=fresh_day().isoformat(), type="unpaid")
    old = john.wait_for_mail(said["requestId"])
    assert jim.change(said["requestId"], date=fresh_day().isoformat(), type="unpaid").status == 202
    pressed = john.press(old.link("approved"))
    assert pressed.status == 409
    assert "This link has been replaced" in Page(pressed.body).text
    assert jim.request(said["requestId"])["status"] == "pending"
    assert jim.withdraw(said["requestId"]).status == 200


def test_a_withdrawn_request_ends_its_workflow_and_the_lead_is_told(
    stage: LocalStage, jane: Employee, john: Employee
) -> None:
    said = jane.submit(date=fresh_day().isoformat())
    asked = john.wait_for_mail(said["requestId"])
    withdrawn = jane.withdraw(said["requestId"])
    assert withdrawn.status == 200
    assert withdrawn.fields()["status"] == "withdrawn"
    assert happened(jane.request(said["requestId"])) == ["requested", "withdrawn"]

    page = john.open(asked.link("approved"))
    assert page.status == 200
    assert "withdrawn" in Page(page.body).text
    assert john.press(asked.link("approved")).status == 409
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    _, told = john.wait_for_mails(said["requestId"], 2)
    assert "has withdrawn this request" in told.text
    assert "/approved/" not in told.text
    assert jane.mails(said["requestId"]) == []


def test_what_is_decided_can_be_neither_changed_nor_withdrawn(
    jane: Employee, john: Employee
) -> None:
    said = jane.submit(date=fresh_day().isoformat(), type="unpaid")
    asked = john.wait_for_mail(said["requestId"])
    assert john.press(asked.link("denied"), "No").status == 200
    assert jane.change(said["requestId"], date=fresh_day().isoformat()).status == 409
    refused = jane.withdraw(said["requestId"])
    assert refused.status == 409
    assert refused.content_type == "application/problem+json"
    assert jane.request(said["requestId"])["status"] == "denied"


def test_approved_leave_is_cancelled_when_the_lead_agrees(
    stage: LocalStage, jim: Employee, john: Employee
) -> None:
    said = jim.submit(date=fresh_day().isoformat())
    approved = john.wait_for_mail(said["requestId"]).link("approved")
    assert john.press(approved).status == 200
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    jim.wait_for_mail(said["requestId"])

    wish = jim.withdraw(said["requestId"])
    assert wish.status == 202
    assert wish.fields()["status"] == "approved"
    assert wish.fields()["cancellationAsked"] is True
    again = jim.withdraw(said["requestId"])
    assert (again.status, again.fields()["history"]) == (202, wish.fields()["history"])

    _, mail = john.wait_for_mails(said["requestId"], 2)
    assert "wants to cancel" in mail.text
    assert "This link has been replaced" in Page(john.open(approved).body).text
    assert john.press(mail.link("approved")).status == 200
    request = jim.request(said["requestId"])
    assert (request["status"], request["cancellationAsked"]) == ("cancelled", False)
    assert happened(request) == ["requested", "approved", "cancellation-asked", "cancelled"]
    assert end_of(stage, f"{said['ref']}-2") == "SUCCEEDED"
    _, told = jim.wait_for_mails(said["requestId"], 2)
    assert "Your leave is cancelled" in told.text


def test_approved_leave_stays_when_the_lead_declines(
    stage: LocalStage, jane: Employee, john: Employee
) -> None:
    said = jane.submit(date=fresh_day().isoformat(), type="unpaid")
    asked = john.wait_for_mail(said["requestId"])
    assert john.press(asked.link("approved")).status == 200
    jane.wait_for_mail(said["requestId"])
    assert jane.withdraw(said["requestId"]).status == 202
    _, mail = john.wait_for_mails(said["requestId"], 2)
    assert john.press(mail.link("denied"), "The hotel is paid").status == 200

    request = jane.request(said["requestId"])
    assert (request["status"], request["cancellationAsked"]) == ("approved", False)
    assert happened(request)[-1] == "cancellation-declined"
    assert end_of(stage, f"{said['ref']}-2") == "SUCCEEDED"
    _, told = jane.wait_for_mails(said["requestId"], 2)
    assert "stays approved" in told.text
    assert "The hotel is paid" in told.text
