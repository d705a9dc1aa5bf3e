from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from leave.domain.errors import CommentMissingError
from leave.domain.links import Link
from leave.domain.requests import Decision, Person, Status
from leave.domain.secrets import Secret
from tests.leave.builders import (
    NOW,
    TASK_TOKEN,
    a_decided_request,
    a_period,
    a_request,
    an_asked_request,
    link_text,
)

JOHN = Person(employee_id="E001", name="John Carpenter")
MARY = Person(employee_id="E009", name="Mary Shelley")
LATER = NOW + timedelta(hours=3)
CLOSED = [status for status in Status if status is not Status.PENDING]


def test_the_words_of_the_contract_are_kept() -> None:
    """They stand in URLs, replies and records: changing one breaks what is out there."""
    statuses = ["pending", "approved", "denied", "withdrawn", "cancelled", "expired"]
    assert [status.value for status in Status] == statuses
    assert [decision.value for decision in Decision] == ["approved", "denied"]
    assert a_request().leave_type == "annual"


def test_a_new_request_is_pending_and_waits_for_nobody_yet() -> None:
    request = a_request()
    assert request.is_pending
    assert (request.version, request.revision) == (1, 1)
    assert request.link() is None
    assert not request.lead_mailed
    assert not request.employee_mailed
    assert request.outcome.what == "requested"


def test_asking_makes_the_link_and_keeps_the_token() -> None:
    asked = a_request().ask(JOHN, task_token=TASK_TOKEN)
    assert asked.approver == JOHN
    assert asked.task_token == TASK_TOKEN
    assert asked.link() is not None
    assert asked.version == 2
    assert not asked.lead_mailed


def test_asking_the_same_approver_again_keeps_the_link_and_the_mail() -> None:
    asked = an_asked_request()
    again = asked.ask(JOHN, task_token=Secret("another token"))
    assert again.link_secret == asked.link_secret
    assert again.task_token == Secret("another token")
    assert again.lead_mailed


def test_asking_another_approver_replaces_the_link_and_needs_a_mail() -> None:
    asked = an_asked_request()
    old = Link.parse(link_text(asked))
    assert old is not None
    rerouted = asked.ask(MARY, task_token=TASK_TOKEN)
    assert rerouted.link_secret != asked.link_secret
    assert not rerouted.lead_mailed
    assert not rerouted.opened_by(old)


def test_a_link_opens_nothing_before_anybody_was_asked() -> None:
    link = Link.parse(link_text(an_asked_request()))
    assert link is not None
    assert not a_request().opened_by(link)


@pytest.mark.parametrize("decision", Decision)
def test_a_decision_records_who_what_when_how_and_why(decision: Decision) -> None:
    asked = an_asked_request()
    decided = asked.decide(decision, comment="See you", at=LATER)
    assert decided.status == decision.value
    assert decided.version == asked.version + 1
    assert decided.history[:-1] == asked.history
    event = decided.outcome
    assert (event.what, event.who, event.at) == (decision.value, "E001", LATER)
    assert (event.via, event.comment) == ("link", "See you")


def test_an_approval_needs_no_comment_and_a_denial_does() -> None:
    asked = an_asked_request()
    assert asked.decide(Decision.APPROVED, comment="", at=NOW).status is Status.APPROVED
    with pytest.raises(CommentMissingError):
        asked.decide(Decision.DENIED, comment="", at=NOW)


def test_a_request_nobody_answered_expires() -> None:
    expired = an_asked_request().expire(at=LATER)
    assert expired.status is Status.EXPIRED
    assert (expired.outcome.at, expired.outcome.via) == (LATER, "workflow")


@pytest.mark.parametrize("status", CLOSED)
def test_what_is_closed_is_neither_decided_nor_expired(status: Status) -> None:
    closed = an_asked_request(status=status)
    with pytest.raises(ValueError, match=f"r1 is {status} already"):
        closed.decide(Decision.APPROVED, comment="", at=NOW)
    with pytest.raises(ValueError, match=f"r1 is {status} already"):
        closed.expire(at=NOW)


@pytest.mark.parametrize("status", Status)
def test_only_pending_and_approved_requests_take_days(status: Status) -> None:
    request = a_request(period=a_period("2027-12-31", "2028-01-03"), status=status)
    days = {year: booking.days for year, booking in request.bookings().items()}
    takes = status in {Status.PENDING, Status.APPROVED}
    assert days == ({2027: Decimal(1), 2028: Decimal(1)} if takes else {})


def test_a_booking_says_which_request_it_belongs_to_and_where_that_stands() -> None:
    (booking,) = a_decided_request("approved").bookings().values()
    assert (booking.request_id, booking.status) == ("r1", "approved")
    assert booking.period == a_period()


def test_working_days_add_up_over_the_years() -> None:
    request = a_request(period=a_period("2027-12-27", "2028-01-07"))
    assert request.total_working_days == 10


def test_marks_are_kept_apart_and_each_is_a_new_version() -> None:
    decided = a_decided_request()
    told = decided.mark_employee_mailed()
    assert told.employee_mailed
    assert told.version == decided.version + 1
    assert not decided.employee_mailed
    asked = a_request().ask(JOHN, task_token=TASK_TOKEN)
    assert asked.mark_lead_mailed().lead_mailed
    assert not asked.mark_lead_mailed().employee_mailed


def test_the_outcome_of_a_history_is_its_latest_fitting_event() -> None:
    decided = a_decided_request("denied", "No one else is here")
    assert decided.outcome.comment == "No one else is here"
    assert [event.what for event in decided.history] == ["requested", "denied"]
