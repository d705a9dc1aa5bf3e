"""Sweeps that stop, break off, or are made by two workers at once."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from leave.domain.errors import UnavailableError
from leave.domain.request import ApprovalPolicy
from leave.domain.values import Secret, replace
from leave.services.daily_sweep import LEASE, PAGE
from tests.leave.builders import (
    JOHN_HIMSELF,
    NOW,
    TODAY,
    a_decided_request,
    a_period,
    a_request,
    an_asked_request,
    an_employee,
    an_id,
    invited,
)
from tests.leave.hooks import nothing
from tests.leave.services.stage import FakeStage

DAY = timedelta(days=1)
LEADS = ("E011", "E012", "E013")


class KilledError(BaseException):
    """The worker is gone, in the middle of whatever it did."""


def kill() -> None:
    raise KilledError


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where three approvers have four requests each, in different states."""
    stage = FakeStage(policy=ApprovalPolicy(remind_after_days=2, escalate_after_days=5))
    for lead in LEADS:
        stage.directory.put(an_employee(lead, lead_id=None, email=f"{lead}@foo.com".lower()))
        stage.directory.put(an_employee(f"X{lead}", lead_id=lead))
    number = 0
    for lead in LEADS:
        him = replace(JOHN_HIMSELF, employee_id=lead)
        theirs = replace(JOHN_HIMSELF, employee_id=f"X{lead}")
        for state in (waiting, waiting, overdue, lost):
            number += 1
            request = state(number, him)
            stage.requests.put(replace(request, employee=theirs, request_id=an_id(number)))
            stage.workflow.start(an_id(number), request_id=an_id(number), inquiry=1)
    stage.clock.go_on(2 * DAY)
    return stage


def waiting(number: int, lead: Any) -> Any:
    request = a_request(period=a_period(f"2027-05-{number:02}"))
    return request.ask(lead, task_token=token(number), at=NOW).mark_lead_mailed()


def overdue(number: int, lead: Any) -> Any:
    request = a_request(period=a_period("2027-03-02"))
    return request.ask(lead, task_token=token(number), at=NOW).mark_lead_mailed()


def lost(number: int, lead: Any) -> Any:
    decided = a_decided_request(period=a_period(f"2027-06-{number:02}"))
    an_hour_ago = replace(decided.history[-1], at=NOW + 2 * DAY - timedelta(hours=1))
    history = (*decided.history[:-1], an_hour_ago)
    return replace(invited(decided, approver=lead), history=history, task_token=token(number))


def token(number: int) -> Secret:
    return Secret(f"token {number}")


def outcome(stage: FakeStage) -> Any:
    """Return what a sweep leaves behind, whoever has made it."""
    return (
        sorted((r.request_id, r.status) for r in stage.requests.stored.values()),
        sorted(about for _, about, _ in stage.workflow.answers),
        sorted(stage.workflow.executions),
        Counter(stage.mailer.recipients),
    )


def finish(stage: FakeStage) -> None:
    """Let the scheduler call until the sweep is done, as it does every quarter of an hour."""
    for _ in range(60):
        stage.clock.go_on(timedelta(minutes=1))
        if stage.make_sweep(only_if_due=True).finished:
            return
    pytest.fail("the sweep never ends")


@pytest.fixture
def expected(stage: FakeStage) -> Any:
    """Return what one undisturbed sweep leaves behind."""
    twin = deepcopy(stage)
    twin.make_sweep()
    return outcome(twin)


def test_an_undisturbed_sweep_reminds_ends_and_tells(stage: FakeStage, expected: Any) -> None:
    stage.make_sweep()
    assert outcome(stage) == expected
    assert len(stage.workflow.answers) == 6
    assert stage.mailer.recipients == [f"{lead}@foo.com".lower() for lead in LEADS]


@pytest.mark.parametrize("at_once", range(1, 13))
def test_a_sweep_that_runs_out_of_time_goes_on_where_it_stopped(
    stage: FakeStage, expected: Any, at_once: int
) -> None:
    runs, seen = 0, 0
    finished = False
    while not finished:
        left = iter([True] * (at_once - 1) + [False])
        report = stage.daily_sweep(only_if_due=True, has_time=lambda left=left: next(left))
        runs, seen, finished = runs + 1, seen + report.requests, report.finished
    assert seen == 12, "each once"
    assert runs == 12 // at_once + 1
    assert outcome(stage) == expected


PLACES: list[tuple[str, str, int]] = [
    *(("requests", "replace", n) for n in range(3)),
    *(("workflow", "answer", n) for n in range(6)),
    *(("workflow", "ensure", n) for n in range(6)),
    *(("mailer", "send", n) for n in range(3)),
    *(("sweeps", "mark_reminded", n) for n in range(3)),
    *(("sweeps", "save", n) for n in range(2)),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_worker_that_is_killed_anywhere_is_made_up_for(
    stage: FakeStage, expected: Any, place: tuple[str, str, int], when: str
) -> None:
    part, call, number = place
    hooks = getattr(stage, part).hooks
    queue: Callable[..., None] = getattr(hooks, when)
    queue(call, nothing, times=number)
    queue(call, kill)
    with pytest.raises(KilledError):
        stage.make_sweep(only_if_due=True)
    hooks.forget()
    finish(stage)
    statuses, _, executions, mails = outcome(stage)
    assert (statuses, executions) == (expected[0], expected[2])
    assert mails.keys() == expected[3].keys()
    doubled = mails.total() - expected[3].total()
    assert doubled <= ((call, when) in {("send", "after"), ("mark_reminded", "before")})
    # What was written and not told is left to its writer for a quarter of an hour.
    stage.clock.go_on(DAY)
    finish(stage)
    answered = outcome(stage)[1]
    assert answered == expected[1], "each outcome once"


def test_a_slow_worker_leaves_the_sweep_to_another(stage: FakeStage, expected: Any) -> None:
    """Its lease is over, so the next one takes it; the slow one stops when it wants to write."""
    second: list[bool] = []

    def another_worker() -> None:
        stage.clock.go_on(LEASE)
        second.append(stage.make_sweep(only_if_due=True).finished)

    stage.requests.hooks.after("replace", another_worker)
    slow = stage.make_sweep(only_if_due=True)
    assert second == [True]
    assert not slow.finished
    assert outcome(stage) == expected
    assert stage.metrics.names.count("OldestUndecidedDays") == 1


def test_two_workers_that_begin_at_once_make_one_sweep(stage: FakeStage, expected: Any) -> None:
    stage.sweeps.hooks.before("save", lambda: stage.make_sweep(only_if_due=True))
    late = stage.make_sweep(only_if_due=True)
    assert (late.finished, late.requests) == (False, 0)
    assert outcome(stage) == expected


def test_the_lease_is_held_through_the_requests_of_one_approver(stage: FakeStage) -> None:
    """However many there are; the cursor stays before them, so that one mail lists them all."""
    for number in range(100, 100 + 3 * PAGE):
        stage.requests.stored[an_id(number)] = an_asked_request(
            an_id(number), period=a_period("2027-05-03")
        )
    leases: list[tuple[Any, str]] = []
    stage.requests.hooks.before("ledgers", nothing)

    def has_time() -> bool:
        stage.clock.go_on(timedelta(seconds=2))
        made = stage.sweeps.stored
        assert made is not None
        assert made.leased_until > stage.clock.now(), "nobody else may take it"
        leases.append((made.leased_until, made.cursor))
        return True

    assert stage.daily_sweep(only_if_due=True, has_time=has_time).finished
    assert len({lease for lease, _ in leases}) >= 3
    assert {cursor for _, cursor in leases} == {""}


def test_a_failing_request_is_done_by_the_next_sweep(stage: FakeStage) -> None:
    def fail() -> None:
        raise UnavailableError("DynamoDB")

    stage.requests.hooks.before("replace", fail)
    report = stage.make_sweep()
    assert report.finished
    assert report.done["failures"] == 1
    assert stage.make_sweep().done["expire"] == 1
    assert stage.clock.today() == TODAY + 2 * DAY
