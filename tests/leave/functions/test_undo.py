"""Taking an answer back over a decision link, from the form field `undo` to the page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import OverlapError, UnavailableError
from leave.domain.request import ApprovalPolicy
from tests.leave.builders import R1
from tests.leave.functions.clicks import everything, opened, post
from tests.leave.functions.events import link_event
from tests.leave.hooks import raising
from tests.leave.services.stage import a_wish

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.leave.services.stage import FakeStage

WINDOW = timedelta(minutes=5)
DECISIONS = ["approved", "denied"]


@pytest.fixture(autouse=True)
def five_minutes(stage: FakeStage) -> None:
    """Let answers be taken back for five minutes."""
    stage.policy = ApprovalPolicy(undo=WINDOW)


def answered(decision: str, link: str) -> None:
    assert post(decision, link, comment="So be it")[0] == 200


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_post_with_undo_takes_the_answer_back(stage: FakeStage, link: str, decision: str) -> None:
    answered(decision, link)
    status, page = post(decision, link, undo="1")
    assert status == 200
    assert page.one("form").attributes["method"] == "post"
    assert stage.requests[R1].status == "pending"
    assert stage.requests[R1].history[-1].type == "undone"
    answered("denied", link)
    assert stage.requests[R1].status == "denied"


def test_undo_does_not_decide_even_beside_a_comment(stage: FakeStage, link: str) -> None:
    status, _ = post("approved", link, undo="", comment="Enjoy")
    assert status == 409
    assert stage.requests[R1].status == "pending"
    assert stage.workflow.answers == []


def test_a_get_takes_nothing_back(stage: FakeStage, link: str) -> None:
    answered("approved", link)
    before = everything(stage)
    event = link_event("GET", "approved", link)
    event["queryStringParameters"] = {"undo": "1"}
    event["rawQueryString"] = "undo=1"
    assert opened(event)[0] == 200
    assert everything(stage) == before


@pytest.mark.parametrize("decision", DECISIONS)
def test_too_late_says_so_and_changes_nothing(stage: FakeStage, link: str, decision: str) -> None:
    answered(decision, link)
    stage.clock.go_on(WINDOW)
    before = everything(stage)
    status, page = post(decision, link, undo="1")
    assert status == 409
    assert "Too late: the answer cannot be taken back any more" in page.text
    assert "Nothing to decide" not in page.text
    assert decision in page.text
    assert everything(stage) == before


def test_undone_twice_shows_the_question(stage: FakeStage, link: str) -> None:
    answered("approved", link)
    post("approved", link, undo="1")
    before = everything(stage)
    status, page = post("approved", link, undo="1")
    assert status == 409
    assert page.one("form").attributes["method"] == "post"
    assert everything(stage) == before


def test_the_days_stay_booked_as_long_as_a_denial_can_be_taken_back(
    stage: FakeStage, link: str
) -> None:
    answered("denied", link)
    with pytest.raises(OverlapError):
        stage.asked(a_wish())
    assert post("denied", link, undo="1")[0] == 200
    assert stage.requests[R1].status == "pending"


@pytest.mark.parametrize("text", ["nonsense", f"{R1}.{'A' * 43}"])
def test_a_link_that_is_none_takes_nothing_back(stage: FakeStage, link: str, text: str) -> None:
    answered("approved", link)
    before = everything(stage)
    assert post("approved", text, undo="1")[0] == 404
    assert everything(stage) == before


def test_trouble_asks_to_try_again(stage: FakeStage, link: str) -> None:
    answered("approved", link)
    stage.requests.hooks.before("replace", raising(UnavailableError("DynamoDB")))
    assert post("approved", link, undo="1")[0] == 503
    assert post("approved", link, undo="1")[0] == 200


def test_the_log_says_that_and_about_what(
    stage: FakeStage, link: str, logged: Callable[[], str]
) -> None:
    answered("approved", link)
    post("approved", link, undo="1")
    text = logged()
    assert "undone" in text
    assert R1 in text
    assert stage.requests[R1].link_secret is not None
    assert stage.requests[R1].link_secret.reveal() not in text
