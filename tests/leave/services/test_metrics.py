"""What operators are told in numbers: each thing once, and what was not written never."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from leave.domain.errors import (
    ConflictError,
    LeaveError,
    MailCredentialsError,
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailThrottledError,
    MailUnavailableError,
    UnavailableError,
)
from leave.domain.history import EventType
from leave.domain.policy import LeaveType, Rules
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from leave.services.notifications import CountedMailer
from leave.services.ports import Metric
from tests.leave.builders import MAIL, a_request, an_asked_request
from tests.leave.fakes import FakeMailer, FakeMetrics
from tests.leave.hooks import raising
from tests.leave.services.stage import JIM_CALLS, FakeStage, a_wish

UNDO = ApprovalPolicy(undo=timedelta(minutes=5))
HOUR = timedelta(hours=1)
FREE = Rules(leave_types=(LeaveType(id="sick", name="Sick leave", needs_approval=False),))


def requests_of(stage: FakeStage) -> list[str]:
    """What was counted, without the mails."""
    return [name for name in stage.metrics.names if not name.startswith("Mails")]


def seconds_of(stage: FakeStage) -> list[float]:
    return [value for name, value in stage.metrics.told if name == "AnswerSeconds"]


def denied(stage: FakeStage) -> None:
    stage.decide(stage.asked(), "denied", "No cover")


def withdrawn(stage: FakeStage) -> None:
    stage.asked()
    stage.withdraw()


def cancelled(stage: FakeStage) -> None:
    stage.decide(stage.cancelling(stage.approved()))


def not_cancelled(stage: FakeStage) -> None:
    stage.decide(stage.cancelling(stage.approved()), "denied", "Too late")


def expired(stage: FakeStage) -> None:
    stage.asked()
    stage.expire()


def undone(stage: FakeStage) -> None:
    stage.policy = UNDO
    link = stage.asked()
    stage.decide(link)
    stage.submit_lead_response.undo(link)


def approved_by_rule(stage: FakeStage) -> None:
    stage.rules = FREE
    stage.request_leave(JIM_CALLS, a_wish(leave_type="sick"))


MADE, APPROVED, ANSWERED = "RequestsMade", "RequestsApproved", "AnswerSeconds"


@pytest.mark.parametrize(
    ("story", "counted"),
    [
        (FakeStage.asked, [MADE]),
        (FakeStage.approved, [MADE, APPROVED, ANSWERED]),
        (denied, [MADE, "RequestsDenied", ANSWERED]),
        (withdrawn, [MADE, "RequestsWithdrawn"]),
        (cancelled, [MADE, APPROVED, ANSWERED, "RequestsCancelled", ANSWERED]),
        (not_cancelled, [MADE, APPROVED, ANSWERED, "RequestsDenied", ANSWERED]),
        (expired, [MADE, "RequestsExpired"]),
        (undone, [MADE, APPROVED, ANSWERED, "AnswersUndone"]),
        (approved_by_rule, [MADE, APPROVED]),
    ],
)
def test_what_becomes_of_a_request_is_counted(
    stage: FakeStage, story: Callable[[FakeStage], object], counted: list[str]
) -> None:
    story(stage)
    assert requests_of(stage) == counted


def test_what_is_called_again_counts_once(stage: FakeStage) -> None:
    for _ in range(3):
        stage.request_leave(JIM_CALLS, a_wish(), idempotency_key="once")
    for _ in range(3):
        stage.ask_lead()
    link = stage.link()
    for _ in range(3):
        stage.decide(link)
    for _ in range(3):
        stage.tell_employee()
    assert requests_of(stage) == [MADE, APPROVED, ANSWERED]
    assert stage.metrics.names.count("MailsSent") == 2


def test_a_write_that_lost_a_race_counts_when_it_is_made(stage: FakeStage) -> None:
    link = stage.asked()
    stage.requests.hooks.before("replace", raising(ConflictError("race")), times=2)
    stage.decide(link)
    assert requests_of(stage) == [MADE, APPROVED, ANSWERED]


def test_what_was_refused_or_not_written_is_not_counted(stage: FakeStage) -> None:
    with pytest.raises(LeaveError):
        stage.request_leave(JIM_CALLS, a_wish("2020-01-01"))
    stage.requests.hooks.before("add", raising(UnavailableError("down")))
    with pytest.raises(UnavailableError):
        stage.request_leave(JIM_CALLS, a_wish())
    assert stage.metrics.told == []


def test_an_answer_took_the_seconds_since_the_employee_asked(stage: FakeStage) -> None:
    link = stage.asked()
    stage.clock.go_on(36 * HOUR)
    stage.decide(link)
    assert seconds_of(stage) == [36 * 3600]


def test_a_change_asks_anew_and_an_answer_taken_back_does_not(stage: FakeStage) -> None:
    stage.policy = UNDO
    stage.asked()
    stage.clock.go_on(10 * HOUR)
    stage.change(a_wish("2027-05-04"))
    stage.ask_lead()
    stage.clock.go_on(HOUR)
    stage.decide(stage.link())
    stage.clock.go_on(timedelta(minutes=1))
    stage.submit_lead_response.undo(stage.link())
    stage.decide(stage.link(), "denied", "No cover")
    assert seconds_of(stage) == [3600, 3660]


@pytest.mark.parametrize(
    ("error", "metric"),
    [
        (MailThrottledError("quota"), "MailsThrottled"),
        (MailUnavailableError("down"), "MailsUnavailable"),
        (MailOutcomeUnknownError("?"), "DeliveryUncertain"),
        (MailRefusedError("400"), "MailsUndeliverable"),
        (MailCredentialsError("invalid_grant"), "CredentialsRejected"),
    ],
)
def test_a_mail_that_did_not_leave_is_counted_by_why(error: MailError, metric: str) -> None:
    metrics, mailer = FakeMetrics(), FakeMailer()
    mailer.fail_with(error)
    counted = CountedMailer(mailer=mailer, metrics=metrics)
    with pytest.raises(type(error)):
        counted.send(MAIL)
    counted.send(MAIL)
    assert metrics.names == [metric, "MailsSent"]


def test_every_way_in_which_a_mail_fails_has_a_metric_of_its_own() -> None:
    kinds = MailError.__subclasses__()
    counted: set[str] = set()
    for kind in kinds:
        metrics, mailer = FakeMetrics(), FakeMailer()
        mailer.fail_with(kind("it failed"))
        with pytest.raises(kind):
            CountedMailer(mailer=mailer, metrics=metrics).send(MAIL)
        counted |= set(metrics.names)
    assert len(counted) == len(kinds) == 5


def test_a_sweep_tells_what_it_could_not_do(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request())
    stage.workflow.hooks.before("ensure", raising(RuntimeError("surprise")))
    stage.make_sweep()
    assert stage.metrics.told == [("SweepFailures", 1), ("OldestUndecidedDays", 0)]


def test_what_changes_nothing_in_the_history_is_not_counted(stage: FakeStage) -> None:
    stage.requests.put(a_request())
    stage.ask_lead()
    assert stage.metrics.names == ["MailsSent"]


def test_each_outcome_of_a_request_has_a_metric(stage: FakeStage) -> None:
    """Whatever is added to what can happen has to be counted, or left out on purpose."""
    silent = {
        EventType.CHANGED,
        EventType.REROUTED,
        EventType.ESCALATED,
        EventType.UNREACHABLE,
        EventType.FIRST_APPROVAL,
        EventType.CANCELLATION_ASKED,
        EventType.UNDELIVERED,
    }
    before = a_request()
    for what in EventType:
        stage.requests.put(before)
        stage.metrics.told.clear()
        event = replace(before.history[0], type=what)
        uow = stage.begin()
        uow.replace(before, replace(before, history=(*before.history, event)))
        uow.commit()
        assert bool(stage.metrics.told) == (what not in silent), what


def test_only_seconds_are_no_counts() -> None:
    assert {metric for metric in Metric if metric.unit != "Count"} == {Metric.ANSWER_SECONDS}
