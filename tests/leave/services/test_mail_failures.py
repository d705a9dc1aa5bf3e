"""Mails that do not leave: each class of failure, for the brief, the outcome and the release."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from leave.domain import errors
from leave.domain.history import EventType, Status
from leave.domain.invitations import RevocationReason
from leave.domain.request import ApprovalPolicy
from leave.domain.values import Secret, replace
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    R1,
    TODAY,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    an_employee,
)
from tests.leave.hooks import nothing, raising
from tests.leave.services.stage import FakeStage

HR = "hr@foo.com"
DAY = timedelta(days=1)
BOSS = an_employee("E008", name="Ada Boss", email="ada@foo.com", lead_id=None)
REFUSED = errors.MailRefusedError("Gmail answered 400 invalidArgument")
UNKNOWN = errors.MailOutcomeUnknownError("Gmail did not answer")
DOWN = errors.MailUnavailableError("Gmail answered 503")
THROTTLED = errors.MailThrottledError("Gmail answered 429")
REJECTED = errors.MailCredentialsError("Google rejects the Gmail credentials: invalid_grant")
NOTHING_SENT = [DOWN, THROTTLED, REJECTED]


@pytest.fixture
def recorded() -> FakeStage:
    """Return a stage where Jim has asked, nobody was told, and Ada leads John."""
    stage = FakeStage()
    stage.update(JOHN, lead_id="E008")
    stage.directory.put(BOSS)
    stage.requests.put(a_request(R1))
    return stage


@pytest.fixture
def decided() -> FakeStage:
    """Return a stage where John has approved, and Jim does not know."""
    stage = FakeStage()
    stage.requests.put(a_decided_request())
    return stage


def ask(stage: FakeStage, times: int = 1) -> None:
    """Let the workflow ask, each time with a new token, as after a wait."""
    for _ in range(times):
        stage.ask_lead(Secret(f"token {len(stage.workflow.failures)}"))


def tell(stage: FakeStage, times: int = 1) -> list[str]:
    """Let the workflow tell, and return how that failed."""
    found: list[str] = []
    for _ in range(times):
        try:
            stage.tell_employee()
        except errors.MailError as error:
            found.append(type(error).__name__)
    return found


def reported(stage: FakeStage) -> list[str]:
    return [error for _, error, _ in stage.workflow.failures]


def fails_second(stage: FakeStage, error: Exception, times: int = 1) -> None:
    """Let the mail after the next one fail."""
    stage.mailer.hooks.before("send", nothing)
    stage.mailer.hooks.before("send", raising(error), times=times)


# The brief


@pytest.mark.parametrize("error", NOTHING_SENT)
def test_a_brief_not_sent_is_tried_until_it_is(
    recorded: FakeStage, error: errors.MailError
) -> None:
    recorded.mailer.fail_with(*[error] * 3)
    ask(recorded, 4)
    assert reported(recorded) == [type(error).__name__] * 3
    assert recorded.mailer.recipients == [JOHN.email]
    assert recorded.request.lead_mailed
    assert len(recorded.request.revoked_links) == 0, "the same link all the time"


def test_a_brief_that_may_be_out_is_sent_once_more(recorded: FakeStage) -> None:
    recorded.mailer.fail_with(UNKNOWN)
    ask(recorded)
    assert recorded.request.delivery_uncertain
    assert not recorded.request.lead_mailed
    ask(recorded, 2)
    assert recorded.mailer.recipients == [JOHN.email]
    assert not recorded.request.delivery_uncertain


def test_after_two_briefs_that_may_be_out_no_third_one_leaves(recorded: FakeStage) -> None:
    recorded.mailer.hooks.after("send", raising(UNKNOWN), times=9)
    ask(recorded, 5)
    assert recorded.mailer.recipients == [JOHN.email] * 2
    assert recorded.request.lead_mailed
    assert reported(recorded) == ["MailOutcomeUnknownError"]


def test_a_brief_that_may_be_out_waits_until_gmail_is_well(recorded: FakeStage) -> None:
    """Or an hour without answers would use up both mails that may leave, and none might have."""
    recorded.mailer.fail_with(UNKNOWN)
    recorded.mailer.hooks.before("check", raising(DOWN), times=3)
    ask(recorded, 4)
    assert reported(recorded)[1:] == ["MailUnavailableError"] * 3
    assert recorded.mailer.recipients == []
    ask(recorded)
    assert recorded.mailer.recipients == [JOHN.email]
    assert recorded.mailer.checks == 1, "only what is in doubt is asked about"


def test_the_doubt_is_about_one_link(recorded: FakeStage) -> None:
    """Whoever is asked next has had no mail, doubtful or not."""
    recorded.mailer.fail_with(UNKNOWN)
    ask(recorded)
    recorded.update(JIM, lead_id="E008")
    recorded.mailer.fail_with(UNKNOWN)
    ask(recorded)
    assert not recorded.request.lead_mailed
    ask(recorded)
    assert recorded.mailer.recipients == [BOSS.email, JOHN.email], "who may have one is released"


# An address that is refused


@pytest.fixture
def refused(recorded: FakeStage) -> FakeStage:
    """Return the stage where John's address was refused, and Ada is asked."""
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    return recorded


def correct(stage: FakeStage) -> None:
    stage.directory.put(CORRECTED)


CORRECTED = replace(JOHN, lead_id="E008", email="john.carpenter@foo.com")


def test_an_approver_whose_address_is_refused_is_passed_over(refused: FakeStage) -> None:
    request = refused.request
    assert refused.mailer.recipients == [HR, BOSS.email]
    assert "John Carpenter can not be reached" in refused.mailer.sent[0].text
    assert (refused.approver, request.passed_over) == ("E008", ("E001",))
    assert [link.why for link in request.revoked_links] == [RevocationReason.UNREACHABLE]
    assert request.history[-1].type is EventType.UNREACHABLE
    assert refused.metrics.names == ["MailsUndeliverable", "MailsSent", "MailsSent"]
    assert reported(refused) == []
    assert request.to_notify == (), "who got no mail has none to be released from"
    ask(refused, 3)
    assert refused.mailer.recipients == [HR, BOSS.email]


def test_whose_refused_address_was_corrected_is_asked_there(refused: FakeStage) -> None:
    correct(refused)
    refused.make_sweep()
    ask(refused, 2)
    assert refused.mailer.recipients == [HR, BOSS.email, CORRECTED.email, BOSS.email]
    refused.decide(refused.link())
    assert refused.request.status is Status.APPROVED


def test_who_is_refused_at_the_corrected_address_is_passed_over_again(refused: FakeStage) -> None:
    correct(refused)
    refused.mailer.fail_with(REFUSED)
    ask(refused, 3)
    assert refused.mailer.recipients == [HR, BOSS.email, HR, BOSS.email]
    assert reported(refused) == []


def test_who_is_reached_at_a_corrected_address_can_approve_second(recorded: FakeStage) -> None:
    recorded.policy = ApprovalPolicy(second_approval_over_days=1)
    recorded.requests.put(a_request(R1, plan=a_plan(a_period("2027-05-03", "2027-05-07"))))
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    correct(recorded)
    recorded.decide(recorded.link())
    assert recorded.request.history[-1].type is EventType.FIRST_APPROVAL
    ask(recorded)
    assert recorded.mailer.recipients == [HR, BOSS.email, CORRECTED.email]


def test_who_does_not_answer_at_a_corrected_address_is_passed_over(refused: FakeStage) -> None:
    refused.policy = ApprovalPolicy(remind_after_days=2, escalate_after_days=5)
    correct(refused)
    ask(refused)
    refused.make_sweep(days=7)
    ask(refused)
    assert refused.request.history[-1].type is EventType.ESCALATED
    assert (refused.request.passed_over, dict(refused.request.refused)) == (("E001",), {})


def test_the_only_approver_is_tried_again_and_administrators_hear_once(recorded: FakeStage) -> None:
    recorded.directory.put(JOHN)
    recorded.mailer.fail_with(REFUSED)
    fails_second(recorded, REFUSED, times=3)
    ask(recorded, 3)
    assert recorded.mailer.recipients == [HR]
    assert reported(recorded) == ["MailRefusedError"] * 3
    ask(recorded)
    assert recorded.mailer.recipients == [HR, JOHN.email], "the address was put right"
    recorded.decide(recorded.link())
    assert recorded.request.status is Status.APPROVED


# Administrators who hear of it


def test_administrators_who_can_not_be_told_now_are_told_later(recorded: FakeStage) -> None:
    recorded.mailer.fail_with(REFUSED, DOWN, REFUSED)
    ask(recorded, 2)
    assert recorded.mailer.recipients == [HR, BOSS.email]
    assert reported(recorded) == ["MailUnavailableError"]


@pytest.mark.parametrize("error", [REFUSED, UNKNOWN])
def test_an_unreachable_administrator_stops_nothing(
    recorded: FakeStage, error: errors.MailError
) -> None:
    recorded.administrators = ("a@foo.com", "b@foo.com")
    recorded.mailer.fail_with(REFUSED, error)
    ask(recorded)
    assert recorded.mailer.recipients == ["b@foo.com", BOSS.email]


def test_an_administrator_is_not_told_again_for_another_one(recorded: FakeStage) -> None:
    recorded.administrators = ("a@foo.com", "b@foo.com")
    recorded.mailer.fail_with(REFUSED)
    fails_second(recorded, THROTTLED)
    ask(recorded)
    assert recorded.mailer.recipients == ["a@foo.com", BOSS.email]
    assert reported(recorded) == []


def test_an_administrator_who_is_not_employed_today_is_not_mailed(recorded: FakeStage) -> None:
    """An address that the directory does not have, such as a shared mailbox's, still is."""
    for administrator in (
        an_employee("E901", email="gone@foo.com", end_date=TODAY - DAY),
        an_employee("E902", email="new@foo.com", start_date=TODAY + DAY),
        an_employee("E903", email="here@foo.com"),
    ):
        recorded.directory.put(administrator)
    recorded.administrators = ("gone@foo.com", "here@foo.com", HR, "new@foo.com")
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    assert recorded.mailer.recipients == ["here@foo.com", HR, BOSS.email]


def test_that_no_administrator_is_employed_is_logged_and_stops_nothing(
    recorded: FakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    recorded.directory.put(an_employee("E901", email=HR, end_date=TODAY - DAY))
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    assert recorded.mailer.recipients == [BOSS.email]
    logged = [(r.levelname, r.message) for r in caplog.records]
    assert ("ERROR", "administrator not mailed: none is employed today") in logged


def test_without_administrators_the_alarm_is_all(recorded: FakeStage) -> None:
    recorded.administrators = ()
    recorded.mailer.fail_with(REFUSED)
    ask(recorded)
    assert recorded.mailer.recipients == [BOSS.email]
    assert recorded.metrics.names == ["MailsUndeliverable", "MailsSent"]


# The outcome


@pytest.mark.parametrize("error", NOTHING_SENT)
def test_an_outcome_not_sent_is_tried_until_it_is(
    decided: FakeStage, error: errors.MailError
) -> None:
    decided.mailer.fail_with(*[error] * 3)
    assert tell(decided, 5) == [type(error).__name__] * 3
    assert decided.mailer.recipients == [JIM.email]
    assert decided.metrics.names.count("CredentialsRejected") == (3 if error is REJECTED else 0)


def test_after_two_outcomes_that_may_be_out_no_third_one_leaves(decided: FakeStage) -> None:
    decided.mailer.hooks.after("send", raising(UNKNOWN), times=9)
    assert tell(decided, 4) == ["MailOutcomeUnknownError"]
    assert decided.mailer.recipients == [JIM.email] * 2
    assert decided.request.outcome_mailed
    assert not decided.request.delivery_uncertain
    assert "CredentialsRejected" not in decided.metrics.names


def test_an_outcome_that_may_be_out_waits_until_gmail_is_well(decided: FakeStage) -> None:
    decided.mailer.fail_with(UNKNOWN)
    decided.mailer.hooks.before("check", raising(DOWN), times=3)
    assert tell(decided, 4) == ["MailOutcomeUnknownError", *["MailUnavailableError"] * 3]
    assert decided.mailer.recipients == []
    assert tell(decided) == []
    assert decided.mailer.recipients == [JIM.email]


def test_the_doubt_about_a_brief_is_none_about_the_outcome(decided: FakeStage) -> None:
    decided.requests.put(an_asked_request().mark_delivery_uncertain())
    decided.decide(decided.link())
    decided.mailer.fail_with(UNKNOWN)
    assert tell(decided, 2) == ["MailOutcomeUnknownError"]
    assert decided.mailer.recipients == [JIM.email]


def test_an_outcome_that_is_refused_is_told_to_the_administrators_once(decided: FakeStage) -> None:
    decided.mailer.fail_with(REFUSED)
    for _ in range(2):
        assert decided.tell_employee() == "approved"
    request = decided.request
    assert decided.mailer.recipients == [HR]
    assert "Jim O'Dell can not be reached" in decided.mailer.sent[0].text
    assert request.history[-1].type is EventType.UNDELIVERED
    assert request.history[-1].comment == str(REFUSED)
    assert (request.outcome_mailed, request.is_open) == (True, False)
    assert request.outcome.type is EventType.APPROVED
    assert decided.metrics.names == ["MailsUndeliverable", "MailsSent"]


def test_administrators_hear_which_approver_missed_a_withdrawal(recorded: FakeStage) -> None:
    ask(recorded)
    recorded.withdraw()
    recorded.mailer.fail_with(REFUSED)
    recorded.tell_employee()
    assert recorded.mailer.recipients == [JOHN.email, HR]
    assert "John Carpenter can not be reached" in recorded.mailer.sent[-1].text


@pytest.mark.parametrize("error", [THROTTLED, REJECTED])
def test_administrators_are_told_of_a_refusal_later(
    decided: FakeStage, error: errors.MailError
) -> None:
    decided.mailer.fail_with(REFUSED, error, REFUSED)
    assert tell(decided) == [type(error).__name__]
    assert not decided.request.outcome_mailed
    assert decided.metrics.names.count("CredentialsRejected") == (error is REJECTED)
    assert tell(decided) == []
    assert decided.mailer.recipients == [HR]


def test_rejected_credentials_are_counted_once_for_a_brief(recorded: FakeStage) -> None:
    recorded.mailer.fail_with(REJECTED)
    ask(recorded)
    assert recorded.metrics.names.count("CredentialsRejected") == 1


# The release


@pytest.fixture
def rerouted(recorded: FakeStage) -> FakeStage:
    """Return the stage where John has a mail, and Ada is the one to ask."""
    ask(recorded)
    reroute(recorded)
    return recorded


def reroute(stage: FakeStage) -> None:
    stage.update(JIM, lead_id="E008")
    stage.requests.put(stage.request.reroute(actor="", why="another lead", at=stage.clock.now()))


def test_who_was_asked_before_is_told_after_the_new_one_was(rerouted: FakeStage) -> None:
    ask(rerouted, 2)
    assert rerouted.mailer.recipients == [JOHN.email, BOSS.email, JOHN.email]
    assert rerouted.mailer.sent[-1].text == "Ada Boss decides for Jim O'Dell"
    assert rerouted.request.to_notify == ()


@pytest.mark.parametrize("error", NOTHING_SENT)
def test_a_release_not_sent_is_sent_without_the_brief(
    rerouted: FakeStage, error: errors.MailError
) -> None:
    fails_second(rerouted, error)
    ask(rerouted, 3)
    assert rerouted.mailer.recipients == [JOHN.email, BOSS.email, JOHN.email]
    assert reported(rerouted) == [type(error).__name__]


def cannot_be_sent(stage: FakeStage) -> None:
    fails_second(stage, REFUSED)


def may_be_out(stage: FakeStage) -> None:
    fails_second(stage, UNKNOWN)


def has_left(stage: FakeStage) -> None:
    stage.employ(JOHN, end=TODAY - DAY)


@pytest.mark.parametrize("happens", [cannot_be_sent, may_be_out, has_left])
def test_a_release_without_a_reader_is_let_be(
    rerouted: FakeStage, happens: Callable[[FakeStage], None]
) -> None:
    happens(rerouted)
    ask(rerouted, 2)
    assert rerouted.mailer.recipients == [JOHN.email, BOSS.email]
    assert reported(rerouted) == []
    assert rerouted.request.to_notify == ()


def test_who_was_to_be_asked_is_told_since_the_mail_may_be_out(recorded: FakeStage) -> None:
    recorded.mailer.fail_with(UNKNOWN)
    ask(recorded)
    reroute(recorded)
    ask(recorded)
    assert recorded.mailer.recipients == [BOSS.email, JOHN.email]


def test_a_crash_after_the_release_costs_a_second_one_at_most(rerouted: FakeStage) -> None:
    rerouted.requests.hooks.before("replace", nothing, times=2)
    rerouted.requests.hooks.before("replace", raising(errors.UnavailableError("DynamoDB")))
    with pytest.raises(errors.UnavailableError):
        ask(rerouted)
    ask(rerouted, 2)
    assert rerouted.mailer.recipients == [JOHN.email, BOSS.email, JOHN.email, JOHN.email]


def test_of_two_who_were_asked_before_the_last_one_is_told(rerouted: FakeStage) -> None:
    ask(rerouted)
    rerouted.update(JIM, lead_id="E003")
    ask(rerouted)
    recipients = rerouted.mailer.recipients
    assert recipients == [JOHN.email, BOSS.email, JOHN.email, JANE.email, BOSS.email]
