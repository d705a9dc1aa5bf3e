"""What becomes of open and approved leave when the directory changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.approval import ApprovalPolicy
from leave.domain.errors import NotEmployedError
from leave.domain.history import Via, What
from leave.domain.statuses import Status
from leave.services.reroute import Reroute
from tests.leave.builders import JIM, JOHN, R1, a_day, a_period, employed
from tests.leave.services.stage import JANE_CALLS, OTHER_TOKEN, FakeStage, a_wish

if TYPE_CHECKING:
    from leave.domain.employees import Employee

DAY = timedelta(days=1)
CORRECTED = replace(JOHN, email="john.carpenter@foo.com")
WEEK = a_wish("2027-05-03", "2027-05-07")


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where Jim has asked for a week in May, and John has the mail."""
    stage = FakeStage(policy=ApprovalPolicy(remind_after_days=2, escalate_after_days=5))
    stage.asked(WEEK)
    return stage


def leaving(day: str) -> Employee:
    """Return Jim whose last day this is."""
    return replace(JIM, employments=employed(end=a_day(day)))


# Another mail address of the approver


def test_a_link_sent_to_an_old_address_shows_and_decides_nothing(stage: FakeStage) -> None:
    link = stage.link(R1)
    stage.directory.put(CORRECTED)
    shown = stage.submit_lead_response.show(link)
    assert shown is not None
    assert shown.retired is not None
    assert shown.brief is None
    assert not stage.decide(link).changed
    assert stage.requests[R1].status is Status.PENDING


def test_the_round_asks_anew_at_the_new_address_once(stage: FakeStage) -> None:
    link = stage.link(R1)
    stage.directory.put(CORRECTED)
    stage.make_round()
    stage.process_leave_request(R1, OTHER_TOKEN)
    assert stage.mailer.recipients == [JOHN.email, CORRECTED.email]
    assert stage.link(R1) != link
    assert not stage.decide(link).changed
    assert dict(stage.make_round().done) == {"keep-waiting": 1, "reminders": 0}
    assert stage.decide(stage.link(R1)).changed


def test_the_import_finds_what_was_mailed_to_another_address(stage: FakeStage) -> None:
    reroute = Reroute(
        clock=stage.clock,
        employees=stage.directory,
        requests=stage.requests,
        workflow=stage.workflow,
        rules=stage.rules,
    )
    people = stage.directory.employees
    assert list(reroute.find(people)) == []
    stage.directory.put(CORRECTED)
    (found,) = reroute.find(people)
    assert reroute(found, who="hr@foo.com")
    assert stage.requests[R1].link() is None
    assert "at another mail address" in stage.requests[R1].history[-1].comment


def test_case_makes_no_other_address(stage: FakeStage) -> None:
    stage.directory.put(replace(JOHN, email=JOHN.email.upper()))
    assert stage.decide(stage.link(R1)).changed


# The end of an employment


@pytest.mark.parametrize("last_day", ["2027-05-06", "2027-04-30"])
def test_leave_outside_the_employment_is_not_approved_and_can_be_denied(
    stage: FakeStage, last_day: str
) -> None:
    link = stage.link(R1)
    stage.directory.put(leaving(last_day))
    with pytest.raises(NotEmployedError):
        stage.decide(link)
    assert stage.requests[R1].status is Status.PENDING
    assert stage.decide(link, "denied", "You leave us").changed


def test_leave_up_to_the_last_day_is_approved(stage: FakeStage) -> None:
    stage.directory.put(leaving("2027-05-07"))
    assert stage.decide(stage.link(R1)).changed


def test_the_round_ends_a_question_about_leave_outside_the_employment(stage: FakeStage) -> None:
    stage.directory.put(leaving("2027-05-06"))
    stage.clock.go_on(4 * DAY)
    assert dict(stage.make_round().done) == {"end": 1, "tell": 1, "reminders": 0}
    request = stage.requests[R1]
    assert request.status is Status.EXPIRED
    assert (request.history[-1].what, request.history[-1].via) == (What.EXPIRED, Via.DIRECTORY)
    assert stage.requests.booked("E002", 2027) == 0
    stage.process_lead_response(R1)
    assert stage.mailer.recipients == [JOHN.email, JIM.email]


def test_who_has_left_already_gets_no_mail_about_the_end(stage: FakeStage) -> None:
    stage.directory.put(leaving("2027-03-02"))
    stage.clock.go_on(4 * DAY)
    stage.make_round()
    stage.process_lead_response(R1)
    assert stage.mailer.recipients == [JOHN.email]
    assert stage.requests[R1].outcome_mailed


def test_who_leaves_is_not_shown_as_away_after_the_last_day(stage: FakeStage) -> None:
    stage.decide(stage.link(R1))
    start, end = a_day("2027-05-01"), a_day("2027-05-31")

    def away() -> list[tuple[str, object]]:
        _, absences = stage.read_leave.team(JANE_CALLS, start, end)
        return [(a.employee.employee_id, a.booking.period) for a in absences]

    stage.directory.put(leaving("2027-05-05"))
    assert away() == [("E002", a_period("2027-05-03", "2027-05-05"))]
    stage.directory.put(leaving("2027-04-30"))
    assert away() == []
