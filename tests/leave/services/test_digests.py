"""One mail for all that waits for an approver, with what they need to know about each."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from leave.domain import errors
from leave.domain.accounts import Balance
from leave.domain.employee import Employee
from leave.domain.policy import CarryOver, Rules
from leave.domain.request import ApprovalPolicy
from leave.domain.values import Secret, replace
from leave.domain.views import AdjustedAccount, Mail, PendingItem
from leave.services.daily_sweep import PAGE
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    JOHN_HIMSELF,
    NOW,
    a_booking,
    a_day,
    a_period,
    a_request,
    an_employee,
    an_id,
)
from tests.leave.fake_records import FakeRecords
from tests.leave.fakes import FakeDirectory
from tests.leave.hooks import nothing, raising
from tests.leave.services.stage import FakeStage
from tests.leave.services.test_interrupted_sweeps import KilledError, kill

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


def reminded(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> list[PendingItem]:
    """Make a sweep, and return what is in its only reminder."""
    seen: list[PendingItem] = []
    remind = stage.emails.reminder

    def reminder(lead: Any, waiting: Any, *, more: int) -> Any:
        seen.extend(waiting)
        return remind(lead, waiting, more=more)

    monkeypatch.setattr(stage.emails, "reminder", reminder)
    assert stage.make_sweep().done["reminders"] == 1
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
        brief, owner = waiting.decision_summary, waiting.request.employee.employee_id
        assert brief is not None
        own = owner == "E103"
        assert [(b.year, b.before, b.after) for b in brief.balances] == [
            (2027, 24 if own else 25, 23 if own else 24)
        ]
        assert [a.employee.employee_id for a in brief.colleagues] == ([] if own else ["E103"])
        assert [day.date for day in brief.days] == [a_period("2027-05-03").start]


def test_each_brief_is_the_one_that_the_first_mail_had(stage: FakeStage) -> None:
    requests = [stage.requests[an_id(number)] for number in range(MANY)]
    briefs = stage.summaries.several(stage.begin(), requests)
    for request in requests:
        employee = stage.directory.employees[request.employee.employee_id]
        assert briefs[request.request_id] == stage.summaries(stage.begin(), request, employee)


def test_a_digest_is_read_at_once(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many requests there are; a call is for up to a hundred records."""
    reads: list[str] = []
    read, team = FakeRecords.read, FakeDirectory.team

    def counted(records: Any, keys: Any) -> Any:
        reads.append(f"read {len(keys)}")
        return read(records, keys)

    def counted_team(directory: Any, lead_id: str) -> Any:
        reads.append(f"team of {lead_id}")
        return team(directory, lead_id)

    monkeypatch.setattr(FakeRecords, "read", counted)
    monkeypatch.setattr(FakeDirectory, "team", counted_team)
    requests = [stage.requests[an_id(number)] for number in range(MANY)]
    assert len(stage.summaries.several(stage.begin(), requests)) == MANY
    assert reads[1] == f"team of {JOHN.employee_id}"
    assert [name for name in reads if name.startswith("team")] == reads[1:2]
    assert len(reads) <= 3, "the people with their accounts, the team, what else there is"


def test_who_is_not_in_the_directory_has_no_brief(stage: FakeStage) -> None:
    stage.directory.remove("E100")
    requests = [stage.requests[an_id(number)] for number in range(2)]
    assert set(stage.summaries.several(stage.begin(), requests)) == {an_id(1)}


# From one approver to another


BOSS = an_employee("E008", name="Ada Boss", email="ada@foo.com", lead_id=None)


@pytest.fixture
def overdue(stage: FakeStage) -> FakeStage:
    """Return that stage a week later, where John has a lead of his own."""
    stage.update(JOHN, lead_id=BOSS.employee_id)
    stage.directory.put(BOSS)
    stage.clock.go_on(7 * DAY)
    return stage


def run_executions(stage: FakeStage, *, since: int = 0) -> int:
    """Let each execution that was woken ask anew, and return how many were woken by now."""
    woken = stage.workflow.failures[since:]
    for text, _, _ in woken:
        number = int(text.split()[1])
        stage.process_leave_request(an_id(number), Secret(f"{text} {len(stage.workflow.failures)}"))
    return len(stage.workflow.failures)


def links(stage: FakeStage) -> dict[str, int]:
    """Return how often each present link was mailed to the boss."""
    sent = [mail.text for mail in stage.mailer.sent if mail.to == BOSS.email]
    found: dict[str, int] = {}
    for request in stage.requests.stored.values():
        link = request.link()
        assert link is not None
        found[request.request_id] = sum(link.reveal() in text for text in sent)
    return found


def releases(stage: FakeStage) -> dict[str, int]:
    """Return how often John read of each request that it is not his to decide any more."""
    sent = [
        mail.thread + mail.text
        for mail in stage.mailer.sent
        if mail.to == JOHN.email and ("Ada" in mail.text or mail.subject == "Released")
    ]
    return {one: sum(one in text for text in sent) for one in stage.requests.stored}


def test_all_that_is_passed_on_is_one_mail_for_each_of_the_two(overdue: FakeStage) -> None:
    done = overdue.make_sweep().done
    run_executions(overdue)
    assert (done["escalate"], done["keep-waiting"]) == (MANY, MANY)
    assert overdue.mailer.recipients == [BOSS.email, JOHN.email]
    assert set(links(overdue).values()) == set(releases(overdue).values()) == {1}
    for request in overdue.requests.stored.values():
        assert (request.lead_mailed, request.to_notify) == (True, ())
        assert request.history[-1].comment == "no answer in 5 working days"
        assert request.asked_at == overdue.clock.now()


def test_one_that_no_execution_waits_for_is_passed_on_alone(overdue: FakeStage) -> None:
    first = overdue.requests[an_id(0)]
    overdue.requests.put(replace(first, task_token=None))
    overdue.workflow.executions.clear()
    overdue.make_sweep()
    assert set(overdue.workflow.executions) == set(overdue.requests.stored)
    assert {one.history[-1].type for one in overdue.requests.stored.values()} == {"escalated"}


def test_an_answer_while_the_mails_leave_starts_no_execution(overdue: FakeStage) -> None:
    def answer() -> None:
        overdue.decide(overdue.link(an_id(0)))
        overdue.process_lead_response(an_id(0))
        overdue.workflow.end(an_id(0))

    overdue.mailer.hooks.after("send", answer)
    overdue.make_sweep()
    assert overdue.requests[an_id(0)].outcome_mailed
    assert set(overdue.workflow.executions) == set(overdue.requests.stored)


def test_every_execution_waits_anew(overdue: FakeStage) -> None:
    overdue.make_sweep()
    assert sorted(token for token, _, _ in overdue.workflow.failures) == sorted(
        token(number).reveal() for number in range(MANY)
    )


def test_so_are_those_of_one_who_is_on_leave(stage: FakeStage) -> None:
    stage.update(JOHN, lead_id=BOSS.employee_id)
    stage.directory.put(BOSS)
    leave = a_booking("johns", a_period("2027-03-03", "2027-03-09"), status="approved")
    stage.requests.write_ledgers([stage.requests.book("E001", 2027).with_booking(leave)])
    stage.clock.go_on(2 * DAY)
    assert stage.make_sweep().done["reroute"] == MANY
    run_executions(stage)
    assert stage.mailer.recipients == [BOSS.email, JOHN.email]


def test_one_alone_is_a_brief_and_a_notice_as_ever(overdue: FakeStage) -> None:
    for number in range(1, MANY):
        del overdue.requests.stored[an_id(number)]
    overdue.make_sweep()
    run_executions(overdue)
    brief, notice = overdue.mailer.sent
    assert (brief.to, brief.thread) == (BOSS.email, an_id(0))
    assert (notice.to, notice.thread) == (JOHN.email, an_id(0))


def test_what_does_not_fit_into_one_mail_goes_into_the_next(overdue: FakeStage) -> None:
    overdue.emails.at_most = 20
    overdue.make_sweep()
    assert overdue.mailer.recipients == [BOSS.email, BOSS.email, JOHN.email]
    assert set(links(overdue).values()) == {1}


def test_what_is_answered_while_the_mails_leave_is_not_asked_again(overdue: FakeStage) -> None:
    def answer() -> None:
        overdue.decide(overdue.link(an_id(3)))

    overdue.mailer.hooks.after("send", answer)
    overdue.make_sweep()
    run_executions(overdue)
    answered = overdue.requests[an_id(3)]
    assert (answered.question, answered.outcome_mailed) == (None, False)
    assert len(overdue.mailer.sent) == 2


@pytest.mark.parametrize(
    "error", [errors.MailUnavailableError, errors.MailRefusedError, errors.MailOutcomeUnknownError]
)
def test_a_digest_not_sent_is_mailed_one_by_one(
    overdue: FakeStage, error: type[errors.MailError]
) -> None:
    overdue.mailer.fail_with(error("no"))
    overdue.make_sweep()
    assert overdue.mailer.recipients == []
    run_executions(overdue)
    assert set(links(overdue).values()) == set(releases(overdue).values()) == {1}
    uncertain = error is errors.MailOutcomeUnknownError
    assert overdue.mailer.checks == (MANY if uncertain else 0), "it may be out"


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (errors.MailUnavailableError, 0),
        (errors.MailRefusedError, 0),
        (errors.MailOutcomeUnknownError, 20),
    ],
)
def test_what_a_digest_that_did_not_leave_lists_is_not_known_to_its_reader(
    overdue: FakeStage, error: type[errors.MailError], unknown: int
) -> None:
    """A withdrawal is no news to her, and later days are none of those she was asked about."""
    overdue.emails.at_most = 20
    overdue.mailer.fail_with(error("no"))
    overdue.make_sweep()
    asked = overdue.requests.stored.values()
    assert all(r.approver and r.approver.employee_id == BOSS.employee_id for r in asked)
    assert sum(request.may_be_mailed for request in asked) == unknown


def test_a_notice_that_does_not_leave_is_mailed_one_by_one(overdue: FakeStage) -> None:
    overdue.mailer.hooks.before("send", nothing)
    overdue.mailer.fail_with(errors.MailUnavailableError("down"))
    overdue.make_sweep()
    run_executions(overdue)
    assert set(links(overdue).values()) == set(releases(overdue).values()) == {1}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "place",
    [
        *(("requests", "replace", n) for n in (0, 1, 30, 31, 45, 61)),
        *(("mailer", "send", n) for n in (0, 1)),
        *(("sweeps", "save", n) for n in (0, 1, 2)),
        *(("workflow", "fail", n) for n in (0, 1, 30)),
        ("requests", "ledgers", 2),
    ],
    ids=str,
)
def test_a_sweep_that_is_killed_anywhere_mails_everything_and_nothing_three_times(
    overdue: FakeStage, place: tuple[str, str, int], when: str
) -> None:
    """The next call comes a quarter of an hour later; executions that were woken ask at once."""
    part, call, number = place
    hooks = getattr(overdue, part).hooks
    queue = getattr(hooks, when)
    queue(call, nothing, times=number)
    queue(call, kill)
    with pytest.raises(KilledError):
        overdue.make_sweep(only_if_due=True)
    hooks.forget()
    woken = run_executions(overdue)
    overdue.clock.go_on(timedelta(minutes=15))
    assert overdue.make_sweep(only_if_due=True).finished
    run_executions(overdue, since=woken)
    for mails in (links(overdue), releases(overdue)):
        assert set(mails.values()) <= {1, 2}, mails
    assert all(request.lead_mailed for request in overdue.requests.stored.values())
    assert all(request.to_notify == () for request in overdue.requests.stored.values())


# Adjustments of accounts

DROPPED = errors.MailOutcomeUnknownError("no answer")


@pytest.fixture
def plain() -> FakeStage:
    return FakeStage()


def mails(plain: FakeStage) -> list[tuple[str, str]]:
    return [(mail.to, mail.text) for mail in plain.mailer.sent]


def test_the_employee_reads_of_all_adjustments_at_once_and_what_is_left(plain: FakeStage) -> None:
    plain.adjust()
    plain.adjust("-0.5")
    plain.adjust("1", year=2028)
    plain.adjust("3", of="E003")
    report = plain.make_sweep()
    assert mails(plain) == [
        (JIM.email, "annual 2027 +2 -0.5 = 26.5 annual 2028 +1 = 26"),
        (JANE.email, "annual 2027 +3 = 28"),
    ]
    assert (report.finished, report.done["adjustments"]) == (True, 2)


def test_the_mail_knows_which_days_the_next_year_needs(
    plain: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next year has 28 days booked: its own 25, and 3 that are carried over to it."""
    plain.rules = Rules(carry_over=CarryOver(maximum_days=Decimal(5)))
    period = a_period("2028-02-01", "2028-03-10")
    ledger = plain.requests.book("E002", 2028)
    booking = a_booking(period=period, days="28", early="28")
    plain.requests.write_ledgers([ledger.with_booking(booking)])
    plain.adjust()
    write = plain.emails.adjustment_notice
    told: list[Balance | None] = []

    def adjustment_notice(employee: Employee, accounts: Sequence[AdjustedAccount]) -> Mail:
        told.extend(account.balance for account in accounts)
        return write(employee, accounts)

    monkeypatch.setattr(plain.emails, "adjustment_notice", adjustment_notice)
    plain.make_sweep()
    (balance,) = told
    assert balance is not None
    assert (balance.available, balance.booked_later, balance.booked_in) == (27, 3, 2028)


def test_an_adjustment_that_was_mailed_meanwhile_stops_no_other(plain: FakeStage) -> None:
    plain.adjust()
    plain.adjust(of="E003")

    def has_time() -> bool:
        mailed = replace(plain.requests.book("E002", 2027), mailed=1, uncertain=1)
        plain.requests.write_ledgers([mailed])
        return True

    assert plain.daily_sweep(only_if_due=False, has_time=has_time).finished
    assert plain.mailer.recipients == [JANE.email]


def test_no_adjustment_is_mailed_twice(plain: FakeStage) -> None:
    plain.adjust()
    for _ in range(2):
        plain.make_sweep()
    plain.adjust("1")
    plain.make_sweep()
    assert [text for _, text in mails(plain)] == ["annual 2027 +2 = 27", "annual 2027 +1 = 28"]


def test_an_adjustment_made_while_the_mail_leaves_is_in_the_next_one(plain: FakeStage) -> None:
    plain.adjust()
    plain.mailer.hooks.after("send", lambda: plain.adjust("1"))
    for _ in range(2):
        plain.make_sweep()
    assert [text for _, text in mails(plain)] == ["annual 2027 +2 = 27", "annual 2027 +1 = 28"]


def test_a_mail_in_doubt_is_sent_once_more_when_gmail_answers(plain: FakeStage) -> None:
    plain.adjust()
    plain.mailer.hooks.after("send", raising(DROPPED), times=2)
    for checks in (0, 1, 1):
        plain.make_sweep()
        assert plain.mailer.checks == checks
    assert plain.mailer.recipients == [JIM.email] * 2


def test_mails_that_cannot_leave_are_left_to_the_next_sweep(plain: FakeStage) -> None:
    plain.adjust()
    plain.adjust(of="E003")
    plain.mailer.fail_with(errors.MailThrottledError("quota"))
    report = plain.make_sweep()
    assert (report.finished, report.done["failures"], mails(plain)) == (True, 0, [])
    plain.make_sweep()
    assert plain.mailer.recipients == [JIM.email, JANE.email]


def test_an_address_that_refuses_mail_is_tried_until_it_is_corrected(plain: FakeStage) -> None:
    plain.adjust()
    plain.adjust(of="E003")
    plain.mailer.fail_with(errors.MailRefusedError("550"))
    plain.make_sweep()
    assert plain.mailer.recipients == [JANE.email]
    plain.update(JIM, email="jim.odell@foo.com")
    plain.make_sweep()
    assert plain.mailer.recipients == [JANE.email, "jim.odell@foo.com"]


@pytest.mark.parametrize("removed", [True, False])
def test_an_employee_who_is_gone_gets_no_mail(plain: FakeStage, *, removed: bool) -> None:
    plain.adjust()
    if removed:
        plain.directory.remove(JIM.employee_id)
    else:
        plain.employ(JIM, end=a_day("2027-02-26"))
    plain.make_sweep()
    assert not plain.requests.book("E002", 2027).unmailed
    plain.directory.put(JIM)
    plain.make_sweep()
    assert mails(plain) == []


def test_a_sweep_that_runs_out_of_time_goes_on_where_it_was(plain: FakeStage) -> None:
    people = [an_employee(f"E1{n:03}", email=f"e{n}@foo.com") for n in range(PAGE + 5)]
    for employee in people:
        plain.directory.put(employee)
        plain.adjust(of=employee.employee_id)
    plain.asked()
    for times in (0, 3, PAGE - 10):
        left = iter([True] * (times + 1))
        report = plain.daily_sweep(only_if_due=False, has_time=lambda left=left: next(left, False))
        assert not report.finished
    assert plain.make_sweep(only_if_due=True).finished
    assert plain.mailer.recipients == [JOHN.email, *(one.email for one in people)]
