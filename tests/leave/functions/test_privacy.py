"""What a request is about, and what opens it, never reaches a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import MailUnavailableError, UnavailableError
from leave.functions import (
    process_lead_response,
    process_leave_request,
    request_leave,
    submit_lead_response,
)
from tests.leave.builders import R1, link_text
from tests.leave.functions.events import CONTEXT, leave_event, link_event
from tests.leave.hooks import raising

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.leave.services.stage import FakeStage

TOKEN = "AQCEAAAAKgAAAAMAAAAA-task-token"
REASON, COMMENT = "My operation on Tuesday", "Get well soon, and not a word to anybody"
PEOPLE = ["jim@foo.com", "john@foo.com", "Jim O'Dell", "John Carpenter"]
DOWN = UnavailableError("SendTaskSuccess: ThrottlingException")


def play(stage: FakeStage) -> str:
    """Let a request go all the way through the four functions; return its link."""
    body = {"date": "2027-05-03", "reason": REASON}
    assert request_leave.handler(leave_event(body), CONTEXT)["statusCode"] == 202
    process_leave_request.handler({"requestId": R1, "taskToken": TOKEN}, CONTEXT)
    link = link_text(stage.requests[R1])
    for method in ("GET", "POST", "POST"):
        form = {"comment": COMMENT} if method == "POST" else None
        submit_lead_response.handler(link_event(method, "approved", link, form=form), CONTEXT)
    process_lead_response.handler({"requestId": R1}, CONTEXT)
    return link


def forbidden(link: str) -> list[str]:
    return [TOKEN, REASON, COMMENT, link, link.split(".")[1], *PEOPLE]


def test_nothing_private_is_logged_when_all_goes_well(
    stage: FakeStage, logged: Callable[[], str]
) -> None:
    link = play(stage)
    told = logged()
    assert "submitted" in told
    assert "answered" in told
    assert [text for text in forbidden(link) if text in told] == []


def test_nothing_private_is_logged_when_much_goes_wrong(
    stage: FakeStage, logged: Callable[[], str]
) -> None:
    stage.workflow.hooks.before("answer", raising(DOWN), times=2)
    stage.mailer.fail_with(MailUnavailableError("Gmail answered 503"))
    link = play(stage)
    stage.requests.hooks.before("get", raising(RuntimeError("surprise")))
    submit_lead_response.handler(link_event("GET", "approved", link), CONTEXT)
    stage.requests.hooks.before("ledgers", raising(RuntimeError("surprise")))
    body = {"date": "2027-06-01", "reason": REASON}
    request_leave.handler(leave_event(body, key="secret-key"), CONTEXT)
    told = logged()
    assert "workflow not resumed" in told
    assert told.count("surprise") >= 2
    assert [text for text in [*forbidden(link), "secret-key"] if text in told] == []


@pytest.mark.parametrize(
    "body",
    [
        {"date": "2027-05-08", "reason": REASON},
        {"date": "2020-05-08", "reason": REASON},
        {"reason": REASON},
        {"date": "2027-05-03", "reason": REASON, REASON: 1},
        f'{{"reason": "{REASON}"',
        {"date": "2027-05-03", "reason": REASON, "employeeId": "E003"},
    ],
)
def test_nothing_private_is_logged_when_a_request_is_refused(
    stage: FakeStage,  # noqa: ARG001
    logged: Callable[[], str],
    body: object,
) -> None:
    assert request_leave.handler(leave_event(body), CONTEXT)["statusCode"] >= 400
    told = logged()
    assert "refused" in told
    assert REASON not in told
    assert not any(name in told for name in PEOPLE)


def test_a_forged_link_is_not_logged(stage: FakeStage, logged: Callable[[], str]) -> None:
    link = stage.asked()
    forged = f"{R1}.{'Z' * 43}"
    submit_lead_response.handler(link_event("GET", "approved", forged), CONTEXT)
    submit_lead_response.handler(link_event("POST", "approved", forged, form={}), CONTEXT)
    assert forged not in logged()
    assert link.split(".")[1] not in logged()
