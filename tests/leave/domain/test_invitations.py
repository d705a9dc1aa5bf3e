"""The invitations of a request: one for each link that an approver was asked by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leave.domain.history import Decision, Person
from leave.domain.invitations import Revocation, RevocationReason
from tests.leave.builders import JANE, JOHN_HIMSELF, NOW, TASK_TOKEN, a_plan, a_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.domain.request import LeaveRequest

MARY = Person(employee_id="E009", name="Mary Major", language="de")
STEPS: dict[str, Callable[[LeaveRequest], LeaveRequest]] = {
    "changed": lambda r: r.change(a_plan(), actor="E002", at=NOW),
    "rerouted": lambda r: r.reroute(actor="hr", why="", at=NOW),
    "approved once": lambda r: r.approve_first(comment="", at=NOW),
    "to be cancelled": lambda r: (
        r.decide(Decision.APPROVED, comment="", at=NOW)
        .mark_outcome_mailed()
        .ask_to_cancel(actor="E002", at=NOW)
    ),
}


def asked_in_place_of_john() -> LeaveRequest:
    """Return Jim's request after Mary was asked while John is on leave."""
    asked = a_request().ask(MARY, task_token=TASK_TOKEN, at=NOW, stands_in_for=JOHN_HIMSELF)
    return asked.mark_lead_mailed()


@pytest.mark.parametrize("step", STEPS)
def test_a_revoked_invitation_is_the_present_one_until_another_is_asked(step: str) -> None:
    request = STEPS[step](asked_in_place_of_john())
    assert (request.approver, request.asked_at) == (MARY, NOW)
    assert request.link() is None
    assert not request.lead_mailed
    assert not request.may_be_mailed


@pytest.mark.parametrize(
    ("step", "stands_in_for"),
    [
        ("changed", JOHN_HIMSELF),
        ("rerouted", JOHN_HIMSELF),
        ("approved once", None),
        ("to be cancelled", None),
    ],
)
def test_who_stands_in_keeps_the_same_question_and_no_other(
    step: str, stands_in_for: Person | None
) -> None:
    assert STEPS[step](asked_in_place_of_john()).stands_in_for == stands_in_for


def test_a_try_that_failed_is_forgotten_with_its_link() -> None:
    unsent = a_request().ask(MARY, task_token=TASK_TOKEN, at=NOW).mark_unsent()
    assert unsent.mail_unsent
    rerouted = unsent.reroute(actor="hr", why="", at=NOW)
    assert not rerouted.mail_unsent
    [old] = rerouted.invitations
    assert old.revoked == Revocation(at=NOW, why=RevocationReason.REROUTED, revision=0)


def test_only_the_last_two_invitations_have_names() -> None:
    """A record with the invitations of many approvers fits into an item."""
    asked = asked_in_place_of_john().ask(JOHN_HIMSELF, task_token=TASK_TOKEN, at=NOW)
    assert [(link.owner, link.name) for link in asked.revoked_links] == [("E009", "Mary Major")]
    jane = Person.of(JANE)
    oldest, old, present = asked.ask(jane, task_token=TASK_TOKEN, at=NOW).invitations
    assert oldest.approver == Person(employee_id=MARY.employee_id, name="", language="de")
    assert oldest.stands_in_for is None
    assert (old.approver, present.approver) == (JOHN_HIMSELF, jane)
