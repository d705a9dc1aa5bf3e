from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.demo.web import Page
from tests.end_to_end.people import fresh_day
from tests.end_to_end.workflows import end_of, status

if TYPE_CHECKING:
    from tests.end_to_end.people import Someone
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage


def test_a_lead_approves_and_the_employee_is_told(
    stage: LocalStage, jim: Someone, john: Someone
) -> None:
    asked = jim.ask(employeeId="E002", date=fresh_day().isoformat())
    assert asked.status == 202
    said = asked.fields()
    assert said["status"] == "Leave request submitted"
    assert said["ref"].endswith(f":EmployeeLeaveWorkflow-local:{said['requestId']}")
    assert said["workingDays"] == 1

    brief = john.wait_for_mail(said["requestId"])
    assert "Jim O'Dell" in brief.subject
    assert john.open(brief.link("approved")).status == 200
    assert status(stage, said["ref"]) == "RUNNING"

    decided = john.press(brief.link("approved"))
    assert decided.status == 200
    assert "approved" in Page(decided.body).text
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    answer = jim.wait_for_mail(said["requestId"])
    assert "approved" in answer.text
    assert answer.subject.startswith("Approved: ")


def test_a_lead_denies_with_a_reason_and_the_employee_reads_it(
    stage: LocalStage, jane: Someone, john: Someone
) -> None:
    said = jane.ask(date=fresh_day().isoformat()).fields()
    brief = john.wait_for_mail(said["requestId"])
    decided = john.press(brief.link("denied"), "We <release> that week & next")
    assert decided.status == 200
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    answer = jane.wait_for_mail(said["requestId"])
    assert "denied" in answer.text
    assert "We <release> that week & next" in answer.text
    assert "<release>" not in answer.raw["html"]


def test_a_denial_without_a_reason_is_asked_for_one_and_decides_nothing(
    stage: LocalStage, jane: Someone, john: Someone
) -> None:
    said = jane.ask(date=fresh_day().isoformat()).fields()
    brief = john.wait_for_mail(said["requestId"])
    assert john.press(brief.link("denied")).status == 422
    assert status(stage, said["ref"]) == "RUNNING"


def test_a_second_click_shows_what_was_decided_and_changes_nothing(
    stage: LocalStage, jim: Someone, john: Someone
) -> None:
    said = jim.ask(date=fresh_day().isoformat()).fields()
    brief = john.wait_for_mail(said["requestId"])
    assert john.press(brief.link("approved")).status == 200
    again = john.press(brief.link("approved"))
    assert again.status == 200
    assert "approved" in Page(again.body).text
    other = john.press(brief.link("denied"), "too late")
    assert other.status == 409
    assert "approved" in Page(other.body).text
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    assert "approved" in jim.wait_for_mail(said["requestId"]).text
    assert len(jim.mails(said["requestId"])) == 1
