"""The lead opens a link, and answers: the first answer decides."""

from __future__ import annotations

import logging
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import CommentMissingError, ConflictError, UnavailableError
from leave.domain.links import Link, new_link_secret
from leave.domain.requests import Decision, Status
from tests.leave.builders import NOW, a_request, an_asked_request, link_text
from tests.leave.hooks import raising

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage

APPROVED, DENIED = Decision.APPROVED, Decision.DENIED


@pytest.fixture
def link(stage: FakeStage) -> str:
    """Return the link in the lead's mail about Jim's request r1."""
    return stage.asked()


def test_opening_a_link_shows_the_request_and_changes_nothing(stage: FakeStage, link: str) -> None:
    before = deepcopy((stage.requests.stored, stage.requests.books))
    for _ in range(3):
        shown = stage.submit_lead_response.show(link)
        assert shown is not None
        assert shown.request_id == "r1"
    assert (stage.requests.stored, stage.requests.books) == before
    assert stage.workflow.answers == []


@pytest.mark.parametrize(("decision", "comment"), [(APPROVED, ""), (DENIED, "Release week")])
def test_an_answer_decides_and_resumes_the_workflow(
    stage: FakeStage, link: str, decision: Decision, comment: str
) -> None:
    answer = stage.submit_lead_response(link, decision, comment)
    assert answer is not None
    assert answer.decided_now
    assert answer.request == stage.requests["r1"]
    assert answer.request.status == decision.value
    event = answer.request.outcome
    assert (event.who, event.comment, event.at) == ("E001", comment, NOW)
    assert stage.workflow.answers == [("token-1", "r1", decision.value)]


def test_a_denial_gives_the_days_back(stage: FakeStage, link: str) -> None:
    stage.submit_lead_response(link, DENIED, "Release week")
    assert stage.requests.books["E002", 2027].booked == 0


def test_an_approval_is_seen_in_the_ledger(stage: FakeStage, link: str) -> None:
    stage.submit_lead_response(link, APPROVED, "")
    (booking,) = stage.requests.books["E002", 2027].bookings
    assert booking.status == "approved"


def test_a_denial_without_a_comment_decides_nothing(stage: FakeStage, link: str) -> None:
    with pytest.raises(CommentMissingError):
        stage.submit_lead_response(link, DENIED, "")
    assert stage.requests["r1"].is_pending
    assert stage.workflow.answers == []


@pytest.mark.parametrize("second", [APPROVED, DENIED])
def test_the_first_answer_decides_and_later_ones_learn_of_it(
    stage: FakeStage, link: str, second: Decision
) -> None:
    stage.submit_lead_response(link, APPROVED, "Enjoy")
    decided = stage.requests["r1"]
    later = stage.submit_lead_response(link, second, "Changed my mind")
    assert later is not None
    assert not later.decided_now
    assert later.request == decided
    assert stage.requests["r1"] == decided
    assert stage.workflow.answers == [("token-1", "r1", "approved")]


def test_a_second_click_without_a_comment_learns_of_the_decision_too(
    stage: FakeStage, link: str
) -> None:
    stage.submit_lead_response(link, APPROVED, "")
    later = stage.submit_lead_response(link, DENIED, "")
    assert later is not None
    assert later.request.status == "approved"


def test_two_simultaneous_answers_decide_once(stage: FakeStage, link: str) -> None:
    stage.requests.hooks.before(
        "replace", lambda: stage.submit_lead_response(link, DENIED, "Faster")
    )
    answer = stage.submit_lead_response(link, APPROVED, "")
    assert answer is not None
    assert not answer.decided_now
    assert answer.request.status == "denied"
    assert [event.what for event in stage.requests["r1"].history] == ["requested", "denied"]
    assert stage.workflow.answers == [("token-1", "r1", "denied")]


def test_an_answer_after_the_time_is_up_learns_of_that(stage: FakeStage, link: str) -> None:
    stage.process_lead_response("r1", expire=True)
    answer = stage.submit_lead_response(link, APPROVED, "")
    assert answer is not None
    assert not answer.decided_now
    assert answer.request.status is Status.EXPIRED


def test_an_expiry_that_is_faster_than_the_answer_wins(stage: FakeStage, link: str) -> None:
    stage.requests.hooks.before("replace", lambda: stage.process_lead_response("r1", expire=True))
    answer = stage.submit_lead_response(link, APPROVED, "")
    assert answer is not None
    assert answer.request.status is Status.EXPIRED
    assert len(stage.requests["r1"].history) == 2


def test_when_the_workflow_can_not_be_reached_the_decision_stands(
    stage: FakeStage, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    stage.workflow.hooks.before("answer", raising(UnavailableError("SendTaskSuccess")))
    answer = stage.submit_lead_response(link, APPROVED, "")
    assert answer is not None
    assert answer.decided_now
    assert stage.requests["r1"].status is Status.APPROVED
    assert stage.workflow.answers == []
    (record,) = caplog.records
    assert (record.getMessage(), record.levelname) == ("workflow not resumed", "ERROR")
    assert vars(record)["requestId"] == "r1"


def test_a_second_click_makes_up_for_an_answer_that_did_not_get_through(
    stage: FakeStage, link: str
) -> None:
    stage.workflow.hooks.before("answer", raising(UnavailableError("SendTaskSuccess")))
    stage.submit_lead_response(link, APPROVED, "")
    stage.submit_lead_response(link, DENIED, "No!")
    assert stage.workflow.answers == [("token-1", "r1", "approved")]


def test_a_workflow_that_no_longer_waits_is_noted_and_no_trouble(
    stage: FakeStage, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stage.workflow.used.add("token-1")
    answer = stage.submit_lead_response(link, APPROVED, "")
    assert answer is not None
    assert answer.decided_now
    (record,) = caplog.records
    assert (record.getMessage(), record.levelname) == ("workflow no longer waits", "INFO")
    assert vars(record)["requestId"] == "r1"


def test_a_workflow_that_waits_leaves_nothing_to_note(
    stage: FakeStage, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stage.submit_lead_response(link, APPROVED, "")
    assert caplog.records == []


def test_once_the_employee_was_told_the_workflow_is_left_alone(stage: FakeStage, link: str) -> None:
    stage.submit_lead_response(link, APPROVED, "")
    stage.process_lead_response("r1")
    stage.workflow.hooks.before("answer", raising(AssertionError("not to be called")))
    assert stage.submit_lead_response(link, APPROVED, "") is not None


def test_a_link_that_is_none_opens_nothing(stage: FakeStage, link: str) -> None:
    request_id, secret = link.split(".")
    for text in ("", "nonsense", request_id, f"r2.{secret}", f"{request_id}.{'A' * 43}", link[:-1]):
        assert stage.submit_lead_response.show(text) is None
        assert stage.submit_lead_response(text, APPROVED, "") is None
    assert stage.requests["r1"].is_pending


def test_a_link_to_another_request_opens_that_and_not_this(stage: FakeStage, link: str) -> None:
    stage.requests.put(an_asked_request("r2"))
    foreign = link_text(stage.requests["r2"])
    assert foreign.split(".")[1] not in link
    assert stage.submit_lead_response(f"r1.{foreign.split('.')[1]}", APPROVED, "") is None
    shown = stage.submit_lead_response.show(foreign)
    assert shown is not None
    assert shown.request_id == "r2"


def test_a_request_nobody_was_asked_about_is_opened_by_nothing(stage: FakeStage) -> None:
    stage.requests.put(a_request("r1"))
    guess = Link(request_id="r1", secret=new_link_secret()).reveal()
    assert stage.submit_lead_response.show(guess) is None


def test_a_record_that_never_keeps_still_asks_to_try_again(stage: FakeStage, link: str) -> None:
    stage.requests.hooks.before("replace", raising(ConflictError("busy")), times=50)
    with pytest.raises(UnavailableError, match="Please try again"):
        stage.submit_lead_response(link, APPROVED, "")
    assert stage.requests["r1"].is_pending


def test_a_crash_after_the_decision_was_written_is_made_up_for_by_a_click(
    stage: FakeStage, link: str
) -> None:
    stage.requests.hooks.after("replace", raising(UnavailableError("DynamoDB: timeout")))
    with pytest.raises(UnavailableError):
        stage.submit_lead_response(link, APPROVED, "")
    later = stage.submit_lead_response(link, APPROVED, "")
    assert later is not None
    assert later.request.status is Status.APPROVED
    assert stage.workflow.answers == [("token-1", "r1", "approved")]
