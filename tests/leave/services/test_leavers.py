"""What is still sent about a request whose approver or employee is there no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from leave.domain.approval import ApprovalPolicy
from leave.domain.statuses import Status
from tests.leave.builders import JOHN, R1
from tests.leave.services.stage import FakeStage

DAY = timedelta(days=1)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where John has been asked, and is reminded after two days."""
    stage = FakeStage(policy=ApprovalPolicy(remind_after_days=2, escalate_after_days=5))
    stage.asked()
    return stage


def round_after(stage: FakeStage, days: int) -> dict[str, int]:
    """Make the round some days later, and return what was done."""
    stage.clock.go_on(days * DAY)
    return dict(stage.make_round().done)


def test_who_has_left_is_not_reminded_even_where_nobody_else_could_decide(
    stage: FakeStage,
) -> None:
    stage.directory.put(replace(JOHN, end_date=stage.clock.today() + DAY))
    assert round_after(stage, 2) == {"keep-waiting": 1, "remind": 1, "reminders": 0}
    assert stage.mailer.recipients == [JOHN.email], "the brief alone"
    assert stage.rounds.reminded(JOHN.employee_id) is None
    round_after(stage, 90)
    assert stage.requests[R1].status is Status.EXPIRED, "it does not wait for ever"


def test_the_last_day_is_like_any_other(stage: FakeStage) -> None:
    stage.directory.put(replace(JOHN, end_date=stage.clock.today() + 2 * DAY))
    assert round_after(stage, 2)["reminders"] == 1
