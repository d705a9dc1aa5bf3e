"""Whose answer is waited for, as each reader may know it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.history import Channel, Decision
from leave.domain.policy import Rules
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from leave.domain.views import Reader, Role, WaitingFor, visible_request
from tests.leave.builders import (
    JIM,
    JOHN,
    NOW,
    TASK_TOKEN,
    a_cancellation,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    invited,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leave.domain.request import LeaveRequest

EMPLOYEE = Reader(role=Role.EMPLOYEE, employee_id=JIM.employee_id)
APPROVER = Reader(role=Role.APPROVER, employee_id=JOHN.employee_id)
WINDOW, LATER = timedelta(minutes=5), NOW + timedelta(minutes=1)
JOHN_IS_ASKED = (WaitingFor(name=JOHN.name, since=NOW, mailed=True),)


def waiting_for(
    request: LeaveRequest, reader: Reader = EMPLOYEE, now: datetime = LATER
) -> Sequence[WaitingFor]:
    """Return whose answer a reader knows to be waited for."""
    policy = ApprovalPolicy(undo=WINDOW)
    return visible_request(request, reader, rules=Rules(), policy=policy, now=now).waiting_for


@pytest.mark.parametrize(
    "request_", [an_asked_request(), a_cancellation()], ids=["leave", "cancel"]
)
def test_an_approver_is_named_with_the_moment_since_when_they_are_asked(
    request_: LeaveRequest,
) -> None:
    assert waiting_for(request_) == JOHN_IS_ASKED


def test_a_mail_that_has_not_left_is_told() -> None:
    (one,) = waiting_for(invited(an_asked_request(), mailed=False))
    assert not one.mailed


def test_nobody_is_waited_for_before_anybody_is_asked() -> None:
    assert waiting_for(a_request()) == ()
    other = a_plan(a_period("2027-05-04"))
    changed = an_asked_request().change(other, actor=JIM.employee_id, at=NOW)
    assert waiting_for(changed) == ()


def test_nobody_is_waited_for_when_all_is_said() -> None:
    assert waiting_for(a_decided_request(), now=NOW + WINDOW) == ()
    withdrawn = an_asked_request().withdraw(actor=JIM.employee_id, at=NOW)
    assert waiting_for(withdrawn) == ()


def test_an_answer_that_may_be_taken_back_is_known_to_who_gave_it() -> None:
    answered = a_decided_request()
    assert waiting_for(answered) == JOHN_IS_ASKED
    assert waiting_for(answered, APPROVER) == ()


@pytest.mark.parametrize("channel", [Channel.LINK, Channel.API])
def test_nothing_tells_that_an_answer_was_taken_back(channel: Channel) -> None:
    answered = an_asked_request().decide(Decision.APPROVED, comment="", at=LATER, channel=channel)
    undone = answered.undo(at=LATER + timedelta(seconds=1), channel=channel)
    assert waiting_for(undone) == JOHN_IS_ASKED


def test_the_number_of_what_is_asked_grows_with_plan_and_question() -> None:
    asked = an_asked_request()
    changed = asked.change(a_plan(a_period("2027-05-04")), actor=JIM.employee_id, at=NOW)
    assert (asked.asked_revision, changed.asked_revision) == (1, 2)
    assert a_cancellation().asked_revision == 2
    again = replace(changed.ask(asked.invitations[0].approver, task_token=TASK_TOKEN, at=NOW))
    assert again.asked_revision == 2
