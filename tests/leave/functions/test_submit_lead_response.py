"""GET and POST on a decision link, from the event to the page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import ConflictError, UnavailableError
from leave.domain.request import Person
from leave.domain.values import Secret, replace
from tests.leave.builders import JOHN, JOHN_HIMSELF, NOW, R1, R2, a_booking, employed, invited
from tests.leave.functions.clicks import everything, get, opened, post
from tests.leave.functions.events import link_event
from tests.leave.hooks import raising
from tests.leave.services.stage import JIM_CALLS, OTHER_TOKEN, TOKEN, a_wish

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage


@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_a_get_shows_the_form_and_changes_nothing(
    stage: FakeStage, link: str, decision: str
) -> None:
    before = everything(stage)
    for _ in range(3):
        status, page = get(decision, link)
        assert status == 200
        assert page.one("form").attributes == {"method": "post"}
        assert "Jim O'Dell" in page.text
    assert everything(stage) == before


@pytest.mark.parametrize(
    ("decision", "form"),
    [
        ("approved", {}),
        ("approved", {"comment": ""}),
        ("approved", {"comment": "Enjoy 🌴"}),
        ("denied", {"comment": "Release week"}),
    ],
)
def test_a_post_decides(stage: FakeStage, link: str, decision: str, form: dict[str, str]) -> None:
    status, page = post(decision, link, **form)
    assert status == 200
    assert f"Thank you: {decision}" in page.text
    request = stage.requests[R1]
    assert request.status == decision
    assert request.outcome.comment == form.get("comment", "")
    assert stage.workflow.answers == [(TOKEN.reveal(), R1, decision)]


def test_a_form_that_is_not_encoded_is_read_too(stage: FakeStage, link: str) -> None:
    event = link_event("POST", "denied", link, form={"comment": "Grüße"}, encoded=False)
    assert opened(event)[0] == 200
    assert stage.requests[R1].outcome.comment == "Grüße"


def test_a_comment_keeps_no_characters_that_can_not_be_seen(stage: FakeStage, link: str) -> None:
    post("denied", link, comment="\x00No\r\n\u202e\u2066\xa0\x1b[31mway\x85 ❤️\u200b\x7f ")
    outcome = stage.requests[R1].outcome
    assert outcome is not None
    assert outcome.comment == "No\n [31mway ❤️"


def test_a_denial_needs_more_than_what_can_not_be_seen(stage: FakeStage, link: str) -> None:
    assert post("denied", link, comment="\u202e\x00 ")[0] == 422
    assert stage.requests[R1].outcome is None


def test_the_link_of_who_has_left_says_that_it_is_closed(stage: FakeStage, link: str) -> None:
    stage.directory.put(replace(JOHN, employments=employed(end=NOW.date() - timedelta(days=1))))
    before = everything(stage)
    answers = [get("approved", link), post("approved", link)]
    assert [status for status, _ in answers] == [200, 409]
    for _, page in answers:
        assert "This link is closed" in page.text
        assert "Jim" not in page.text
    assert everything(stage) == before


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Jim O'Dell is not in the directory"), ("de", "Jim O'Dell steht nicht mehr im")],
)
def test_what_an_unknown_employee_asked_for_can_be_denied_and_the_page_says_so(
    stage: FakeStage, link: str, language: str, words: str
) -> None:
    reader = Person(employee_id=JOHN.employee_id, name=JOHN.name, language=language)
    stage.requests.put(invited(stage.requests[R1], approver=reader))
    stage.directory.remove("E002")
    assert get("approved", link)[0] == 200
    before = everything(stage)
    status, page = post("approved", link)
    assert status == 409
    assert words in page.text
    assert len(page.all("form")) == 1, "from which it can be denied"
    assert everything(stage) == before
    assert post("denied", link, comment="No")[0] == 200
    assert stage.requests[R1].status == "denied"


def test_leave_whose_days_other_leave_has_taken_can_be_denied_and_the_page_says_so(
    stage: FakeStage, link: str
) -> None:
    """As when both were asked for at one moment, each booked in another year."""
    request = stage.requests[R1]
    (year,) = request.plan.counts
    ledger = stage.requests.book("E002", year)
    other = a_booking(R2, request.plan.period)
    stage.requests.write_ledgers([ledger.with_booking(other)])
    status, page = post("approved", link)
    assert status == 422
    assert "has other leave on some of these days" in page.text
    assert len(page.all("form")) == 1, "from which it can be denied"
    assert post("denied", link, comment="No")[0] == 200
    assert stage.requests[R1].status == "denied"


def test_a_post_without_a_body_approves(stage: FakeStage, link: str) -> None:
    assert opened(link_event("POST", "approved", link))[0] == 200
    assert stage.requests[R1].status == "approved"


@pytest.mark.parametrize(
    "comment", ["", "   ", "\n\t", "\u200b\u2060\ufeff\u2028", "\xa0\u3164", "\u0301", "\xad"]
)
def test_a_denial_without_a_comment_asks_for_one_and_decides_nothing(
    stage: FakeStage, link: str, comment: str
) -> None:
    before = everything(stage)
    status, page = post("denied", link, comment=comment)
    assert status == 422
    assert "Please give a reason for the denial" in page.text
    assert "required" in page.one("textarea").attributes
    assert everything(stage) == before


def test_a_link_that_is_replaced_while_the_comment_is_asked_for_says_so(
    stage: FakeStage, link: str
) -> None:
    jane = Person(employee_id="E003", name="Jane Cook")
    rerouted = stage.requests[R1].ask(jane, task_token=Secret("token-2"), at=NOW)
    stage.requests.hooks.after("get", lambda: stage.requests.put(rerouted))
    status, page = post("denied", link, comment="")
    assert status == 409
    assert "Another approver decides now" in page.text


def test_the_same_click_again_is_told_what_was_decided(stage: FakeStage, link: str) -> None:
    post("approved", link)
    before = everything(stage)
    status, page = post("approved", link)
    assert status == 200
    assert "Nothing to decide: approved already" in page.text
    assert everything(stage) == before


@pytest.mark.parametrize("asked", ["nobody yet", "the second", "the second, who approved"])
def test_the_first_approval_again_is_told_that_it_is_recorded(
    stage: FakeStage, link: str, asked: str
) -> None:
    approve_as_first(stage)
    if asked != "nobody yet":
        ask_jane(stage)
    if asked == "the second, who approved":
        stage.decide(stage.link(R1))
        stage.process_lead_response(R1)
    before = everything(stage)
    status, page = post("approved", link)
    assert status == 200
    assert "Your first approval is recorded" in page.text
    status, page = post("denied", link, comment="No")
    assert status == 409
    assert "Your first approval is recorded" in page.text
    assert everything(stage) == before


def test_a_first_approval_that_a_change_made_void_is_given_to_nothing_again(
    stage: FakeStage, link: str
) -> None:
    approve_as_first(stage)
    stage.clock.go_on(timedelta(minutes=1))
    stage.change_leave_request.change(JIM_CALLS, R1, a_wish("2027-05-04"))
    for _ in range(2):
        status, page = post("approved", link)
        assert status == 409
        assert "The request was changed" in page.text
        stage.clock.go_on(timedelta(minutes=1))
        now = stage.clock.now()
        asked = stage.requests[R1].ask(JOHN_HIMSELF, task_token=OTHER_TOKEN, at=now)
        stage.requests.put(asked.approve_first(comment="", at=now))


def approve_as_first(stage: FakeStage) -> None:
    """Let John give the first of two approvals."""
    stage.requests.put(stage.requests[R1].approve_first(comment="Fine", at=NOW))


def ask_jane(stage: FakeStage) -> None:
    jane = Person(employee_id="E003", name="Jane Cook")
    stage.requests.put(stage.requests[R1].ask(jane, task_token=OTHER_TOKEN, at=NOW))


@pytest.mark.parametrize("comment", ["", "Changed my mind"])
def test_the_opposite_click_is_a_conflict_and_changes_nothing(
    stage: FakeStage, link: str, comment: str
) -> None:
    post("approved", link)
    before = everything(stage)
    status, page = post("denied", link, comment=comment)
    assert status == 409
    assert "Nothing to decide: approved already" in page.text
    assert everything(stage) == before


def test_a_get_after_the_decision_shows_it_and_no_form(stage: FakeStage, link: str) -> None:  # noqa: ARG001
    post("denied", link, comment="Release week")
    for decision in ("approved", "denied"):
        status, page = get(decision, link)
        assert status == 200
        assert "Nothing to decide: denied already" in page.text
        assert "Release week" in page.text
        assert page.all("form") == []


def test_a_click_after_the_time_is_up_is_a_conflict(stage: FakeStage, link: str) -> None:
    stage.process_lead_response(R1, expire=True)
    status, page = post("approved", link)
    assert status == 409
    assert "expired" in page.text


def test_a_busy_record_asks_to_try_again(stage: FakeStage, link: str) -> None:
    stage.requests.hooks.before("replace", raising(ConflictError("busy")), times=50)
    status, page = post("approved", link)
    assert status == 503
    assert "try again in a minute" in page.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnavailableError("DynamoDB get_item: ThrottlingException"), 503),
        (RuntimeError("pk REQUEST#r1"), 500),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_trouble_says_nothing_of_the_inside_and_the_log_does(  # noqa: PLR0913, PLR0917
    stage: FakeStage,
    link: str,
    caplog: pytest.LogCaptureFixture,
    method: str,
    error: Exception,
    status: int,
) -> None:
    stage.requests.hooks.before("get", raising(error))
    answered, page = opened(link_event(method, "approved", link))
    assert answered == status
    assert "DynamoDB" not in page.html
    assert "REQUEST#" not in page.html
    assert str(error) in caplog.text
    assert stage.requests[R1].question
