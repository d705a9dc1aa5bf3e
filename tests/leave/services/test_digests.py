"""One mail for all that waits for an approver, with what they need to know about each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leave.domain.approval import ApprovalPolicy
from leave.domain.secrets import Secret
from tests.leave.builders import (
    JOHN,
    JOHN_HIMSELF,
    NOW,
    a_booking,
    a_period,
    a_request,
    an_employee,
    an_id,
)
from tests.leave.fake_records import FakeRecords
from tests.leave.fakes import FakeDirectory
from tests.leave.services.stage import FakeStage

if TYPE_CHECKING:
    from leave.domain.views import Waiting

DAY = timedelta(days=1)
MANY = 31
POLICY = ApprovalPolicy(remind_after_days=2, escalate_after_days=5)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where John has a team of 31, all of whom have asked him."""
    stage = FakeStage(policy=POLICY)
    for number in range(MANY):
        ask(stage, number)
    return stage


def ask(stage: FakeStage, number: int, lead: Any = JOHN_HIMSELF) -> None:
    """Let somebody new ask for days in May, and their approver have the mail."""
    who = an_employee(f"E1{number:02}", name=f"Number {number}", lead_id=lead.employee_id)
    stage.directory.put(who)
    person = replace(JOHN_HIMSELF, employee_id=who.employee_id, name=who.name)
    request = a_request(an_id(number), employee=person, period=a_period("2027-05-03"))
    asked = request.ask(lead, task_token=token(number), at=NOW)
    stage.requests.put(asked.mark_lead_mailed())
    stage.workflow.start(asked.request_id, request_id=asked.request_id, inquiry=1)


def token(number: int) -> Secret:
    return Secret(f"token {number}")


def reminded(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> list[Waiting]:
    """Make a round, and return what is in its only reminder."""
    seen: list[Waiting] = []
    remind = stage.letters.remind_lead

    def remind_lead(lead: Any, waiting: Any, *, more: int) -> Any:
        seen.extend(waiting)
        return remind(lead, waiting, more=more)

    monkeypatch.setattr(stage.letters, "remind_lead", remind_lead)
    assert stage.make_round().done["reminders"] == 1
    return seen


def test_a_reminder_says_of_each_what_is_left_and_who_is_away(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.clock.go_on(2 * DAY)
    leave = a_booking("other", a_period("2027-05-03"), status="approved")
    stage.requests.write_ledgers([stage.requests.book("E103", 2027).with_booking(leave)])
    listed = reminded(stage, monkeypatch)
    assert len(listed) == MANY
    for waiting in listed:
        brief, owner = waiting.brief, waiting.request.employee.employee_id
        assert brief is not None
        own = owner == "E103"
        assert [(b.year, b.before, b.after) for b in brief.balances] == [
            (2027, 24 if own else 25, 23 if own else 24)
        ]
        assert [a.employee.employee_id for a in brief.colleagues] == ([] if own else ["E103"])
        assert [day.date for day in brief.days] == [a_period("2027-05-03").start]


def test_each_brief_is_the_one_that_the_first_mail_had(stage: FakeStage) -> None:
    requests = [stage.requests[an_id(number)] for number in range(MANY)]
    briefs = stage.briefing.several(requests)
    for request in requests:
        employee = stage.directory.employees[request.employee.employee_id]
        assert briefs[request.request_id] == stage.briefing(request, employee, stage.requests)


def test_what_a_digest_says_is_read_at_once(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many requests there are; a call is for up to a hundred records."""
    reads: list[str] = []
    read, team = FakeRecords.read, FakeDirectory.team

    def counted(records: Any, **keys: Any) -> Any:
        reads.append(f"read {sum(map(len, keys.values()))}")
        return read(records, **keys)

    def counted_team(directory: Any, lead_id: str) -> Any:
        reads.append(f"team of {lead_id}")
        return team(directory, lead_id)

    monkeypatch.setattr(FakeRecords, "read", counted)
    monkeypatch.setattr(FakeDirectory, "team", counted_team)
    requests = [stage.requests[an_id(number)] for number in range(MANY)]
    assert len(stage.briefing.several(requests)) == MANY
    assert reads[1] == f"team of {JOHN.employee_id}"
    assert [name for name in reads if name.startswith("team")] == reads[1:2]
    assert len(reads) <= 3, "the people with their accounts, the team, what else there is"


def test_who_is_not_in_the_directory_has_no_brief(stage: FakeStage) -> None:
    stage.directory.remove("E100")
    requests = [stage.requests[an_id(number)] for number in range(2)]
    assert set(stage.briefing.several(requests)) == {an_id(1)}
