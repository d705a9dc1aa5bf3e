"""What is still sent about a request whose approver or employee is there no more."""

from datetime import timedelta

import pytest

from leave.domain.errors import UnknownEmployeeError
from leave.domain.history import Decision, Status
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from tests.leave.builders import JOHN
from tests.leave.services.stage import FakeStage

DAY = timedelta(days=1)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where John has been asked, and is reminded after two days."""
    stage = FakeStage(policy=ApprovalPolicy(remind_after_days=2, escalate_after_days=5))
    stage.asked()
    return stage


def sweep_after(stage: FakeStage, days: int) -> dict[str, int]:
    """Make the sweep some days later, and return what was done."""
    stage.clock.go_on(days * DAY)
    return dict(stage.make_sweep().done)


def test_who_has_left_is_not_reminded_even_where_nobody_else_could_decide(stage: FakeStage) -> None:
    stage.employ(JOHN, end=stage.clock.today() + DAY)
    assert sweep_after(stage, 2) == {"keep-waiting": 1, "remind": 1, "reminders": 0}
    assert stage.mailer.recipients == [JOHN.email], "the brief alone"
    assert stage.sweeps.reminded(JOHN.employee_id) is None
    sweep_after(stage, 90)
    assert stage.request.status is Status.EXPIRED, "it does not wait for ever"


def test_the_last_day_is_like_any_other(stage: FakeStage) -> None:
    stage.employ(JOHN, end=stage.clock.today() + 2 * DAY)
    assert sweep_after(stage, 2)["reminders"] == 1


def test_who_has_not_begun_is_reminded_from_the_first_day_on(stage: FakeStage) -> None:
    stage.employ(JOHN, stage.clock.today() + 3 * DAY)
    assert sweep_after(stage, 2)["reminders"] == 0
    assert sweep_after(stage, 1)["reminders"] == 1


# The employee


def test_nobody_is_reminded_of_what_can_not_be_approved(stage: FakeStage) -> None:
    stage.directory.remove("E002")
    assert "remind" not in sweep_after(stage, 3)
    assert stage.mailer.recipients == [JOHN.email], "the brief alone"


def test_what_an_unknown_employee_asked_for_can_be_denied_and_not_approved(
    stage: FakeStage,
) -> None:
    link = stage.link()
    stage.directory.remove("E002")
    before = stage.request
    with pytest.raises(UnknownEmployeeError):
        stage.decide(link)
    assert stage.request == before
    assert stage.booked() > 0
    assert stage.decide(link, "denied", "No").changed
    assert stage.request.status is Status.DENIED
    assert stage.booked() == 0
    stage.policy = replace(stage.policy, undo=timedelta(minutes=5))
    with pytest.raises(UnknownEmployeeError):
        stage.submit_lead_response.undo(link)
    assert stage.request.status is Status.DENIED


@pytest.mark.parametrize("decision", Decision)
def test_leave_that_an_unknown_employee_wants_cancelled_can_stay(
    stage: FakeStage, decision: Decision
) -> None:
    stage.decide(stage.link())
    stage.tell_employee()
    link = stage.cancelling()
    booked = stage.booked()
    stage.directory.remove("E002")
    if decision is Decision.APPROVED:
        with pytest.raises(UnknownEmployeeError):
            stage.decide(link)
    else:
        stage.decide(link, "denied", "Stay away")
    assert stage.request.status is Status.APPROVED
    assert stage.booked() == booked > 0
