"""Mails and pages tell of an answer by the API as of one by a link."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.adapters.presentation import pages
from leave.adapters.presentation.emails import TemplateEmails
from leave.domain.history import Channel, Decision, Person
from leave.domain.policy import Rules
from leave.domain.values import replace
from leave.domain.views import DecisionView
from tests.leave.builders import (
    JIM,
    NOW,
    TASK_TOKEN,
    a_cancellation,
    an_asked_request,
    an_employee,
)

if TYPE_CHECKING:
    from leave.domain.request import LeaveRequest

EMAILS = TemplateEmails(rules=Rules(), company_domain="foo.com")
ADA = Person.of(an_employee("E008", name="Ada Boss"))
CHANNELS = (Channel.LINK, Channel.API)


def outcome(request: LeaveRequest, language: str = "en") -> str:
    mail = EMAILS.outcome_notice(request, employee=replace(JIM, language=language))
    return f"{mail.subject}\n{mail.text}\n{mail.html}\n{mail.calendar}"


def page(request: LeaveRequest) -> str:
    view = DecisionView(request=request, plan=request.plan, undo_until=NOW + timedelta(minutes=5))
    return pages.decided(view, now=False, link="link")


def answered(
    request: LeaveRequest, decision: Decision, channel: Channel, *, twice: bool = False
) -> LeaveRequest:
    if twice:
        first = request.approve_first(comment="Fine", at=NOW, channel=channel)
        request = first.ask(ADA, task_token=TASK_TOKEN, at=NOW).mark_lead_mailed()
    return request.decide(decision, comment="So be it", at=NOW, channel=channel)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("asked", [an_asked_request(), a_cancellation()], ids=["leave", "cancel"])
def test_an_answer_reads_the_same(asked: LeaveRequest, decision: Decision, language: str) -> None:
    by_link, by_api = (answered(asked, decision, channel) for channel in CHANNELS)
    assert outcome(by_api, language) == outcome(by_link, language)
    assert page(by_api) == page(by_link)
    assert "So be it" in outcome(by_api)


def test_two_approvals_read_the_same() -> None:
    by_link, by_api = (
        answered(an_asked_request(), Decision.APPROVED, channel, twice=True) for channel in CHANNELS
    )
    assert outcome(by_api) == outcome(by_link)
    assert page(by_api) == page(by_link)


def test_who_did_not_ask_themselves_is_told_who_did() -> None:
    """The answer may be the first that the employee hears of it."""
    asked = an_asked_request()
    by_hr = replace(asked.history[0], actor="hr@foo.com", name="hr@foo.com")
    asked = replace(asked, history=(by_hr,))
    texts = [outcome(answered(asked, Decision.APPROVED, channel)) for channel in CHANNELS]
    assert "hr@foo.com" in texts[1]
    assert texts[0] == texts[1]
