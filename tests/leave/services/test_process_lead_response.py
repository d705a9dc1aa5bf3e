"""The workflow tells the employee: one mail with the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import (
    ConflictError,
    UnavailableError,
    UnknownEmployeeError,
    UnknownRequestError,
)
from leave.domain.mail_errors import MailOutcomeUnknownError, MailUnavailableError
from leave.domain.requests import Status
from tests.leave.builders import (
    JIM,
    NOW,
    a_decided_request,
    an_asked_request,
    link_text,
)
from tests.leave.hooks import raising

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage


@pytest.mark.parametrize(("decision", "comment"), [("approved", ""), ("denied", "Release week")])
def test_the_employee_gets_one_mail_with_decision_and_comment(
    stage: FakeStage, decision: str, comment: str
) -> None:
    stage.requests.put(a_decided_request(decision, comment))
    assert stage.process_lead_response("r1") == decision
    (mail,) = stage.mailer.sent
    assert (mail.to, mail.text) == (JIM.email, f"{decision}: {comment}")
    assert stage.requests["r1"].employee_mailed


def test_the_same_event_twice_sends_one_mail(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    stage.process_lead_response("r1")
    before = stage.requests["r1"]
    assert stage.process_lead_response("r1") == "approved"
    assert len(stage.mailer.sent) == 1
    assert stage.requests["r1"] == before


def test_telling_leaves_the_booked_days_alone(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    before = dict(stage.requests.books)
    stage.process_lead_response("r1")
    assert stage.requests.books == before


def test_what_is_undecided_is_told_to_nobody(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request())
    with pytest.raises(UnavailableError, match="not decided yet"):
        stage.process_lead_response("r1")
    assert stage.mailer.sent == []
    assert stage.requests["r1"].is_pending


def test_what_nobody_answered_expires_and_gives_the_days_back(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request())
    assert stage.process_lead_response("r1", expire=True) == "expired"
    assert stage.requests["r1"].outcome.at == NOW
    assert stage.requests.books["E002", 2027].booked == 0
    assert stage.mailer.recipients == [JIM.email]


def test_expiring_twice_expires_once(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request())
    for _ in range(2):
        assert stage.process_lead_response("r1", expire=True) == "expired"
    assert len(stage.mailer.sent) == 1
    assert len(stage.requests["r1"].history) == 2


def test_what_was_decided_in_time_does_not_expire(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    assert stage.process_lead_response("r1", expire=True) == "approved"
    assert stage.requests["r1"].status is Status.APPROVED


def test_a_decision_that_is_faster_than_the_expiry_wins(stage: FakeStage) -> None:
    request = an_asked_request()
    stage.requests.put(request)
    stage.requests.hooks.before("replace", lambda: stage.decide(link_text(request), "approved"))
    assert stage.process_lead_response("r1", expire=True) == "approved"
    (mail,) = stage.mailer.sent
    assert mail.text.startswith("approved")
    assert [event.what for event in stage.requests["r1"].history] == ["requested", "approved"]


@pytest.mark.parametrize("error", [MailUnavailableError("down"), MailOutcomeUnknownError("?")])
def test_a_mail_that_fails_fails_the_task_and_the_next_try_sends_it(
    stage: FakeStage, error: Exception
) -> None:
    stage.requests.put(a_decided_request())
    stage.mailer.hooks.before("send", raising(error))
    with pytest.raises(type(error)):
        stage.process_lead_response("r1")
    assert not stage.requests["r1"].employee_mailed
    stage.process_lead_response("r1")
    assert len(stage.mailer.sent) == 1


def test_another_write_while_the_mail_is_out_is_kept(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    stage.mailer.hooks.after("send", lambda: write_something(stage))
    stage.process_lead_response("r1")
    assert stage.requests["r1"].employee_mailed
    assert stage.requests["r1"].lead_mailed


def write_something(stage: FakeStage) -> None:
    request = stage.requests["r1"]
    stage.requests.replace(request, request.mark_lead_mailed())


def test_a_mark_that_never_gets_through_does_not_fail_the_task(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    stage.requests.hooks.before("replace", raising(ConflictError("busy")), times=8)
    assert stage.process_lead_response("r1") == "approved"
    assert len(stage.mailer.sent) == 1
    assert not stage.requests["r1"].employee_mailed


def test_a_record_that_never_keeps_still_can_not_expire(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request())
    stage.requests.hooks.before("replace", raising(ConflictError("busy")), times=50)
    with pytest.raises(UnavailableError, match="keeps changing"):
        stage.process_lead_response("r1", expire=True)
    assert stage.mailer.sent == []


def test_an_employee_missing_in_the_directory_fails_the_task(stage: FakeStage) -> None:
    stage.requests.put(a_decided_request())
    stage.directory.remove("E002")
    with pytest.raises(UnknownEmployeeError, match="E002"):
        stage.process_lead_response("r1")


def test_an_unknown_request_fails_the_task(stage: FakeStage) -> None:
    with pytest.raises(UnknownRequestError, match="r404"):
        stage.process_lead_response("r404")
