"""What becomes of open and approved leave when the directory changes."""

from datetime import UTC, datetime, timedelta

import pytest

from leave.domain.employee import Employee, Employment
from leave.domain.errors import NotEmployedError, UnavailableError, UnknownEmployeeError
from leave.domain.history import Channel, Decision, EventType, Status
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from leave.services.directory_changes import DirectoryChanges, OrphanedLeave, orphaned_leave
from tests.leave.builders import JIM, JOHN, R1, a_day, a_period, employed
from tests.leave.hooks import raising
from tests.leave.services.stage import JANE_CALLS, OTHER_TOKEN, FakeStage, a_wish

DAY = timedelta(days=1)
CORRECTED = replace(JOHN, email="john.carpenter@foo.com")
WEEK = a_wish("2027-05-03", "2027-05-07")


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where Jim has asked for a week in May, and John has the mail."""
    stage = FakeStage(policy=ApprovalPolicy(remind_after_days=2, escalate_after_days=5))
    stage.asked(WEEK)
    return stage


@pytest.fixture
def approved(stage: FakeStage) -> FakeStage:
    """Return the stage where John has approved, and Jim was told."""
    stage.decide(stage.link())
    stage.tell_employee()
    return stage


def days_of(text: str) -> tuple[Employment, ...]:
    return tuple(map(Employment.parse, text.split("; ")))


def leaving(day: str) -> Employee:
    """Return Jim whose last day this is."""
    return replace(JIM, employments=employed(end=a_day(day)))


def changes_of(stage: FakeStage) -> DirectoryChanges:
    return DirectoryChanges(
        clock=stage.clock,
        begin=stage.begin,
        workflow=stage.workflow,
        rules=stage.rules,
        policy=stage.whole_policy,
    )


def done_after(stage: FakeStage, days: int) -> dict[str, int]:
    """Make the sweep some days later, and return what was done."""
    return dict(stage.make_sweep(days=days).done)


def cancel_all(stage: FakeStage) -> list[bool]:
    changes = changes_of(stage)
    found = changes.find(stage.directory.employees).outside
    return [changes.cancel(one, actor="user/hr") for one in found]


# Another mail address of the approver


def test_a_link_sent_to_an_old_address_shows_and_decides_nothing(stage: FakeStage) -> None:
    link = stage.link()
    stage.directory.put(CORRECTED)
    shown = stage.show(link)
    assert shown.hidden
    assert shown.decision_summary is None
    assert not stage.decide(link).changed
    assert stage.request.status is Status.PENDING


def test_the_sweep_asks_anew_at_the_new_address_once(stage: FakeStage) -> None:
    link = stage.link()
    stage.directory.put(CORRECTED)
    stage.make_sweep()
    stage.ask_lead(OTHER_TOKEN)
    assert stage.mailer.recipients == [JOHN.email, CORRECTED.email]
    assert stage.link() != link
    assert not stage.decide(link).changed
    assert dict(stage.make_sweep().done) == {"keep-waiting": 1, "reminders": 0}
    assert stage.decide(stage.link()).changed


def test_what_is_due_is_asked_at_the_new_address_and_its_approver_has_a_day() -> None:
    stage = FakeStage()
    stage.clock.moment = datetime(2027, 3, 4, 15, tzinfo=UTC)
    stage.asked(a_wish("2027-03-08"))
    stage.directory.put(CORRECTED)
    stage.clock.moment = datetime(2027, 3, 8, 7, tzinfo=UTC)
    stage.make_sweep()
    stage.ask_lead(OTHER_TOKEN)
    assert stage.mailer.recipients == [JOHN.email, CORRECTED.email]
    stage.clock.go_on(DAY)
    stage.make_sweep()
    assert stage.request.status is Status.PENDING
    stage.clock.go_on(DAY)
    stage.make_sweep()
    assert stage.request.status is Status.EXPIRED


def test_the_import_finds_what_was_mailed_to_another_address(stage: FakeStage) -> None:
    changes, people = changes_of(stage), stage.directory.employees
    assert changes.find(people).misdirected == ()
    stage.directory.put(CORRECTED)
    (found,) = changes.find(people).misdirected
    assert changes.reroute(found, actor="hr@foo.com")
    assert stage.request.link() is None
    assert "at another mail address" in stage.request.history[-1].comment


def test_case_makes_no_other_address(stage: FakeStage) -> None:
    stage.update(JOHN, email=JOHN.email.upper())
    assert stage.decide(stage.link()).changed


# The end of an employment


@pytest.mark.parametrize("last_day", ["2027-05-06", "2027-04-30"])
def test_leave_outside_the_employment_can_only_be_denied(stage: FakeStage, last_day: str) -> None:
    link = stage.link()
    stage.directory.put(leaving(last_day))
    with pytest.raises(NotEmployedError):
        stage.decide(link)
    assert stage.request.status is Status.PENDING
    assert stage.decide(link, "denied", "You leave us").changed


def test_leave_up_to_the_last_day_is_approved(stage: FakeStage) -> None:
    stage.directory.put(leaving("2027-05-07"))
    assert stage.decide(stage.link()).changed


def test_the_sweep_ends_a_question_about_leave_outside_the_employment(stage: FakeStage) -> None:
    stage.directory.put(leaving("2027-05-06"))
    stage.clock.go_on(4 * DAY)
    assert dict(stage.make_sweep().done) == {"end": 1, "tell": 1, "reminders": 0}
    request = stage.request
    assert request.status is Status.EXPIRED
    assert (request.history[-1].type, request.history[-1].channel) == (
        EventType.EXPIRED,
        Channel.IMPORT,
    )
    assert stage.booked() == 0
    stage.tell_employee()
    assert stage.mailer.recipients == [JOHN.email, JIM.email]


def test_who_has_left_already_gets_no_mail_about_the_end(stage: FakeStage) -> None:
    stage.directory.put(leaving("2027-03-02"))
    stage.clock.go_on(4 * DAY)
    stage.make_sweep()
    stage.tell_employee()
    assert stage.mailer.recipients == [JOHN.email]
    assert stage.request.outcome_mailed


def test_who_leaves_is_not_shown_as_away_after_the_last_day(stage: FakeStage) -> None:
    stage.decide(stage.link())
    start, end = a_day("2027-05-01"), a_day("2027-05-31")

    def away() -> list[tuple[str, object]]:
        _, absences = stage.read_leave.team(JANE_CALLS, start, end)
        return [(a.employee.employee_id, a.booking.period) for a in absences]

    stage.directory.put(leaving("2027-05-05"))
    assert away() == [("E002", a_period("2027-05-03", "2027-05-05"))]
    stage.directory.put(leaving("2027-04-30"))
    assert away() == []


def test_an_approver_is_reminded_to_cancel_leave_partly_outside(approved: FakeStage) -> None:
    approved.directory.put(leaving("2027-05-04"))
    approved.cancelling()
    approved.mailer.sent.clear()
    approved.clock.go_on(3 * DAY)
    assert approved.make_sweep().done["reminders"] == 1
    assert approved.mailer.recipients == [JOHN.email]


# Leave beyond the last day, at the import


def test_leave_outside_the_employment_is_found_wholly_or_partly(stage: FakeStage) -> None:
    changes, people = changes_of(stage), stage.directory.employees
    for last_day, expected in (
        ("2027-05-07", []),
        ("2027-05-06", [(R1, "pending", False)]),
        ("2027-04-30", [(R1, "pending", True)]),
    ):
        stage.directory.put(leaving(last_day))
        found = changes.find(people).outside
        assert [(f.request.request_id, f.status, f.wholly) for f in found] == expected


def test_approved_leave_outside_the_employment_is_found_until_it_is_over(stage: FakeStage) -> None:
    stage.decide(stage.link())
    stage.tell_employee()
    stage.directory.put(leaving("2027-04-30"))
    last_day = WEEK.period.end
    for day, expected in ((last_day, [R1]), (last_day + DAY, [])):
        stage.clock.go_on(day - stage.clock.today())
        found = changes_of(stage).find(stage.directory.employees).outside
        assert [one.request.request_id for one in found] == expected


@pytest.mark.parametrize("becomes", ["denied", "cancelled"])
def test_leave_that_an_open_answer_would_end_is_found(stage: FakeStage, becomes: str) -> None:
    if becomes == "cancelled":
        stage.decide(stage.link())
        stage.tell_employee()
        stage.cancelling()
    stage.policy = replace(stage.policy, undo=timedelta(minutes=10))
    stage.decide(stage.link(), "denied" if becomes == "denied" else "approved", "No")
    assert stage.request.status.value == becomes
    stage.directory.put(leaving("2027-04-30"))
    (found,) = changes_of(stage).find(stage.directory.employees).outside
    assert found.status is (Status.PENDING if becomes == "denied" else Status.APPROVED)
    if becomes == "cancelled":
        assert cancel_all(stage) == [True]
        event = stage.request.history[-1]
        assert (event.type, event.channel) == (EventType.CANCELLED, Channel.IMPORT)
        assert stage.booked() == 0
    stage.clock.go_on(timedelta(minutes=10))
    assert changes_of(stage).find(stage.directory.employees).outside == ()


def test_approved_leave_after_the_last_day_is_cancelled_and_told(approved: FakeStage) -> None:
    approved.directory.put(leaving("2027-04-30"))
    approved.mailer.sent.clear()
    assert cancel_all(approved) == [True]
    request = approved.request
    event = request.history[-1]
    assert (request.status, event.type, event.channel, event.actor) == (
        Status.CANCELLED,
        EventType.CANCELLED,
        Channel.IMPORT,
        "user/hr",
    )
    assert approved.booked() == 0
    assert request.execution_name in approved.workflow.executions
    approved.tell_employee()
    assert approved.mailer.recipients == [JIM.email, JOHN.email]
    assert cancel_all(approved) == []


def test_what_is_undecided_ends_and_its_execution_goes_on(stage: FakeStage) -> None:
    stage.directory.put(leaving("2027-04-30"))
    token = stage.request.task_token
    assert token is not None
    assert cancel_all(stage) == [True]
    request = stage.request
    assert (request.status, request.history[-1].channel) == (Status.EXPIRED, Channel.IMPORT)
    assert token.reveal() in stage.workflow.used
    assert stage.booked() == 0


def test_leave_that_was_to_be_cancelled_needs_no_answer(approved: FakeStage) -> None:
    link = approved.cancelling()
    approved.directory.put(leaving("2027-04-30"))
    assert cancel_all(approved) == [True]
    assert approved.request.status is Status.CANCELLED
    assert OTHER_TOKEN.reveal() in approved.workflow.used
    assert not approved.decide(link, "denied", "No").changed


def test_leave_partly_beyond_the_last_day_is_left_to_a_person(stage: FakeStage) -> None:
    stage.decide(stage.link())
    stage.directory.put(leaving("2027-05-04"))
    before = stage.request
    assert cancel_all(stage) == [False]
    assert stage.request == before
    assert stage.booked() == 5


def test_an_approval_that_can_still_be_taken_back_ends_as_undecided(stage: FakeStage) -> None:
    stage.policy = replace(stage.policy, undo=timedelta(minutes=10))
    stage.decide(stage.link())
    stage.directory.put(leaving("2027-04-30"))
    (found,) = changes_of(stage).find(stage.directory.employees).outside
    assert found.status is Status.PENDING
    assert cancel_all(stage) == [True]
    assert stage.request.status is Status.EXPIRED


def test_the_sweep_tells_what_the_import_could_not(approved: FakeStage) -> None:
    approved.directory.put(leaving("2027-04-30"))
    approved.workflow.hooks.before("start", raising(UnavailableError("down")))
    assert cancel_all(approved) == [True]
    name = approved.request.execution_name
    assert name not in approved.workflow.executions
    approved.clock.go_on(DAY)
    assert approved.make_sweep().done["tell"] == 1
    assert name in approved.workflow.executions


def test_who_is_asked_about_leave_that_ends_is_not_changed(stage: FakeStage) -> None:
    stage.update(leaving("2027-04-30"), lead_id="E003")
    found = changes_of(stage).find(stage.directory.employees)
    assert (len(found.outside), found.misdirected) == (1, ())


def test_leave_beyond_the_end_costs_nothing(stage: FakeStage) -> None:
    jim = replace(JIM, employments=days_of("2020-01-01/"))
    stage.directory.put(jim)
    stage.decide(stage.link())
    before = stage.balance()
    stage.update(jim, employments=days_of("2020-01-01/2027-04-30"))
    after = stage.balance()
    assert (before.available, before.approved) == (20, 5)
    assert (after.entitlement, after.available, after.approved) == (after.available, 8.5, 0)


# Days taken already


@pytest.mark.parametrize(
    ("changed", "days"),
    [
        ("2020-01-01/2027-05-07", []),
        ("2020-01-01/2027-05-05", ["2027-05-06"]),
        ("2027-05-05/", ["2027-05-03", "2027-05-04"]),
        ("2020-01-01/2027-05-07; 2027-06-01/", []),
        ("2027-06-01/", ["2027-05-03", "2027-05-04", "2027-05-05", "2027-05-06"]),
    ],
)
def test_days_taken_are_orphaned_by_an_employment_that_does_not_reach_them(
    stage: FakeStage, changed: str, days: list[str]
) -> None:
    stage.decide(stage.link())
    today = a_day("2027-05-07")
    old = replace(JIM, employments=days_of("2020-01-01/"))
    new = replace(old, employments=days_of(changed))
    found = list(orphaned_leave(stage.requests, [(old, new)], lambda _: today))
    expected = [OrphanedLeave(employee=new, days=tuple(map(a_day, days)), request_id=R1)] * bool(
        days
    )
    assert found == expected
    assert list(orphaned_leave(stage.requests, [(new, new)], lambda _: today)) == []


# What is still sent about a request whose approver or employee is there no more


def test_who_has_left_is_not_reminded_even_where_nobody_else_could_decide(stage: FakeStage) -> None:
    stage.employ(JOHN, end=stage.clock.today() + DAY)
    assert done_after(stage, 2) == {"keep-waiting": 1, "remind": 1, "reminders": 0}
    assert stage.mailer.recipients == [JOHN.email], "the brief alone"
    assert stage.sweeps.reminded(JOHN.employee_id) is None
    done_after(stage, 90)
    assert stage.request.status is Status.EXPIRED, "it does not wait for ever"


def test_the_last_day_is_like_any_other(stage: FakeStage) -> None:
    stage.employ(JOHN, end=stage.clock.today() + 2 * DAY)
    assert done_after(stage, 2)["reminders"] == 1


def test_who_has_not_begun_is_reminded_from_the_first_day_on(stage: FakeStage) -> None:
    stage.employ(JOHN, stage.clock.today() + 3 * DAY)
    assert done_after(stage, 2)["reminders"] == 0
    assert done_after(stage, 1)["reminders"] == 1


def test_nobody_is_reminded_of_what_can_not_be_approved(stage: FakeStage) -> None:
    stage.directory.remove("E002")
    assert "remind" not in done_after(stage, 3)
    assert stage.mailer.recipients == [JOHN.email], "the brief alone"


def test_leave_of_an_unknown_employee_can_only_be_denied(stage: FakeStage) -> None:
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
def test_leave_of_an_unknown_employee_stays_booked(approved: FakeStage, decision: Decision) -> None:
    link = approved.cancelling()
    booked = approved.booked()
    approved.directory.remove("E002")
    if decision is Decision.APPROVED:
        with pytest.raises(UnknownEmployeeError):
            approved.decide(link)
    else:
        approved.decide(link, "denied", "Stay away")
    assert approved.request.status is Status.APPROVED
    assert approved.booked() == booked > 0
