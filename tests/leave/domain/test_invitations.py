"""Invitations: what asks one approver by one link, which nobody can guess."""

import string
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.history import Channel, Decision, EventType, Person
from leave.domain.invitations import Link, Revocation, RevocationReason, new_link_secret
from leave.domain.request import LeaveRequest
from leave.domain.values import Secret
from tests.leave.builders import (
    JANE,
    JOHN_HIMSELF,
    NOW,
    R1,
    R2,
    TASK_TOKEN,
    a_decided_request,
    a_period,
    a_plan,
    a_request,
    an_asked_request,
    link_text,
)

LATER = NOW + timedelta(hours=3)
OTHER_PLAN = a_plan(a_period("2027-06-01", "2027-06-02"))
APPROVED = Decision.APPROVED
MARY = Person(employee_id="E009", name="Mary Major", language="de")
URL_SAFE = string.ascii_letters + string.digits + "-_"
REQUEST_IDS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=64)


def a_link() -> Link:
    return Link(request_id="01jd0000000000000000000000", secret=new_link_secret())


@given(REQUEST_IDS, st.text(URL_SAFE, min_size=43, max_size=43))
def test_a_link_reads_back_as_itself(request_id: str, secret: str) -> None:
    link = Link(request_id=request_id, secret=Secret(secret))
    assert Link.parse(link.reveal()) == link


NEAR_MISSES = st.builds(
    "{}.{}".format, REQUEST_IDS, st.text(URL_SAFE + ".=", min_size=42, max_size=44)
)


@given(st.text(max_size=120) | NEAR_MISSES)
def test_only_what_would_be_written_the_same_way_is_read(text: str) -> None:
    link = Link.parse(text)
    if link is not None:
        assert link.reveal() == text
        assert len(link.secret.reveal()) == 43


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.replace(".", "/"),
        lambda text: text.replace(".", ".."),
        lambda text: text.split(".")[1],
        lambda text: text.split(".")[0],
        lambda text: "." + text.split(".")[1],
        lambda text: text[:-1] + "=",
        lambda text: text[:-1] + "é",
        lambda text: text[:-1] + "٣",  # a digit, though not an ASCII one
        lambda text: text[:-3] + "%2e",
        lambda text: "a" * 65 + "." + text.split(".")[1],
        lambda _: "",
    ],
)
def test_a_spoilt_link_is_no_link(spoil: Callable[[str], str]) -> None:
    assert Link.parse(spoil(a_link().reveal())) is None


def test_every_link_is_another_one() -> None:
    secrets = {new_link_secret().reveal() for _ in range(500)}
    assert len(secrets) == 500
    assert {len(secret) for secret in secrets} == {43}  # 256 bits, six a character


def test_a_request_is_opened_by_its_own_link_only_and_knows_its_retired_ones() -> None:
    asked = an_asked_request(R1)
    own, foreign = link_of(asked), link_of(an_asked_request(R2))
    changed = change(asked)
    assert asked.opened_by(own)
    assert changed.revoked(own) is not None
    for other in (
        foreign,
        Link(request_id=R2, secret=own.secret),
        Link(request_id=R1, secret=foreign.secret),
    ):
        assert not asked.opened_by(other)
        assert changed.revoked(other) is None


# Who is asked


def ask(request: LeaveRequest, approver: Person = JOHN_HIMSELF, *, email: str = "") -> LeaveRequest:
    return request.ask(approver, task_token=TASK_TOKEN, at=LATER, email=email)


def change(request: LeaveRequest) -> LeaveRequest:
    return request.change(OTHER_PLAN, actor="jim@foo.com", at=LATER)


def ask_to_cancel(request: LeaveRequest) -> LeaveRequest:
    return request.mark_outcome_mailed().ask_to_cancel(actor="jim@foo.com", at=LATER)


def link_of(request: LeaveRequest) -> Link:
    link = Link.parse(link_text(request))
    assert link is not None
    return link


def test_asking_makes_the_link_and_keeps_the_token() -> None:
    asked = ask(a_request())
    assert (asked.approver, asked.task_token, asked.version) == (JOHN_HIMSELF, TASK_TOKEN, 2)
    assert asked.link() is not None
    assert not asked.lead_mailed
    assert asked.revoked_links == ()
    assert not a_request().opened_by(link_of(asked))
    assert a_request().revoked(link_of(asked)) is None


def test_asking_the_same_approver_again_keeps_the_link_and_the_mail() -> None:
    asked = an_asked_request()
    again = asked.ask(JOHN_HIMSELF, task_token=Secret("another token"), at=NOW)
    assert again.link_secret == asked.link_secret
    assert again.task_token == Secret("another token")
    assert again.lead_mailed


def test_asking_the_same_approver_at_another_address_replaces_the_link() -> None:
    asked = ask(a_request(), email="john@foo.com")
    assert ask(asked, email="JOHN@foo.com").link() == asked.link()
    other = ask(asked, email="carpenter@foo.com")
    assert other.link() != asked.link()
    assert [old.secret for old in other.revoked_links] == [asked.link_secret]


def test_asking_another_approver_replaces_the_link_and_needs_a_mail() -> None:
    asked = ask(a_request(), MARY).mark_lead_mailed()
    rerouted = ask(asked)
    assert rerouted.link_secret != asked.link_secret
    assert not rerouted.lead_mailed
    assert not rerouted.opened_by(link_of(asked))
    revoked = rerouted.revoked(link_of(asked))
    assert revoked is not None
    assert (revoked.at, revoked.why) == (LATER, RevocationReason.REROUTED)
    assert revoked.language == "de", "that of its reader"


def test_a_change_is_a_new_revision_and_the_old_link_explains_it() -> None:
    asked = an_asked_request()
    changed = change(asked)
    assert (changed.plan, changed.revision) == (OTHER_PLAN, 2)
    assert (changed.link(), changed.lead_mailed) == (None, False)
    assert changed.task_token == TASK_TOKEN, "the workflow that waits has to be told"
    revoked = changed.revoked(link_of(asked))
    assert revoked is not None
    assert (revoked.at, revoked.why) == (LATER, RevocationReason.CHANGED)
    assert changed.history[-1].comment == "2027-06-01 to 2027-06-02"
    assert link_text(ask(changed)) != link_text(asked)
    assert ask(changed).revoked(link_of(asked)) == revoked
    assert change(a_request()).revoked_links == (), "nobody was asked"


def test_the_link_that_approved_is_replaced_by_the_wish_to_cancel() -> None:
    approved = a_decided_request()
    revoked = ask_to_cancel(approved).revoked(link_of(approved))
    assert revoked is not None
    assert revoked.why is RevocationReason.CANCELLATION


def test_rerouting_closes_the_link_and_says_why() -> None:
    asked = an_asked_request()
    closed = asked.reroute(actor="hr@foo.com", why="John has left", at=LATER)
    assert (closed.link(), closed.lead_mailed) == (None, False)
    event = closed.history[-1]
    assert (event.type, event.actor) == (EventType.REROUTED, "hr@foo.com")
    assert (event.channel, event.comment) == (Channel.IMPORT, "John has left")
    revoked = closed.revoked(link_of(asked))
    assert revoked is not None
    assert revoked.why is RevocationReason.REROUTED
    assert closed.reroute(actor="hr@foo.com", why="Again", at=LATER) is closed


STEPS: dict[str, tuple[Callable[[LeaveRequest], LeaveRequest], Person | None]] = {
    "changed": (change, JOHN_HIMSELF),
    "rerouted": (lambda r: r.reroute(actor="hr", why="", at=NOW), JOHN_HIMSELF),
    "approved once": (lambda r: r.approve_first(comment="", at=NOW), None),
    "to be cancelled": (lambda r: ask_to_cancel(r.decide(APPROVED, comment="", at=NOW)), None),
}


def in_place_of_john() -> LeaveRequest:
    """Return Jim's request after Mary was asked while John is on leave."""
    asked = a_request().ask(MARY, task_token=TASK_TOKEN, at=NOW, stands_in_for=JOHN_HIMSELF)
    return asked.mark_lead_mailed()


@pytest.mark.parametrize("step", STEPS)
def test_a_revoked_invitation_is_the_present_one_until_another_is_asked(step: str) -> None:
    """A substitute keeps the same question and no other."""
    act, stands_in_for = STEPS[step]
    request = act(in_place_of_john())
    assert (request.approver, request.asked_at) == (MARY, NOW)
    assert request.link() is None
    assert not request.lead_mailed
    assert not request.may_be_mailed
    assert request.stands_in_for == stands_in_for


def test_a_try_that_failed_is_forgotten_with_its_link() -> None:
    unsent = ask(a_request(), MARY).mark_unsent()
    rerouted = unsent.reroute(actor="hr", why="", at=NOW)
    assert (unsent.mail_unsent, rerouted.mail_unsent) == (True, False)
    [old] = rerouted.invitations
    assert old.revoked == Revocation(at=NOW, why=RevocationReason.REROUTED, revision=0)


def test_only_the_last_two_invitations_have_names() -> None:
    """A record with the invitations of many approvers fits into an item."""
    asked, jane = ask(in_place_of_john()), Person.of(JANE)
    assert [(link.owner, link.name) for link in asked.revoked_links] == [("E009", "Mary Major")]
    oldest, old, present = ask(asked, jane).invitations
    assert oldest.approver == Person(employee_id=MARY.employee_id, name="", language="de")
    assert oldest.stands_in_for is None
    assert (old.approver, present.approver) == (JOHN_HIMSELF, jane)
