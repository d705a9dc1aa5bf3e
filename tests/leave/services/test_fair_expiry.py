"""How long a question stays open: the approver has a whole working day, whenever it was asked."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.errors import NotDecidedError
from leave.domain.history import EventType, Person, Question, Status
from leave.domain.values import Secret, replace
from leave.services.leave_policy import LeaveRequestInput
from tests.leave.builders import JANE, JOHN, R1, TODAY, a_period, an_employee
from tests.leave.services.stage import OTHER_TOKEN, FakeStage

DAY = timedelta(days=1)
THIRD_TOKEN = Secret("a third token")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2027, 3, day) for day in (8, 9, 10, 11))


def sweep(stage: FakeStage, day: date) -> None:
    """Make the sweep at seven in the morning of a day."""
    stage.clock.moment = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    stage.make_sweep()


def asking(stage: FakeStage, at: datetime, first: date) -> None:
    stage.clock.moment = at
    stage.asked(LeaveRequestInput(period=a_period(str(first)), leave_type="annual"))


@pytest.mark.parametrize(
    ("asked_at", "expires"),
    [
        (datetime(2027, 3, 4, 17, tzinfo=UTC), MONDAY),  # Thursday: Friday is there to answer
        (datetime(2027, 3, 5, 17, tzinfo=UTC), TUESDAY),
        (datetime(2027, 3, 7, 12, tzinfo=UTC), TUESDAY),
        (datetime(2027, 3, 8, 6, 30, tzinfo=UTC), WEDNESDAY),
    ],
)
def test_leave_for_monday_is_open_for_a_whole_working_day_after_the_day_it_was_asked(
    asked_at: datetime, expires: date
) -> None:
    stage = FakeStage()
    asking(stage, asked_at, MONDAY)
    for day in (d for d in (MONDAY, TUESDAY, WEDNESDAY) if d < expires and d >= asked_at.date()):
        sweep(stage, day)
        assert stage.request.status is Status.PENDING
    sweep(stage, expires)
    assert stage.request.status is Status.EXPIRED


def test_who_works_on_thursdays_has_until_the_end_of_thursday() -> None:
    stage = FakeStage()
    stage.update(JOHN, working_time=an_employee(week="Thu").working_time)
    asking(stage, datetime(2027, 3, 5, 17, tzinfo=UTC), MONDAY)
    sweep(stage, THURSDAY)
    assert stage.request.status is Status.PENDING
    sweep(stage, THURSDAY + DAY)
    assert stage.request.status is Status.EXPIRED


def test_who_is_asked_in_the_place_of_another_has_a_day_too() -> None:
    stage = FakeStage()
    asking(stage, datetime(2027, 3, 2, 9, tzinfo=UTC), WEDNESDAY)
    stage.clock.moment = datetime(2027, 3, 9, 9, tzinfo=UTC)
    request = stage.request
    assert request.task_token is not None
    stage.update(stage.directory.employees["E002"], lead_id=JANE.employee_id)
    stage.requests.put(request.reroute(actor="hr", why="", at=stage.clock.now()))
    stage.ask_lead(request.task_token)
    sweep(stage, WEDNESDAY)
    assert stage.request.status is Status.PENDING
    sweep(stage, THURSDAY)
    assert stage.request.status is Status.EXPIRED


def test_who_was_not_asked_yet_when_the_leave_begins_is_asked_first_and_has_a_day() -> None:
    """An import has closed the link, and the execution that should have asked is lost."""
    stage = FakeStage()
    asking(stage, datetime(2027, 3, 2, 9, tzinfo=UTC), WEDNESDAY)
    stage.update(stage.directory.employees["E002"], lead_id=JANE.employee_id)
    closed = stage.request.reroute(actor="hr", why="", at=stage.clock.now())
    stage.requests.put(closed)
    stage.workflow.used.add(f"token of {R1}")
    stage.workflow.end(R1)
    sweep(stage, WEDNESDAY)
    assert stage.request.status is Status.PENDING
    assert f"{R1}.1" in stage.workflow.executions
    stage.ask_lead(OTHER_TOKEN)
    assert stage.mailer.recipients[1:2] == [JANE.email]
    sweep(stage, THURSDAY)
    assert stage.request.status is Status.PENDING, "she was asked on Wednesday"
    sweep(stage, THURSDAY + DAY)
    assert stage.request.status is Status.EXPIRED


@pytest.mark.parametrize("has_link", [True, False])
def test_what_nobody_was_mailed_about_is_asked_anew_when_its_execution_times_out(
    has_link: bool,  # noqa: FBT001 - a table
) -> None:
    """An import has closed the link, and the execution was not reached, or died while asking."""
    stage = FakeStage()
    asking(stage, datetime(2027, 3, 2, 9, tzinfo=UTC), WEDNESDAY)
    request = stage.request.reroute(actor="hr", why="", at=stage.clock.now())
    if has_link:
        request = request.ask(Person.of(JOHN), task_token=OTHER_TOKEN, at=stage.clock.now())
    stage.requests.put(request)
    with pytest.raises(NotDecidedError):
        stage.expire()
    assert stage.request == request
    stage.ask_lead(THIRD_TOKEN)
    assert stage.request.lead_mailed
    assert stage.expire() == "expired"


def test_a_question_whose_mail_never_left_does_not_expire_in_a_sweep() -> None:
    stage = FakeStage()
    asking(stage, datetime(2027, 3, 2, 9, tzinfo=UTC), WEDNESDAY)
    asked = stage.request.reroute(actor="hr", why="", at=stage.clock.now())
    asked = asked.ask(Person.of(JOHN), task_token=OTHER_TOKEN, at=stage.clock.now())
    stage.requests.put(asked.mark_unsent())
    sweep(stage, THURSDAY)
    assert stage.request.status is Status.PENDING
    assert stage.workflow.failures[-1][0] == OTHER_TOKEN.reveal(), "it is asked anew"
    stage.ask_lead(THIRD_TOKEN)
    sweep(stage, THURSDAY + DAY)
    assert stage.request.status is Status.PENDING, "John was mailed on Thursday"


def test_who_can_not_be_asked_is_not_waited_for_for_ever() -> None:
    stage = FakeStage()
    asking(stage, datetime(2027, 3, 2, 9, tzinfo=UTC), WEDNESDAY)
    closed = stage.request.reroute(actor="hr", why="", at=stage.clock.now())
    stage.requests.put(closed)
    for days in range(15):
        sweep(stage, WEDNESDAY + days * DAY)
        assert stage.request.status is Status.PENDING
    sweep(stage, WEDNESDAY + 15 * DAY)
    assert stage.request.status is Status.EXPIRED


def test_a_wish_to_cancel_leave_that_is_over_lives_as_long_each_time() -> None:
    stage = FakeStage()
    stage.approved(LeaveRequestInput(period=a_period("2027-03-02"), leave_type="annual"))
    for asked_on in (MONDAY, MONDAY + 7 * DAY):
        stage.clock.moment = datetime(2027, 3, asked_on.day, 9, tzinfo=UTC)
        stage.cancelling()
        sweep(stage, asked_on + DAY)
        assert stage.request.question is Question.CANCELLATION
        sweep(stage, asked_on + 2 * DAY)
        assert stage.request.history[-1].type is EventType.CANCELLATION_EXPIRED
        stage.tell_employee(inquiry=stage.request.inquiry)


WEEKS = st.sampled_from(["Mon-Fri", "Mon-Sun", "Tue", "Sat Sun", "Mon-Thu Fri:0.5"])


@given(WEEKS, st.integers(0, 13), st.integers(0, 10))
def test_any_approver_has_a_whole_working_day_and_nothing_is_open_for_ever(
    week: str, asked_after: int, begins_after: int
) -> None:
    stage = FakeStage()
    stage.update(JOHN, working_time=an_employee(week=week).working_time)
    asked_on = TODAY + asked_after * DAY
    first = asked_on + begins_after * DAY
    stage.directory.put(
        replace(
            stage.directory.employees["E002"], working_time=an_employee(week="Mon-Sun").working_time
        )
    )
    asking(stage, datetime(2027, 3, asked_on.day, 17, tzinfo=UTC), first)
    day = asked_on
    while stage.request.status is Status.PENDING:
        day += DAY
        sweep(stage, day)
    works = JOHN_WORKS[week]
    had = [asked_on + n * DAY for n in range(1, (day - asked_on).days)]
    assert any(d.weekday() in works for d in had)
    assert day >= first
    expected = next(d for d in had if d.weekday() in works) + DAY
    assert day == max(first, expected)


JOHN_WORKS = {
    "Mon-Fri": range(5),
    "Mon-Sun": range(7),
    "Tue": (1,),
    "Sat Sun": (5, 6),
    "Mon-Thu Fri:0.5": range(5),
}
