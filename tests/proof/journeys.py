"""What people do from the first wish to the last mail, and what bad luck adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import partial, wraps
from typing import Any

from leave.domain.calendar import Period
from leave.domain.delegation import DelegationInput
from leave.domain.employee import Employee
from leave.domain.errors import LeaveError, UnavailableError
from leave.domain.history import Decision
from leave.domain.policy import LeaveType, Rules
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from leave.services.authorization import Caller
from leave.services.directory_changes import DirectoryChanges
from leave.services.leave_policy import LeaveRequestInput
from tests.leave.builders import JANE, JIM, JOHN, an_employee, employed
from tests.leave.services.stage import ADMIN_CALLS, JIM_CALLS, JOHN_CALLS, a_wish
from tests.proof.world import DAY, HOUR, Crash, NotYetError, World

UNDO = ApprovalPolicy(undo=timedelta(minutes=5))
MARY = an_employee("E004", name="Mary Head", email="mary@foo.com", lead_id=None)
PEOPLE = (replace(JOHN, lead_id="E004"), JIM, JANE, MARY)
RULES = Rules(
    leave_types=(
        LeaveType(id="annual", name="Annual leave"),
        LeaveType(id="sick", name="Sick leave", needs_approval=False),
    )
)
WISH = a_wish("2027-03-15", "2027-03-19")
SICK = replace(WISH, leave_type="sick")
SICK_TODAY = a_wish("2027-03-01", "2027-03-05", leave_type="sick")
OTHER_WISH = a_wish("2027-03-16", "2027-03-17")
PATIENCE = 9
"""For how many days somebody tries what can not be done yet, and how often what was not answered:
more often than functions die."""


class Repeats(StrEnum):
    """What somebody does whose call was not answered."""

    AT_ONCE = "at once"
    LATER = "later"
    NEVER = "never"


class GaveUpError(Exception):
    """Somebody whose call was not answered does nothing any more."""


Act = Callable[[World, Repeats], None]


def act(do: Callable[..., None]) -> Callable[..., Act]:
    """Let a deed be named by its details, and done later in a world."""

    @wraps(do)
    def named(*details: Any) -> Act:
        return lambda world, repeats: do(world, repeats, *details)

    return named


@act
def asks(world: World, repeats: Repeats, wanted: LeaveRequestInput = WISH) -> None:
    """Jim asks; he repeats with his Idempotency-Key at once, or later without one."""
    key = "key" if repeats is not Repeats.LATER else None
    ask = partial(world.stage.request_leave, JIM_CALLS, wanted, idempotency_key=key)
    submitted = answered(world, repeats, ask)
    if submitted is not None:
        world.accepted.add(submitted.request_id)


@act
def answers(world: World, repeats: Repeats, employee: Employee, decision: str) -> None:
    """Somebody who was asked answers through the newest link."""
    link = link_of(world, employee)
    answer = partial(world.stage.submit_lead_response, link, Decision(decision), "So be it")
    decided = answered(world, repeats, answer)
    assert decided is None or decided.view.request.request_id in link


@act
def undoes(world: World, repeats: Repeats, employee: Employee) -> None:
    """Somebody takes an answer back, as long as that can be done."""
    links = links_to(world, employee)
    answered(world, repeats, lambda: world.stage.submit_lead_response.undo(links[-1]))
    if world.the_request().question is None:
        raise GaveUpError("too late to take it back")


@act
def decides(world: World, repeats: Repeats, employee: Employee, decision: str) -> None:
    """Somebody who is asked answers by ID token, at the revision that is there."""
    request = world.the_request()
    if request.question is None or not request.is_asked(employee.employee_id):
        raise NotYetError("somebody else is asked, or nobody")
    answer = partial(
        world.stage.approvals.decide,
        Caller(email=employee.email, in_admins=False),
        request.request_id,
        Decision(decision),
        "So be it",
        revision=request.asked_revision,
    )
    answered(world, repeats, answer)


@act
def delegates(world: World, repeats: Repeats, substitute: Employee) -> None:
    """John lets somebody be asked in his place; he repeats with his Idempotency-Key."""
    world.the_request()
    first = world.now.date()
    wanted = DelegationInput(
        substitute_id=substitute.employee_id, period=Period(start=first, end=first + 30 * DAY)
    )
    delegate = partial(
        world.stage.delegate_approvals.delegate,
        JOHN_CALLS,
        wanted,
        idempotency_key=substitute.employee_id,
    )
    answered(world, repeats, delegate)


@act
def ends_delegation(world: World, repeats: Repeats) -> None:
    """John is asked himself again."""
    answered(world, repeats, lambda: world.stage.delegate_approvals.end(JOHN_CALLS))


@act
def takes_back(world: World, repeats: Repeats, employee: Employee) -> None:
    """Somebody takes an answer back by ID token, as long as that can be done."""
    caller = Caller(email=employee.email, in_admins=False)
    request_id = world.the_request().request_id
    answered(world, repeats, lambda: world.stage.approvals.undo(caller, request_id))
    if world.the_request().question is None:
        raise GaveUpError("too late to take it back")


@act
def reminds(world: World, repeats: Repeats) -> None:
    """Jim has the approver reminded."""
    request = world.the_request()
    if not request.lead_mailed:
        raise NotYetError("nobody was mailed")
    change = world.stage.change_leave_request
    answered(world, repeats, lambda: change.remind(JIM_CALLS, request.request_id))


@act
def changes(world: World, repeats: Repeats, wanted: LeaveRequestInput = OTHER_WISH) -> None:
    """Jim asks for other days."""
    request_id = world.the_request().request_id
    change = world.stage.change_leave_request
    if world.store[request_id].plan.period != wanted.period:
        answered(world, repeats, lambda: change.change(JIM_CALLS, request_id, wanted))


@act
def withdraws(world: World, repeats: Repeats, caller: Caller = JIM_CALLS) -> None:
    """Jim, or somebody for him, withdraws; of approved leave he asks to cancel it."""
    request_id = world.the_request().request_id
    change = world.stage.change_leave_request
    answered(world, repeats, lambda: change.withdraw(caller, request_id))


@act
def leaves(world: World, _: Repeats, employee: Employee) -> None:
    """Somebody leaves the company."""
    world.the_request()
    world.stage.directory.put(replace(employee, employments=employed(end=world.now.date())))


@act
def is_cancelled_by_an_import(world: World, repeats: Repeats) -> None:
    """Jim's employment will end before his leave, and an import cancels it."""
    before = world.the_request().plan.period.start - DAY
    jim = replace(JIM, employments=employed(end=before))
    stage = world.stage
    stage.directory.put(jim)
    changes = DirectoryChanges(
        clock=stage.clock,
        begin=stage.begin,
        workflow=stage.workflow,
        rules=stage.rules,
        policy=stage.whole_policy,
    )

    def cancel() -> None:
        for found in changes.find({jim.employee_id: jim}).outside:
            changes.cancel(found, actor="user/hr")

    answered(world, repeats, cancel)


@act
def is_removed(world: World, _: Repeats, employee: Employee) -> None:
    """Somebody is taken out of the directory, as by hand."""
    world.the_request()
    world.stage.directory.remove(employee.employee_id)


@act
def waits(world: World, _: Repeats, days: int) -> None:
    """Nothing happens for some days."""
    world.run_for(days * DAY)


@act
def loses_its_execution(world: World, _: Repeats) -> None:
    """Somebody stops the execution by hand."""
    world.the_request()
    for one in world.machine.live():
        world.machine.stop(one)


@act
def is_given_days(world: World, repeats: Repeats) -> None:
    """An administrator gives Jim days of leave, and repeats with the Idempotency-Key."""
    year = world.the_request().plan.period.start.year
    given = answered(world, repeats, partial(world.stage.adjust, "2", year=year, key="given"))
    written = world.store.book(JIM.employee_id, year).adjustments
    assert len(written) == 1 if given else len(written) <= 1, "an adjustment counts once"


def refuses(employee: Employee) -> Callable[[World], None]:
    """Let Gmail refuse somebody's address for good."""

    def prepare(world: World) -> None:
        world.mails.refused.add(employee.email)

    return prepare


@dataclass(frozen=True, kw_only=True)
class Journey:
    """Who does what, on a stage with these settings; `pause` lies between two acts."""

    name: str
    acts: Sequence[Act]
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    pause: timedelta = HOUR
    answer_timeout_days: int = 30
    prepare: Callable[[World], None] = lambda _: None

    def __str__(self) -> str:
        return self.name

    def play(
        self,
        wire: Any,
        *,
        repeats: Repeats = Repeats.AT_ONCE,
        keeps_token: bool = False,
        make: Callable[..., World] = World.make,
        rest: timedelta = 2 * DAY + HOUR,
    ) -> World:
        """Return the world after all that was done, two sweeps later."""
        world = make(
            PEOPLE,
            wire=wire,
            keeps_token=keeps_token,
            policy=self.policy,
            rules=RULES,
            answer_timeout_days=self.answer_timeout_days,
        )
        self.prepare(world)
        try:
            for act in self.acts:
                patiently(world, lambda act=act: act(world, repeats), self.pause)
        except GaveUpError:
            world.gave_up = True
        world.run_for(rest)
        return world


JOURNEYS = (
    Journey(name="approved", acts=[asks(), answers(JOHN, "approved")]),
    Journey(name="denied", acts=[asks(), answers(JOHN, "denied")]),
    Journey(
        name="approved twice",
        acts=[asks(), answers(JOHN, "approved"), answers(MARY, "approved")],
        policy=ApprovalPolicy(second_approval_over_days=3),
    ),
    Journey(
        name="answered anew",
        acts=[asks(), answers(JOHN, "approved"), undoes(JOHN), answers(JOHN, "denied")],
        policy=UNDO,
        pause=timedelta(minutes=1),
    ),
    Journey(
        name="answered anew by token",
        acts=[asks(), decides(JOHN, "denied"), takes_back(JOHN), decides(JOHN, "approved")],
        policy=UNDO,
        pause=timedelta(minutes=1),
    ),
    Journey(
        name="approved by token and by link",
        acts=[asks(), decides(JOHN, "approved"), answers(MARY, "approved")],
        policy=ApprovalPolicy(second_approval_over_days=3),
    ),
    Journey(
        name="cancelled by token",
        acts=[asks(), answers(JOHN, "approved"), withdraws(), decides(JOHN, "approved")],
    ),
    Journey(name="delegated", acts=[asks(), delegates(MARY), answers(MARY, "approved")]),
    Journey(
        name="delegated for a while",
        acts=[asks(), delegates(MARY), waits(1), ends_delegation(), answers(MARY, "approved")],
    ),
    Journey(
        name="asked of a delegate",
        acts=[asks(), delegates(JANE), waits(1), delegates(MARY), waits(14)],
    ),
    Journey(name="reminded", acts=[asks(), reminds(), waits(3), answers(JOHN, "approved")]),
    Journey(name="reminded and not answered", acts=[asks(), reminds(), waits(14)]),
    Journey(name="changed", acts=[asks(), changes(), answers(JOHN, "approved")]),
    Journey(name="withdrawn", acts=[asks(), waits(1), withdraws()]),
    Journey(
        name="cancelled",
        acts=[asks(), answers(JOHN, "approved"), withdraws(), answers(JOHN, "approved")],
    ),
    Journey(
        name="cancellation declined",
        acts=[asks(), answers(JOHN, "approved"), withdraws(), answers(JOHN, "denied")],
    ),
    Journey(name="expired before its first day", acts=[asks(), waits(14)]),
    Journey(name="expired by its time-out", acts=[asks(), waits(4)], answer_timeout_days=3),
    Journey(name="asked of another", acts=[asks(), leaves(PEOPLE[0]), answers(MARY, "approved")]),
    Journey(
        name="escalated",
        acts=[asks(), answers(MARY, "approved")],
        policy=ApprovalPolicy(remind_after_days=1, escalate_after_days=2),
    ),
    Journey(
        name="lead can not be reached",
        acts=[asks(), answers(MARY, "denied")],
        prepare=refuses(JOHN),
    ),
    Journey(
        name="employee can not be reached",
        acts=[asks(), answers(JOHN, "approved")],
        prepare=refuses(JIM),
    ),
    Journey(name="employee removed", acts=[asks(), is_removed(JIM), waits(14)]),
    Journey(name="execution lost", acts=[asks(), loses_its_execution(), answers(JOHN, "approved")]),
    Journey(name="sick leave", acts=[asks(SICK)]),
    Journey(
        name="sick leave cancelled",
        acts=[asks(SICK), waits(4), withdraws()],
    ),
    Journey(
        name="begun sick leave cancelled",
        acts=[asks(SICK_TODAY), waits(4), withdraws(), answers(JOHN, "approved")],
    ),
    Journey(
        name="sick leave cancelled by an administrator",
        acts=[asks(SICK), waits(4), withdraws(ADMIN_CALLS)],
    ),
    Journey(
        name="cancelled by an import",
        acts=[asks(), answers(JOHN, "approved"), waits(4), is_cancelled_by_an_import()],
    ),
    Journey(name="given days", acts=[asks(), is_given_days()]),
    Journey(
        name="withdrawn by an administrator",
        acts=[asks(), waits(1), withdraws(ADMIN_CALLS)],
    ),
)


def answered(world: World, repeats: Repeats, call: Callable[[], Any]) -> Any:
    """Return the answer to a person's call, which is repeated as that person does."""
    for _ in range(PATIENCE):
        try:
            return world.by_person(call)
        except (Crash, UnavailableError):
            if repeats is Repeats.NEVER:
                raise GaveUpError from None
            if repeats is Repeats.LATER:
                world.run_for(2 * HOUR)
        except LeaveError:
            if not world.wire.crashes:
                raise
            return None  # refused, since what was not answered had been done
    raise AssertionError("never answered")


def patiently(world: World, act: Callable[[], None], pause: timedelta) -> None:
    """Do something as soon as it can be done, at most some days later."""
    world.run_for(pause)
    for _ in range(PATIENCE):
        try:
            act()
        except NotYetError:
            world.run_for(DAY)
        else:
            return
    raise AssertionError("it could not be done in days")


def links_to(world: World, employee: Employee) -> list[str]:
    """Return the links that somebody was mailed, oldest first."""
    sent = [m for m in world.mails.sent if m.subject == "ask" and m.to == employee.email]
    return [mail.text for mail in sent]


def link_of(world: World, employee: Employee) -> str:
    """Return the link by which somebody can answer now, or raise `NotYetError`."""
    request = world.the_request()
    link = request.link()
    for text in reversed(links_to(world, employee)):
        if link is not None and text == link.reveal() and request.question is not None:
            return text
    raise NotYetError("no mail with a good link")
