"""Approvals that are delegated: who is asked, what is refused, what is mailed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from leave.domain.calendar import Period
from leave.domain.delegation import LONGEST_DAYS, Delegation, DelegationInput
from leave.domain.errors import (
    DelegationBeforeTodayError,
    DelegationError,
    DelegationTooLongError,
    IdempotencyMismatchError,
    LeaveError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailUnavailableError,
    NotAllowedError,
    NotPossibleError,
    OwnSubstituteError,
    SubstituteNotEmployedError,
    UnavailableError,
    UnknownEmployeeError,
    UnknownSubstituteError,
)
from leave.domain.history import Channel, Decision, EventType, Status
from leave.domain.request import ApprovalPolicy
from leave.domain.values import Secret, replace
from leave.services.authorization import Caller
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    R1,
    R2,
    R3,
    TODAY,
    a_booking,
    a_period,
    an_employee,
    an_id,
    employed,
)
from tests.leave.hooks import raising
from tests.leave.services.stage import (
    A_STRANGER_CALLS,
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    FakeStage,
    a_wish,
)

if TYPE_CHECKING:
    from leave.domain.employee import Employee
    from leave.domain.request import LeaveRequest

DAY = timedelta(days=1)
BOSS = an_employee("E008", name="Ada Boss", email="ada@foo.com", lead_id=None)
SUE = an_employee("E005", name="Sue Stand", email="sue@foo.com", lead_id="E008")
TOM = an_employee("E006", name="Tom Other", email="tom@foo.com", lead_id="E008")
SUE_CALLS = Caller(email=SUE.email, in_admins=False)
BOSS_CALLS = Caller(email=BOSS.email, in_admins=False)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage where Ada leads John, Sue and Tom, and Jane is John's substitute."""
    stage = FakeStage()
    lead = replace(JOHN, lead_id="E008", substitute_id="E003")
    for employee in (lead, BOSS, SUE, TOM):
        stage.directory.put(employee)
    return stage


def to(substitute: Employee, first: date = TODAY, days: int = 10) -> DelegationInput:
    """Return what asks a substitute for so many days."""
    period = Period(start=first, end=first + (days - 1) * DAY)
    return DelegationInput(substitute_id=substitute.employee_id, period=period)


def on_leave(stage: FakeStage, who: Employee, days: int = 1) -> None:
    """Let somebody be on leave from today on."""
    first = stage.clock.today()
    period = a_period(str(first), str(first + (days - 1) * DAY))
    ledger = stage.requests.book(who.employee_id, first.year)
    booking = a_booking(f"leave of {who.employee_id}", period, status="approved")
    stage.requests.write_ledgers([ledger.with_booking(booking)])


def wakes(stage: FakeStage, request_id: str) -> None:
    """Let the workflow ask again, as it does once the waiting has failed."""
    stage.process_leave_request(request_id, Secret(f"new token of {request_id}"))


def asked(stage: FakeStage, request_id: str = R1) -> str:
    """Return who is asked now."""
    approver = stage.requests[request_id].approver
    assert approver is not None
    return approver.employee_id


def delegator(stage: FakeStage, request_id: str = R1) -> str:
    """Return who has delegated the answer, empty for nobody."""
    person = stage.requests[request_id].delegated_by
    return person.employee_id if person else ""


# Who is asked


def test_from_the_first_day_on_the_substitute_is_asked(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE, TODAY + DAY))
    stage.asked(a_wish("2027-05-03"))
    assert (asked(stage), delegator(stage)) == ("E001", "")
    stage.clock.go_on(DAY)
    stage.asked(a_wish("2027-05-04"))
    assert (asked(stage, R2), delegator(stage, R2)) == ("E005", "E001")
    assert stage.requests[R2].stands_in_for is None
    stage.clock.go_on(9 * DAY)
    stage.asked(a_wish("2027-05-05"))
    assert asked(stage, R3) == "E005", "on the last day"
    stage.clock.go_on(DAY)
    stage.asked(a_wish("2027-05-06"))
    assert asked(stage, an_id(4)) == "E001", "after the last day"


def test_a_delegation_goes_before_the_substitute_of_the_directory(stage: FakeStage) -> None:
    on_leave(stage, JOHN, days=3)
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.asked()
    assert (asked(stage), delegator(stage)) == ("E005", "E001")


def test_the_leave_of_the_substitute_goes_the_usual_way(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(BOSS_CALLS, to(SUE))
    stage.asked(caller=SUE_CALLS)
    assert (asked(stage), delegator(stage)) == ("E008", "")


def test_while_the_substitute_is_away_the_approver_is_asked_and_stays(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    on_leave(stage, SUE)
    link = stage.asked()
    assert (asked(stage), delegator(stage)) == ("E001", "")
    absent = stage.requests[R1].stands_in_for
    assert absent is not None
    assert absent.employee_id == "E005", "the mail says why"
    stage.clock.go_on(DAY)
    stage.make_sweep()
    assert stage.link(R1) == link, "a mail that moves to and fro is answered by nobody"


def test_while_both_are_away_the_directorys_substitute_is_asked(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    on_leave(stage, SUE)
    on_leave(stage, JOHN)
    stage.asked()
    assert asked(stage) == "E003"


def test_a_substitute_who_left_is_not_asked(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.directory.put(replace(SUE, employments=employed(end=TODAY)))
    stage.clock.go_on(DAY)
    stage.asked()
    assert asked(stage) == "E001"


def test_delegations_do_not_chain(stage: FakeStage) -> None:
    stage.directory.put(replace(TOM, lead_id="E005"))
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.asked()
    stage.delegate_approvals.delegate(SUE_CALLS, to(TOM))
    assert asked(stage) == "E005"
    wakes(stage, R1)
    stage.make_sweep()
    assert asked(stage) == "E005"
    stage.asked(a_wish("2027-05-04"))
    assert asked(stage, R2) == "E005"


def test_the_fallback_approver_delegates_too(stage: FakeStage) -> None:
    stage.fallback_approver = "E006"
    stage.directory.put(replace(JIM, lead_id=None))
    tom_calls = Caller(email=TOM.email, in_admins=False)
    stage.delegate_approvals.delegate(tom_calls, to(SUE))
    stage.asked()
    assert (asked(stage), delegator(stage)) == ("E005", "E006")


def test_a_substitute_who_does_not_answer_is_passed_over(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE, days=40))
    stage.asked()
    stage.clock.go_on(10 * DAY)
    stage.make_sweep()
    wakes(stage, R1)
    assert (asked(stage), delegator(stage)) == ("E001", "")
    stage.make_sweep()
    assert asked(stage) == "E001", "not back to who did not answer"


def test_an_approver_who_did_not_answer_does_not_get_it_back_by_delegating(
    stage: FakeStage,
) -> None:
    stage.asked()
    stage.clock.go_on(10 * DAY)
    stage.make_sweep()
    wakes(stage, R1)
    assert asked(stage) == "E008"
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE, stage.clock.today()))
    stage.make_sweep()
    assert asked(stage) == "E008"


# What waits


def test_the_substitute_is_asked_what_waits_and_the_old_link_is_revoked(stage: FakeStage) -> None:
    link = stage.asked()
    stage.mailer.sent.clear()
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    request = stage.requests[R1]
    assert request.link_secret is None
    event = request.history[-1]
    assert (event.type, event.channel, event.actor, event.name) == (
        EventType.REROUTED,
        Channel.API,
        "E001",
        JOHN.name,
    )
    assert event.comment == "John Carpenter has delegated approvals to Sue Stand"
    wakes(stage, R1)
    assert (asked(stage), delegator(stage)) == ("E005", "E001")
    assert stage.mailer.recipients == [SUE.email], "who delegates needs no mail about each request"
    assert not stage.decide(link).changed
    assert stage.requests[R1].status is Status.PENDING
    assert stage.decide(stage.link(R1)).changed


def test_what_waits_for_the_directorys_substitute_goes_to_the_delegate(stage: FakeStage) -> None:
    on_leave(stage, JOHN, days=30)
    stage.asked()
    assert asked(stage) == "E003"
    stage.delegate_approvals.delegate(ADMIN_CALLS, to(SUE), employee_id="E001")
    assert stage.requests[R1].link_secret is None
    stage.mailer.sent.clear()
    wakes(stage, R1)
    assert (asked(stage), delegator(stage)) == ("E005", "E001")
    assert stage.mailer.recipients == [SUE.email, JANE.email], "who was asked before hears of it"


def test_what_waits_for_others_stays(stage: FakeStage) -> None:
    stage.asked()
    stage.asked(a_wish("2027-05-04"), caller=SUE_CALLS)
    before = stage.requests[R2]
    stage.delegate_approvals.delegate(JOHN_CALLS, to(TOM))
    assert stage.requests[R2] == before
    assert stage.requests[R1].link_secret is None


def test_ending_a_delegation_affects_later_requests_only(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    link = stage.asked()
    stage.delegate_approvals.end(JOHN_CALLS)
    stage.make_sweep()
    assert stage.link(R1) == link
    wakes(stage, R1)
    assert (stage.link(R1), asked(stage), delegator(stage)) == (link, "E005", "E001")
    stage.asked(a_wish("2027-05-04"))
    assert asked(stage, R2) == "E001"
    on_leave(stage, SUE)
    stage.make_sweep()
    wakes(stage, R1)
    assert asked(stage) == "E001", "who is away does not keep it"


def test_another_delegation_replaces_the_first_one(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.asked()
    stage.delegate_approvals.delegate(JOHN_CALLS, to(TOM))
    wakes(stage, R1)
    assert (asked(stage), delegator(stage)) == ("E006", "E001")
    read = stage.delegate_approvals.read(JOHN_CALLS)
    assert read is not None
    assert (read.delegation.substitute_id, read.name) == ("E006", TOM.name)


def test_what_was_asked_in_the_place_of_another_lead_is_delegated(stage: FakeStage) -> None:
    stage.directory.put(replace(JOHN, lead_id="E008", substitute_id=None))
    on_leave(stage, JOHN)
    stage.asked()
    assert asked(stage) == "E008"
    stage.delegate_approvals.delegate(BOSS_CALLS, to(SUE))
    wakes(stage, R1)
    request = stage.requests[R1]
    assert request.stands_in_for is not None
    assert (asked(stage), delegator(stage)) == ("E005", "E008")
    assert request.stands_in_for.employee_id == "E001"
    stage.clock.go_on(DAY)
    stage.make_sweep()
    assert asked(stage) == "E005", "also when the lead is back"


def test_on_the_first_day_the_sweep_passes_on_what_waits(stage: FakeStage) -> None:
    stage.asked()
    stage.asked(a_wish("2027-05-04"))
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE, TODAY + DAY))
    stage.make_sweep()
    assert asked(stage) == "E001"
    stage.clock.go_on(DAY)
    stage.mailer.sent.clear()
    stage.make_sweep()
    assert [asked(stage, one) for one in (R1, R2)] == ["E005", "E005"]
    events = [stage.requests[one].history[-1] for one in (R1, R2)]
    assert {e.comment for e in events} == {"John Carpenter has delegated approvals to Sue Stand"}
    assert {e.channel for e in events} == {Channel.SYSTEM}
    assert stage.mailer.recipients == [SUE.email], "one mail about both, and none to who delegated"


@pytest.mark.parametrize("again", ["the same call", "the sweep"])
@pytest.mark.parametrize("lost", ["before the write", "after the write", "the wake"])
def test_what_is_interrupted_goes_on(stage: FakeStage, lost: str, again: str) -> None:
    stage.asked()
    dies = raising(UnavailableError("gone"))
    if lost == "the wake":
        stage.workflow.hooks.before("fail", dies)
    else:
        moment = (
            stage.requests.hooks.before
            if lost == "before the write"
            else (stage.requests.hooks.after)
        )
        moment("replace", dies)
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.clock.go_on(timedelta(minutes=20))
    if again == "the sweep":
        stage.make_sweep()
    else:
        stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    assert stage.workflow.failures, "the workflow is woken"
    wakes(stage, R1)
    assert (asked(stage), delegator(stage)) == ("E005", "E001")


def test_what_takes_too_long_is_left_to_the_sweep(
    stage: FakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.asked()
    stage.asked(a_wish("2027-05-04"))
    stage.requests.hooks.after("replace", lambda: stage.clock.go_on(timedelta(seconds=11)))
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    assert stage.requests[R1].link_secret is None
    assert stage.requests[R2].link_secret is not None
    assert "daily sweep" in caplog.text


# What the approver still decides


def waiting(stage: FakeStage, caller: Caller = JOHN_CALLS) -> list[str]:
    """Return the ids of what waits for a caller."""
    page = stage.approvals.waiting(caller, None)
    return [approval.request.request_id for approval in page.approvals]


def decides(
    stage: FakeStage, decision: str = "approved", *, caller: Caller = JOHN_CALLS, revision: int = 1
) -> LeaveRequest:
    """Let somebody answer by ID token, and return the request."""
    comment = "No" if decision == "denied" else ""
    stage.approvals.decide(caller, R1, Decision(decision), comment, revision=revision)
    return stage.requests[R1]


@pytest.mark.parametrize("times", [0, 1])
def test_by_id_token_the_approver_still_decides_what_they_were_asked(
    stage: FakeStage, times: int
) -> None:
    """Also as long as the substitute is not asked yet."""
    link = stage.asked()
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    for _ in range(times):
        wakes(stage, R1)
        link = stage.link(R1)
        assert waiting(stage, SUE_CALLS) == [R1]
    assert waiting(stage) == []
    request = decides(stage)
    assert request.status is Status.APPROVED
    assert (request.history[-1].actor, request.history[-1].channel) == ("E001", Channel.API)
    assert waiting(stage) == waiting(stage, SUE_CALLS) == []
    decides(stage)
    with pytest.raises(NotPossibleError, match="approved already"):
        decides(stage, "denied")
    assert not stage.decide(link, "denied", "Too late").changed
    stage.mailer.sent.clear()
    stage.process_lead_response(R1)
    assert stage.mailer.recipients == [SUE.email] * times + [JIM.email], "whoever was asked hears"


def test_what_the_approver_was_not_asked_is_the_substitutes(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.asked()
    assert waiting(stage) == []
    with pytest.raises(NotAllowedError):
        decides(stage)
    decides(stage, caller=SUE_CALLS)


def test_a_changed_request_was_not_asked_before(stage: FakeStage) -> None:
    stage.asked()
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    wakes(stage, R1)
    stage.change_leave_request.change(JIM_CALLS, R1, a_wish("2027-06-01"))
    wakes(stage, R1)
    assert waiting(stage) == []
    with pytest.raises(NotAllowedError):
        decides(stage, revision=2)


def test_of_both_the_first_answer_decides(stage: FakeStage) -> None:
    stage.asked()
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    wakes(stage, R1)
    stage.decide(stage.link(R1))
    decides(stage)
    with pytest.raises(NotPossibleError, match="approved already"):
        decides(stage, "denied")
    assert stage.requests[R1].status is Status.APPROVED


def test_only_who_answered_takes_the_answer_back(stage: FakeStage) -> None:
    stage.policy = ApprovalPolicy(undo=timedelta(minutes=5))
    stage.asked()
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    wakes(stage, R1)
    link = stage.link(R1)
    decides(stage, "denied")
    undone = stage.submit_lead_response.undo(link)
    assert undone is not None
    assert not undone.changed
    with pytest.raises(NotAllowedError):
        stage.approvals.undo(SUE_CALLS, R1)
    stage.approvals.undo(JOHN_CALLS, R1)
    assert stage.requests[R1].status is Status.PENDING
    wakes(stage, R1)
    assert (asked(stage), delegator(stage)) == ("E005", "E001")


def test_an_answer_that_can_be_taken_back_is_the_substitutes_alone(stage: FakeStage) -> None:
    stage.policy = ApprovalPolicy(undo=timedelta(minutes=5))
    stage.asked()
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    wakes(stage, R1)
    stage.decide(stage.link(R1))
    for call in (lambda: decides(stage), lambda: stage.approvals.undo(JOHN_CALLS, R1)):
        with pytest.raises(NotAllowedError):
            call()


def test_of_long_leave_the_approver_gives_the_first_approval(stage: FakeStage) -> None:
    stage.policy = ApprovalPolicy(second_approval_over_days=1)
    stage.asked(a_wish("2027-05-03", "2027-05-07"))
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    wakes(stage, R1)
    first = decides(stage).first_approval
    assert first is not None
    assert first.employee_id == "E001"
    wakes(stage, R1)
    assert (asked(stage), delegator(stage)) == ("E008", "")


# What is refused

MINE = "E001"
REFUSED: dict[str, tuple[Caller, DelegationInput, str | None, type[LeaveError], str]] = {
    "oneself": (JOHN_CALLS, to(JOHN), None, OwnSubstituteError, "substituteId"),
    "oneself, by another": (ADMIN_CALLS, to(JOHN), MINE, OwnSubstituteError, "substituteId"),
    "unknown substitute": (
        JOHN_CALLS,
        to(replace(SUE, employee_id="E404")),
        None,
        UnknownSubstituteError,
        "substituteId",
    ),
    "yesterday": (JOHN_CALLS, to(SUE, TODAY - DAY), None, DelegationBeforeTodayError, "from"),
    "too long": (
        JOHN_CALLS,
        to(SUE, days=LONGEST_DAYS + 1),
        None,
        DelegationTooLongError,
        "to",
    ),
    "leaver": (JOHN_CALLS, to(TOM, days=4), None, SubstituteNotEmployedError, "substituteId"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_delegation_names_the_field_and_writes_nothing(
    stage: FakeStage, name: str
) -> None:
    stage.directory.put(replace(TOM, employments=employed(end=TODAY + 2 * DAY)))
    caller, wanted, employee_id, kind, field = REFUSED[name]
    stage.asked()
    before = dict(stage.requests.stored)
    with pytest.raises(kind, match=f"^{field}: .*(Choose|Check)") as refused:
        stage.delegate_approvals.delegate(
            caller, wanted, employee_id=employee_id, idempotency_key="key"
        )
    assert isinstance(refused.value, DelegationError)
    assert refused.value.field == field
    assert (stage.delegations.stored, stage.requests.stored) == ({}, before)
    assert stage.requests.keys == {}, "the key stays free"


def test_the_longest_delegation_begins_today_and_ends_with_the_substitute(stage: FakeStage) -> None:
    last = TODAY + (LONGEST_DAYS - 1) * DAY
    stage.directory.put(replace(SUE, employments=employed(end=last)))
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE, days=LONGEST_DAYS))
    assert stage.delegations.stored["E001"].end == last


WRONG_CALLERS: dict[str, tuple[Caller, str | None, type[LeaveError]]] = {
    "asked for nothing": (JIM_CALLS, None, NotAllowedError),
    "an employee for their lead": (JIM_CALLS, "E001", NotAllowedError),
    "a lead for another": (JOHN_CALLS, "E008", NotAllowedError),
    "an employee for nobody known": (JIM_CALLS, "E404", NotAllowedError),
    "a stranger": (A_STRANGER_CALLS, None, NotAllowedError),
    "an administrator for themselves": (ADMIN_CALLS, None, NotAllowedError),
    "an administrator for who is asked for nothing": (ADMIN_CALLS, "E002", NotAllowedError),
    "an administrator for nobody known": (ADMIN_CALLS, "E404", UnknownEmployeeError),
}


@pytest.mark.parametrize("name", WRONG_CALLERS)
@pytest.mark.parametrize("call", ["read", "end", "delegate"])
def test_others_are_turned_away(stage: FakeStage, name: str, call: str) -> None:
    caller, employee_id, kind = WRONG_CALLERS[name]
    wanted = (to(SUE),) if call == "delegate" else ()
    with pytest.raises(kind):
        getattr(stage.delegate_approvals, call)(caller, *wanted, employee_id=employee_id)
    assert stage.delegations.stored == {}


def test_somebody_for_whom_something_waits_may_delegate(stage: FakeStage) -> None:
    on_leave(stage, JOHN)
    stage.asked()
    stage.delegate_approvals.delegate(JANE_CALLS, to(SUE))
    wakes(stage, R1)
    assert (asked(stage), delegator(stage)) == ("E005", "E003")
    stage.decide(stage.link(R1))
    stage.delegate_approvals.end(JANE_CALLS)
    with pytest.raises(NotAllowedError, match="asked for no approvals"):
        stage.delegate_approvals.delegate(JANE_CALLS, to(SUE))


def test_a_lead_of_leavers_is_asked_for_nothing(stage: FakeStage) -> None:
    for one in (JIM, JANE):
        stage.directory.put(replace(one, employments=employed(end=TODAY - DAY)))
    with pytest.raises(NotAllowedError, match="E001 is asked for no approvals"):
        stage.delegate_approvals.read(JOHN_CALLS)


# Read, repeat, end


def test_a_delegation_is_read_until_it_is_over(stage: FakeStage) -> None:
    delegating = stage.delegate_approvals
    assert delegating.read(JOHN_CALLS) is None
    written = delegating.delegate(JOHN_CALLS, to(SUE))
    assert delegating.read(JOHN_CALLS) is not None
    assert written.name == SUE.name
    assert delegating.read(ADMIN_CALLS, employee_id="E001") is not None
    stage.clock.go_on(9 * DAY)
    assert delegating.read(JOHN_CALLS) is not None
    stage.clock.go_on(DAY)
    assert delegating.read(JOHN_CALLS) is None
    delegating.end(JOHN_CALLS)
    assert not stage.delegations.stored["E001"].ended, "what is over is not ended again"


def test_ending_twice_is_ending_once(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    for _ in range(2):
        stage.delegate_approvals.end(JOHN_CALLS)
        assert stage.delegate_approvals.read(JOHN_CALLS) is None
    assert stage.delegations.stored["E001"].version == 2


def test_a_key_stands_for_one_delegation(stage: FakeStage) -> None:
    delegating = stage.delegate_approvals
    delegating.delegate(JOHN_CALLS, to(SUE), idempotency_key="key")
    delegating.end(JOHN_CALLS)
    again = delegating.delegate(JOHN_CALLS, to(SUE), idempotency_key="key")
    assert (again.delegation.substitute_id, again.name) == ("E005", SUE.name)
    assert delegating.read(JOHN_CALLS) is None, "the key was used, so nothing is done again"
    with pytest.raises(IdempotencyMismatchError):
        delegating.delegate(JOHN_CALLS, to(TOM), idempotency_key="key")
    delegating.delegate(ADMIN_CALLS, to(TOM), employee_id="E001", idempotency_key="key")
    stage.clock.go_on(8 * DAY)
    delegating.delegate(JOHN_CALLS, to(TOM, stage.clock.today()), idempotency_key="key")


def test_the_same_delegation_again_changes_nothing(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    written = stage.delegations.stored["E001"]
    stage.clock.go_on(DAY)
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    assert stage.delegations.stored["E001"] == written


def test_of_two_at_once_the_last_one_stands(stage: FakeStage) -> None:
    stage.delegations.hooks.before(
        "write", lambda: stage.delegate_approvals.delegate(JOHN_CALLS, to(TOM))
    )
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stored = stage.delegations.stored["E001"]
    assert (stored.substitute_id, stored.version) == ("E005", 2)
    stage.delegations.hooks.before("write", lambda: stage.delegate_approvals.end(JOHN_CALLS))
    stage.delegate_approvals.delegate(JOHN_CALLS, to(TOM))
    assert not stage.delegations.stored["E001"].ended


# The mails


def mails(stage: FakeStage) -> list[tuple[str, str]]:
    """Make the sweep, and return what it mailed about delegations, and forget it."""
    stage.make_sweep()
    sent = [(mail.to, mail.text) for mail in stage.mailer.sent if mail.subject == "Delegated"]
    stage.mailer.sent.clear()
    return sent


def test_both_get_a_mail_when_it_begins_and_when_it_ends(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    begun = [(JOHN.email, "E001 by E005"), (SUE.email, "E001 by E005")]
    assert mails(stage) == begun
    assert mails(stage) == []
    stage.delegate_approvals.delegate(JOHN_CALLS, to(TOM))
    assert mails(stage) == [
        (JOHN.email, "E001 by E006"),
        (TOM.email, "E001 by E006"),
        (SUE.email, "E001 not by E005"),
    ]
    stage.delegate_approvals.end(JOHN_CALLS)
    assert mails(stage) == [(JOHN.email, "E001 not by E006"), (TOM.email, "E001 not by E006")]
    assert stage.delegations.stored["E001"].notices == ()


def test_who_never_heard_of_it_does_not_hear_of_its_end(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.delegate_approvals.delegate(JOHN_CALLS, to(TOM))
    assert mails(stage) == [(JOHN.email, "E001 by E006"), (TOM.email, "E001 by E006")]
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.delegate_approvals.end(JOHN_CALLS)
    assert mails(stage) == [(TOM.email, "E001 not by E006")]


def test_who_left_or_is_unknown_gets_no_mail(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.directory.put(replace(SUE, employments=employed(end=TODAY - DAY)))
    assert mails(stage) == [(JOHN.email, "E001 by E005")]
    stage.delegate_approvals.delegate(JOHN_CALLS, to(TOM))
    stage.directory.remove("E006")
    assert mails(stage) == []
    assert stage.delegations.stored["E001"].notices == ()


def test_what_is_over_before_a_mail_left_is_not_mailed(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE, days=1))
    stage.clock.go_on(DAY)
    assert mails(stage) == []
    assert stage.delegations.stored["E001"].notices == ()


def test_a_mail_that_may_be_out_is_sent_once_more(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.mailer.hooks.after("send", raising(MailOutcomeUnknownError("?")), times=2)
    both = [(JOHN.email, "E001 by E005"), (SUE.email, "E001 by E005")]
    assert mails(stage) == both
    assert mails(stage) == both
    assert mails(stage) == []


@pytest.mark.parametrize("error", [MailRefusedError("no"), MailUnavailableError("later")])
def test_a_mail_that_did_not_leave_is_sent_by_the_next_sweep(
    stage: FakeStage, error: LeaveError
) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.mailer.hooks.before("send", raising(error))
    refused = isinstance(error, MailRefusedError)
    assert mails(stage) == ([(SUE.email, "E001 by E005")] if refused else [])
    assert (JOHN.email, "E001 by E005") in mails(stage)
    assert mails(stage) == []


def test_a_mail_about_an_older_delegation_is_not_taken_for_the_newest(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.mailer.hooks.after(
        "send", lambda: stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE, days=3))
    )
    stage.make_sweep()
    stored = stage.delegations.stored["E001"]
    assert {notice.reader for notice in stored.notices} == {"E001", "E005"}


def test_a_delegation_that_was_replaced_asks_nobody_on_its_days(stage: FakeStage) -> None:
    stage.delegate_approvals.delegate(JOHN_CALLS, to(SUE))
    stage.delegate_approvals.delegate(JOHN_CALLS, to(TOM, TODAY + 5 * DAY))
    stage.asked()
    assert asked(stage) == "E001"
    stored = stage.delegations.stored["E001"]
    assert isinstance(stored, Delegation)
    assert not stored.is_active_on(TODAY)
