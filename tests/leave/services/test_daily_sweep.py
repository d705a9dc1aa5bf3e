"""The daily sweep: what becomes of each open request, and of those who have to answer."""

from datetime import timedelta
from typing import Any

import pytest

from leave.domain import errors
from leave.domain.history import Channel, EventType, Question, Status
from leave.domain.request import ApprovalPolicy, LeaveRequest
from leave.domain.values import replace
from leave.services.daily_sweep import LEASE
from leave.services.passing_on import LISTED
from leave.services.ports import Sweep
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    JOHN_HIMSELF,
    NOW,
    R1,
    R2,
    R3,
    TASK_TOKEN,
    TODAY,
    a_booking,
    a_cancellation,
    a_decided_request,
    a_period,
    a_request,
    an_asked_request,
    an_employee,
    an_id,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import OTHER_TOKEN, TOKEN, FakeStage

DAY = timedelta(days=1)
BOSS = an_employee("E008", name="Ada Boss", email="ada@foo.com", lead_id=None)
IN_MAY = {"period": a_period("2027-05-03")}


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where John has two days to answer before he is reminded, and five in all."""
    return FakeStage(policy=ApprovalPolicy(remind_after_days=2, escalate_after_days=5))


@pytest.fixture
def waiting(stage: FakeStage) -> FakeStage:
    """Return a stage where Jim has asked and John has the mail."""
    stage.asked()
    return stage


def after(stage: FakeStage, *, days: int) -> dict[str, int]:
    """Make the sweep some days later, and return what was done."""
    stage.clock.go_on(days * DAY)
    report = stage.make_sweep()
    assert report.finished
    return dict(report.done)


def digests(stage: FakeStage) -> list[tuple[str, str]]:
    return [(mail.to, mail.text) for mail in stage.mailer.sent if mail.subject == "Waiting"]


# Reminders


def test_an_approver_is_reminded_after_two_working_days(waiting: FakeStage) -> None:
    assert after(waiting, days=1) == {"keep-waiting": 1, "reminders": 0}
    assert after(waiting, days=1) == {"keep-waiting": 1, "remind": 1, "reminders": 1}
    assert digests(waiting) == [(JOHN.email, f"{R1}:2 +0")]


def test_nobody_is_reminded_on_a_free_day(stage: FakeStage) -> None:
    stage.update(JOHN, working_time=an_employee(week="Mon-Thu").working_time)
    stage.asked()
    assert after(stage, days=4)["keep-waiting"] == 1
    assert digests(stage) == [], "Friday is free"
    after(stage, days=3)
    assert digests(stage) == [(JOHN.email, f"{R1}:4 +0")], "the next Monday"


@pytest.mark.parametrize(("calendar", "days"), [("XX", 3), ("a calendar that is not known", 2)])
def test_holidays_of_the_approver_are_not_counted(
    stage: FakeStage, calendar: str, days: int
) -> None:
    stage.holidays.tables["XX"] = {TODAY + DAY: "A holiday"}
    stage.update(JOHN, holidays=calendar)
    stage.asked()
    assert "remind" not in after(stage, days=days - 1)
    assert after(stage, days=1)["remind"] == 1


def test_one_digest_a_day_and_approver_however_often_the_sweep_is_made(stage: FakeStage) -> None:
    for number in range(1, 4):
        stage.requests.put(an_asked_request(an_id(number), period=a_period(f"2027-05-0{number}")))
    for days in (2, 0, 0, 1, 0):
        after(stage, days=days)
    lines = [" ".join(f"{an_id(n)}:{days}" for n in (1, 2, 3)) + " +0" for days in (2, 3)]
    assert digests(stage) == [(JOHN.email, lines[0]), (JOHN.email, lines[1])]


def person(employee_id: str) -> Any:
    return replace(JOHN_HIMSELF, employee_id=employee_id)


def test_each_approver_gets_a_digest_of_their_own(stage: FakeStage) -> None:
    stage.update(JIM, lead_id="E003")
    stage.asked()
    stage.requests.put(an_asked_request(R2, employee=person("E003")))
    after(stage, days=2)
    assert digests(stage) == [(JOHN.email, f"{R2}:2 +0"), (JANE.email, f"{R1}:2 +0")]


def test_a_digest_lists_some_and_counts_the_others(stage: FakeStage) -> None:
    for number in range(1, LISTED + 4):
        stage.requests.stored[an_id(number)] = an_asked_request(an_id(number), **IN_MAY)
    after(stage, days=2)
    ((_, text),) = digests(stage)
    assert text.count(":2") == LISTED
    assert text.endswith("+3")


def test_a_digest_counts_what_waits_and_is_not_due_yet(stage: FakeStage) -> None:
    """Two have waited for two days, three since today: five wait."""
    for number in range(1, 6):
        at = NOW if number < 3 else NOW + 2 * DAY
        request = an_asked_request(an_id(number), **IN_MAY).mark_lead_mailed(at=at)
        stage.requests.stored[an_id(number)] = request
    after(stage, days=2)
    assert digests(stage) == [(JOHN.email, f"{an_id(1)}:2 {an_id(2)}:2 +3")]


def test_no_digest_counts_what_waits_for_somebody_else_or_for_nobody(waiting: FakeStage) -> None:
    """Nothing can be approved for who is not in the directory, and one is on its way to John."""
    waiting.requests.put(an_asked_request(R2, employee=person("E404"), period=a_period()))
    unmailed = a_request(R3, period=a_period("2027-05-06"))
    later = NOW + 2 * DAY
    waiting.requests.put(unmailed.ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=later))
    after(waiting, days=2)
    assert digests(waiting) == [(JOHN.email, f"{R1}:2 +0")]


@pytest.mark.parametrize(
    ("error", "sent_later"),
    [
        (errors.MailUnavailableError("down"), 1),
        (errors.MailCredentialsError("invalid_grant"), 1),
        (errors.MailOutcomeUnknownError("it may be out"), 0),
    ],
)
def test_a_reminder_that_was_not_sent_is_sent_by_the_next_sweep(
    waiting: FakeStage, error: errors.MailError, sent_later: int
) -> None:
    waiting.mailer.fail_with(error)
    after(waiting, days=2)
    assert digests(waiting) == []
    assert after(waiting, days=0)["reminders"] == len(digests(waiting)) == sent_later
    rejected = isinstance(error, errors.MailCredentialsError)
    assert ("CredentialsRejected" in waiting.metrics.names) is rejected


# Escalation, leave, expiry


@pytest.fixture
def led(waiting: FakeStage) -> FakeStage:
    """Return the stage where Jim has asked, and John has a lead of his own."""
    waiting.update(JOHN, lead_id="E008")
    waiting.directory.put(BOSS)
    return waiting


def test_who_does_not_answer_is_passed_over_and_told_so(led: FakeStage) -> None:
    johns = led.link()
    assert after(led, days=7) == {"escalate": 1, "keep-waiting": 1, "reminders": 0}
    event = led.request.history[-1]
    assert (event.type, event.channel) == (EventType.ESCALATED, Channel.SYSTEM)
    assert event.comment == "no answer in 5 working days"
    assert led.workflow.failures == [(TOKEN.reveal(), "RequestChanged", "the daily sweep")]
    led.ask_lead(OTHER_TOKEN)
    assert led.mailer.recipients == [JOHN.email, BOSS.email, JOHN.email]
    assert not led.decide(johns).changed
    assert led.decide(led.link()).changed


def test_the_next_one_has_as_many_days_of_their_own(led: FakeStage) -> None:
    led.fallback_approver = "E003"
    after(led, days=7)
    led.ask_lead(OTHER_TOKEN)
    assert "escalate" not in after(led, days=6)
    assert after(led, days=1)["escalate"] == 1


def test_the_only_approver_is_reminded_every_working_day(waiting: FakeStage) -> None:
    for _ in range(14):
        assert "escalate" not in after(waiting, days=1)
    assert len(digests(waiting)) == 9


def test_when_the_leave_of_an_approver_begins_somebody_else_is_asked(waiting: FakeStage) -> None:
    waiting.update(JOHN, substitute_id="E003")
    ledger = waiting.requests.book("E001", 2027)
    leave = a_booking("johns", a_period("2027-03-03", "2027-03-09"), status="approved")
    waiting.requests.write_ledgers([ledger.with_booking(leave)])
    assert after(waiting, days=1) == {"keep-waiting": 1, "reminders": 0}
    assert after(waiting, days=1) == {"reroute": 1, "keep-waiting": 1, "reminders": 0}
    waiting.ask_lead(OTHER_TOKEN)
    assert waiting.mailer.recipients == [JOHN.email, JANE.email, JOHN.email]
    after(waiting, days=7)
    assert waiting.request.approver == person_of(JANE), "she keeps it"


def person_of(employee: Any) -> Any:
    return replace(JOHN_HIMSELF, employee_id=employee.employee_id, name=employee.name)


def test_what_nobody_answered_before_its_first_day_expires(waiting: FakeStage) -> None:
    waiting.clock.go_on(a_period().start - TODAY)
    done = dict(waiting.make_sweep().done)
    assert done == {"expire": 1, "tell": 1, "reminders": 0}
    request = waiting.request
    assert request.status is Status.EXPIRED
    assert request.history[-1].channel is Channel.SYSTEM
    assert waiting.workflow.answers == [(TOKEN.reveal(), R1, "expired")]
    assert waiting.booked() == 0
    waiting.tell_employee()
    assert waiting.mailer.recipients == [JOHN.email, JIM.email]


def test_leave_of_the_same_day_has_the_next_day_to_be_answered(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request(period=a_period(str(TODAY))))
    assert "expire" not in after(stage, days=0)
    assert "expire" not in after(stage, days=1)
    assert after(stage, days=1)["expire"] == 1


def test_a_wish_to_cancel_that_nobody_answered_leaves_the_leave(stage: FakeStage) -> None:
    stage.requests.put(a_cancellation(period=a_period(str(TODAY + 7 * DAY))))
    assert "expire" not in after(stage, days=7)
    assert after(stage, days=1)["expire"] == 1
    request = stage.request
    assert (request.status, request.question) == (Status.APPROVED, None)
    assert request.history[-1].type is EventType.CANCELLATION_EXPIRED


def test_an_answer_that_is_faster_than_the_expiry_stands(waiting: FakeStage) -> None:
    waiting.clock.go_on(a_period().start - TODAY)
    link = waiting.link()
    waiting.requests.hooks.before("replace", lambda: waiting.decide(link))
    report = waiting.make_sweep()
    assert report.finished
    assert "failures" not in report.done
    assert waiting.request.status is Status.APPROVED


# What was lost on the way


def test_a_workflow_that_was_never_started_is_started(stage: FakeStage) -> None:
    stage.workflow.hooks.before("start", raising(errors.UnavailableError("StartExecution")))
    with pytest.raises(errors.UnavailableError):
        stage.asked()
    assert stage.workflow.executions == {}
    after(stage, days=0)
    assert stage.workflow.executions == {R1: (R1, 1)}


def test_a_workflow_that_ended_over_an_open_question_gets_a_successor(waiting: FakeStage) -> None:
    waiting.workflow.ended.add(R1)
    after(waiting, days=1)
    after(waiting, days=0)
    assert waiting.workflow.executions == {R1: (R1, 1), f"{R1}.1": (R1, 1)}
    waiting.workflow.ended.add(f"{R1}.1")
    after(waiting, days=1)
    assert f"{R1}.2" in waiting.workflow.executions
    link = waiting.link()
    waiting.ask_lead(OTHER_TOKEN)
    waiting.decide(link)
    assert waiting.workflow.answers == [(OTHER_TOKEN.reveal(), R1, "approved")]
    asked = [mail for mail in waiting.mailer.sent if link in mail.text]
    assert len(asked) == 1, "the approver has the mail"


def test_the_workflow_of_a_cancellation_is_restarted_under_its_own_name(stage: FakeStage) -> None:
    stage.requests.put(a_cancellation())
    stage.workflow.ended.add(f"{R1}-2")
    after(stage, days=1)
    assert stage.workflow.executions == {f"{R1}-2.1": (R1, 2)}


def test_an_answer_that_did_not_get_through_gets_through(waiting: FakeStage) -> None:
    waiting.workflow.hooks.before("answer", raising(errors.UnavailableError("SendTaskSuccess")))
    waiting.decide(waiting.link())
    assert after(waiting, days=1) == {"tell": 1, "reminders": 0}
    assert waiting.workflow.answers == [(TOKEN.reveal(), R1, "approved")]


def test_an_outcome_whose_workflow_has_ended_is_told_by_a_new_one(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    stage.workflow.used.add(TASK_TOKEN.reveal())
    stage.workflow.ended.add(R1)
    after(stage, days=1)
    assert stage.workflow.executions == {f"{R1}.1": (R1, 1)}
    stage.ask_lead(OTHER_TOKEN)
    assert stage.workflow.answers == [(OTHER_TOKEN.reveal(), R1, "approved")]


def test_an_outcome_that_is_being_told_is_left_to_its_workflow(stage: FakeStage) -> None:
    stage.policy = replace(stage.policy, undo=timedelta(minutes=5))
    stage.requests.put(a_decided_request())
    stage.clock.go_on(timedelta(minutes=20))
    assert stage.make_sweep().done == {"reminders": 0}
    stage.clock.go_on(timedelta(seconds=1))
    assert stage.make_sweep().done == {"tell": 1, "reminders": 0}


def test_a_change_whose_workflow_was_not_woken_is_asked_about(waiting: FakeStage) -> None:
    waiting.workflow.hooks.before("fail", raising(errors.UnavailableError("SendTaskFailure")))
    waiting.requests.put(
        changed := waiting.request.change(
            a_request(**IN_MAY).plan, actor=JIM.email, at=waiting.clock.now()
        )
    )
    assert changed.link_secret is None
    assert after(waiting, days=1)["failures"] == 1
    assert after(waiting, days=0)["ask-again"] == 1
    assert waiting.workflow.failures == [(TOKEN.reveal(), "RequestChanged", "the daily sweep")]


def test_a_withdrawal_that_was_lost_is_told(waiting: FakeStage) -> None:
    waiting.workflow.hooks.before("answer", raising(errors.UnavailableError("SendTaskSuccess")))
    waiting.withdraw()
    assert after(waiting, days=1)["tell"] == 1
    assert waiting.workflow.answers == [(TOKEN.reveal(), R1, "withdrawn")]


def test_what_everybody_knows_is_none_of_the_sweeps_business(stage: FakeStage) -> None:
    stage.approved()
    assert after(stage, days=9) == {}
    assert stage.request.question is None


def test_what_an_unknown_employee_asked_for_expires_too(stage: FakeStage) -> None:
    """It would fail each day for ever, and take days that nobody can give back."""
    stage.requests.put(an_asked_request(period=a_period(str(TODAY + DAY))))
    stage.requests.put(an_asked_request(R2, employee=person("E003"), period=a_period("2027-03-02")))
    stage.directory.remove("E002")
    done = after(stage, days=2)
    assert (done["expire"], done["tell"], done.get("failures")) == (2, 2, None)
    assert {stage.requests[one].status for one in (R1, R2)} == {Status.EXPIRED}


@pytest.mark.parametrize("call", ["get", "replace", "ledgers"])
def test_trouble_with_one_request_is_left_to_the_next_sweep(stage: FakeStage, call: str) -> None:
    for request_id, day in ((R1, "2027-03-02"), (R2, "2027-03-03")):
        stage.requests.put(an_asked_request(request_id, period=a_period(day)))
    stage.clock.go_on(2 * DAY)
    stage.requests.hooks.before(call, raising(errors.UnavailableError("DynamoDB")))
    stage.make_sweep()
    stage.make_sweep()
    assert {r.status for r in stage.requests.stored.values()} == {Status.EXPIRED}


# The sweep itself


def test_a_sweep_is_due_once_a_day(waiting: FakeStage) -> None:
    assert waiting.make_sweep(only_if_due=True).requests == 1
    again = waiting.make_sweep(only_if_due=True)
    assert (again.finished, again.requests) == (True, 0)
    assert waiting.make_sweep().requests == 1, "by hand it is always made"
    waiting.clock.go_on(DAY)
    assert waiting.make_sweep(only_if_due=True).requests == 1


def test_a_finished_sweep_is_reported_with_the_longest_wait(waiting: FakeStage) -> None:
    waiting.requests.put(an_asked_request(R2, period=a_period("2027-06-01")))
    after(waiting, days=3)
    assert waiting.metrics.told[-1] == ("OldestUndecidedDays", 3)
    waiting.decide(waiting.link())
    waiting.decide(waiting.link(R2))
    after(waiting, days=0)
    assert waiting.metrics.told[-1] == ("OldestUndecidedDays", 0)


def test_an_empty_stage_has_its_sweep_too(stage: FakeStage) -> None:
    report = stage.make_sweep(only_if_due=True)
    assert (report.finished, report.requests, dict(report.done)) == (True, 0, {})
    assert stage.metrics.names == ["OldestUndecidedDays"]


def test_a_sweep_that_another_worker_makes_is_left_alone(waiting: FakeStage) -> None:
    waiting.sweeps.stored = Sweep(day=TODAY, leased_until=NOW + LEASE, version=1)
    assert not waiting.make_sweep(only_if_due=True).finished
    assert waiting.sweeps.stored.version == 1
    waiting.clock.go_on(LEASE)
    assert waiting.make_sweep(only_if_due=True).finished


def test_a_sweep_of_yesterday_is_finished_before_that_of_today(waiting: FakeStage) -> None:
    waiting.sweeps.stored = Sweep(day=TODAY, leased_until=NOW, version=1)
    waiting.clock.go_on(DAY)
    assert [waiting.make_sweep(only_if_due=True).requests for _ in range(3)] == [1, 1, 0]
    assert waiting.sweeps.stored.day == TODAY + DAY


def test_a_second_sweep_straight_after_does_nothing_new(stage: FakeStage) -> None:
    stage.update(JOHN, lead_id="E008")
    stage.directory.put(BOSS)
    for number, request in enumerate(one_of_each(), start=1):
        stage.requests.put(replace(request, request_id=an_id(number)))
    stage.workflow.ended |= {an_id(1), an_id(4)}
    stage.workflow.run_out_of_time(TASK_TOKEN)
    stage.clock.go_on(8 * DAY)
    stage.make_sweep()
    before = everything(stage)
    stage.make_sweep()
    assert everything(stage) == before


def one_of_each() -> list[LeaveRequest]:
    def on(day: int) -> dict[str, Any]:
        return {"period": a_period(f"2027-05-{day:02}")}

    # Asked for so lately that the workflow, which is told to ask again, has had no time to.
    lately = replace(a_request().history[0], at=NOW + 8 * DAY - timedelta(hours=1))
    return [
        an_asked_request(**on(3)),
        a_request(**on(4)),
        a_request(**on(5), history=(lately,)).ask(JOHN_HIMSELF, task_token=OTHER_TOKEN, at=NOW),
        a_decided_request(**on(6)),
        a_cancellation(**on(7)),
        an_asked_request(period=a_period("2027-03-02")),
        an_asked_request(**on(10)).reroute(actor="", why="", at=NOW),
        an_asked_request(**on(11)).withdraw(actor="", at=NOW),
    ]


def everything(stage: FakeStage) -> tuple[Any, ...]:
    return (
        dict(stage.requests.stored),
        dict(stage.requests.books),
        dict(stage.workflow.executions),
        [*stage.workflow.answers, *stage.workflow.failures],
        stage.mailer.recipients,
    )


# Executions that run and get nowhere, or have ended


@pytest.fixture
def running() -> FakeStage:
    """Return a stage on which an execution runs."""
    stage = FakeStage()
    stage.workflow.start(R1, request_id=R1, inquiry=1)
    return stage


def test_a_workflow_that_waits_with_a_lost_token_gets_a_successor(running: FakeStage) -> None:
    """It runs, so it is left alone for a day; and its successor for two."""
    unheard = replace(a_decided_request(), task_token=TOKEN)
    running.requests.put(unheard)
    running.workflow.used.add(TOKEN.reveal())
    started: list[list[str]] = []
    for _ in range(4):
        running.clock.go_on(DAY - timedelta(seconds=1))
        running.make_sweep()
        running.make_sweep()
        running.clock.go_on(timedelta(seconds=2))
        running.make_sweep()
        running.make_sweep()
        started.append([name.removeprefix(R1) for name in running.workflow.executions])
    assert started == [["", ".1"], ["", ".1"], ["", ".1", ".2"], ["", ".1", ".2"]]


def test_a_lead_who_was_never_asked_is_asked_by_a_successor(running: FakeStage) -> None:
    running.requests.put(a_request())
    running.clock.go_on(DAY)
    running.make_sweep()
    assert f"{R1}.1" not in running.workflow.executions
    running.clock.go_on(timedelta(seconds=1))
    running.make_sweep()
    assert f"{R1}.1" in running.workflow.executions


def test_names_that_are_used_up_are_passed_over_in_one_sweep(running: FakeStage) -> None:
    """A table that was restored knows nothing of the executions that came after that moment."""
    running.requests.put(an_asked_request())
    running.workflow.ended |= {R1, f"{R1}.1", f"{R1}.2"}
    running.clock.go_on(DAY)
    running.make_sweep()
    assert list(running.workflow.executions) == [R1, f"{R1}.3"]
    assert running.request.execution_name == f"{R1}.3"


def test_very_many_used_names_are_passed_over_sweep_by_sweep(running: FakeStage) -> None:
    running.requests.put(an_asked_request())
    running.workflow.ended |= {R1, *(f"{R1}.{number}" for number in range(1, 13))}
    tried: list[str] = []
    for _ in range(2):
        running.clock.go_on(DAY)
        running.make_sweep()
        tried.append(running.request.execution_name)
    assert tried == [f"{R1}.10", f"{R1}.13"]
    assert f"{R1}.13" in running.workflow.executions


def test_a_cancellation_whose_name_is_used_up_is_asked_about(running: FakeStage) -> None:
    """Starting it again looks like a success, as AWS answers that there was such an execution."""
    running.requests.put(replace(a_decided_request(), outcome_mailed=True))
    running.workflow.ended |= {f"{R1}-2", f"{R1}-2.1"}
    asked = running.withdraw().request
    assert asked.question is Question.CANCELLATION
    running.clock.go_on(DAY)
    running.make_sweep()
    assert running.workflow.executions[f"{R1}-2.2"] == (R1, 2)
    running.ask_lead(inquiry=2)
    assert running.mailer.recipients == ["john@foo.com"]
