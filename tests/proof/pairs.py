"""Two or three people, clocks and programs that get in each other's way."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import combinations
from typing import Any

from leave.domain.calendar import Period
from leave.domain.delegation import DelegationInput
from leave.domain.history import Decision
from leave.domain.policy import CarryOver, LeaveType, Rules
from leave.domain.values import Secret, replace
from leave.services.directory_changes import DirectoryChanges
from leave.services.leave_policy import LeaveRequestInput
from tests.leave.builders import JIM, an_employee
from tests.leave.fakes import FakeClock
from tests.leave.services.stage import JIM_CALLS, JOHN_CALLS, a_wish
from tests.proof.scenes import MARY, UNDO, Scene

Act = Callable[[], Any]
Begin = Callable[[Scene, str], Act]
"""Prepares what somebody does about Jim's request, whose link or id is given."""

LONG = a_wish("2027-05-03", "2027-05-07")  # five days, which need two approvals
TOMORROW = a_wish("2027-03-02")
OTHER_DAY = a_wish("2027-05-11")
SICK = LeaveType(id="sick", name="Sick leave", needs_approval=False)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def id_of(link: str) -> str:
    """Return the id of the request that a link opens, or of an id itself."""
    return link.partition(".")[0]


# What somebody does


def click(scene: Scene, link: str, decision: str = "approved") -> Act:
    """Press the button."""
    return lambda: scene.stage.submit_lead_response(link, Decision(decision), "So be it")


deny = partial(click, decision="denied")


def withdraw(scene: Scene, link: str) -> Act:
    """Withdraw, which asks to cancel where the leave is approved."""
    return lambda: scene.stage.change_leave_request.withdraw(JIM_CALLS, id_of(link))


def edit(scene: Scene, link: str) -> Act:
    """Change to another day."""
    return lambda: scene.stage.change_leave_request.change(JIM_CALLS, id_of(link), OTHER_DAY)


def ask(wanted: LeaveRequestInput, key: str | None = None) -> Begin:
    """Ask for leave."""
    return lambda scene, _: (
        lambda: scene.stage.request_leave(JIM_CALLS, wanted, idempotency_key=key)
    )


def undo(scene: Scene, link: str) -> Act:
    """Take the answer back."""
    return lambda: scene.stage.submit_lead_response.undo(link)


def undo_begun(ago: timedelta) -> Begin:
    """Take the answer back, having begun a while ago, a second before it was too late."""

    def begin(scene: Scene, link: str) -> Act:
        early = FakeClock(moment=scene.stage.clock.now() - ago - SECOND)
        return lambda: dataclasses.replace(scene.stage.submit_lead_response, clock=early).undo(link)

    return begin


def decide(scene: Scene, link: str, decision: str = "approved") -> Act:
    """Decide by ID token, at the revision that is there."""
    revision = scene.stage.requests.get(id_of(link)).asked_revision
    return lambda: scene.stage.approvals.decide(
        JOHN_CALLS, id_of(link), Decision(decision), "So be it", revision=revision
    )


def take_back(scene: Scene, link: str) -> Act:
    """Take the answer back by ID token."""
    return lambda: scene.stage.approvals.undo(JOHN_CALLS, id_of(link))


def remind(scene: Scene, link: str) -> Act:
    """Have the approver reminded."""
    return lambda: scene.stage.change_leave_request.remind(JIM_CALLS, id_of(link))


def delegate(scene: Scene, _: str) -> Act:
    """Let Mary be asked in the place of John from now on."""
    today = scene.stage.clock.today()
    wanted = DelegationInput(
        substitute_id=MARY.employee_id, period=Period(start=today, end=today + 30 * DAY)
    )
    return lambda: scene.stage.delegate_approvals.delegate(
        JOHN_CALLS, wanted, idempotency_key="delegate"
    )


def end_delegation(scene: Scene, _: str) -> Act:
    """Let John be asked himself again."""
    return lambda: scene.stage.delegate_approvals.end(JOHN_CALLS)


def expire(scene: Scene, link: str) -> Act:
    """Let the time to answer end."""
    run = scene.run_of(id_of(link))
    return lambda: scene.executions.run_out_of_time(run)


def go_on(scene: Scene, link: str) -> Act:
    """Let the execution do what it does next."""
    run = scene.run_of(id_of(link))
    return lambda: scene.executions.advance(run)


def ask_the_lead(scene: Scene, link: str) -> Act:
    """Ask the lead, as the execution does."""
    return scene.asking(id_of(link))


def ask_the_lead_with_a_lost_token(scene: Scene, link: str) -> Act:
    """Ask by a call that Step Functions lost sight of, before it made another one."""
    lost = Secret("token that nobody waits for")
    scene.stage.workflow.used.add(lost.reveal())
    return lambda: scene.stage.process_leave_request(id_of(link), lost, inquiry=1)


def tell_the_approval(scene: Scene, link: str) -> Act:
    """Tell the employee of the first answer."""
    return lambda: scene.stage.process_lead_response(id_of(link), inquiry=1)


def make_sweep(scene: Scene, _: str) -> Act:
    """Make a daily sweep."""
    return scene.stage.make_sweep


def import_another_lead(scene: Scene, _: str) -> Act:
    """Import that Mary leads Jim: the directory first, then what he waits for."""
    jim = replace(JIM, lead_id=MARY.employee_id)

    def act() -> None:
        stage = scene.stage
        changes = DirectoryChanges(
            clock=stage.clock,
            begin=stage.begin,
            workflow=stage.workflow,
            rules=stage.rules,
            policy=stage.whole_policy,
        )
        stage.directory.put(jim)
        for found in changes.find({jim.employee_id: jim}).misdirected:
            changes.reroute(found, actor="hr@foo.com")

    return act


def take_days_away(scene: Scene, _: str) -> Act:
    """Deduct ten days."""
    stage = scene.stage

    def act() -> None:
        stage.adjust("-10")

    return act


# What was before; each returns the link, or the id of a request that has none


def nothing(_: Scene) -> str:
    return ""


def requested(scene: Scene) -> str:
    return scene.requested()


def asked(wanted: LeaveRequestInput | None = None, days: int = 0) -> Callable[[Scene], str]:
    """Jim has asked, and John has the mail since so many days."""

    def before(scene: Scene) -> str:
        link = scene.asked(wanted)
        scene.stage.clock.go_on(days * DAY)
        return link

    return before


def two_asked(scene: Scene) -> str:
    scene.asked(TOMORROW)
    return asked(days=9)(scene)


def decided(scene: Scene) -> str:
    link = scene.asked()
    scene.stage.decide(link)
    return link


def approved_and_due(scene: Scene) -> str:
    link = decided(scene)
    scene.stage.clock.go_on(UNDO)
    return link


def denied_and_due(scene: Scene) -> str:
    link = scene.asked()
    scene.stage.decide(link, "denied", "Not then")
    go_on(scene, link)()
    scene.stage.clock.go_on(UNDO)
    return link


def decided_and_lost(scene: Scene) -> str:
    link = decided(scene)
    scene.executions.lose(scene.run_of(id_of(link)))
    scene.stage.clock.go_on(UNDO + 16 * timedelta(minutes=1))
    return link


def asked_and_lost(scene: Scene) -> str:
    link = scene.asked()
    scene.executions.lose(scene.run_of(id_of(link)))
    return link


def delegated(scene: Scene) -> str:
    """John has delegated what he was asked, and Mary has the mail."""
    link = scene.asked()
    delegate(scene, link)()
    scene.let_workflows_go_on()
    return scene.stage.link(id_of(link))


def second_asked(scene: Scene) -> str:
    link = scene.asked(LONG)
    scene.stage.decide(link)
    scene.let_workflows_go_on()
    return scene.stage.link(id_of(link))


def cancelling(scene: Scene) -> str:
    """Jim has asked to cancel approved leave, and John was asked."""
    request_id = scene.approved()
    withdraw(scene, request_id)()
    scene.ask(request_id)
    return scene.stage.link(request_id)


def sick(scene: Scene) -> str:
    """Leave without approval is being told."""
    scene.stage.rules = Rules(leave_types=(*Rules().leave_types, SICK))
    request_id = scene.requested(a_wish(leave_type=SICK.id))
    go_on_later = go_on(scene, request_id)
    scene.ask(request_id)
    go_on_later()
    return request_id


def eighteen_days(scene: Scene) -> str:
    _has(scene, "18")
    return ""


def five_days_that_come_over(scene: Scene) -> str:
    """All of next year with what comes over, and what would come over."""
    scene.stage.rules = Rules(carry_over=CarryOver(maximum_days=Decimal(5)))
    _has(scene, "5")
    return ""


def _has(scene: Scene, days: str) -> None:
    jim = an_employee("E002", name=JIM.name, email=JIM.email, days=days, accounts_since=2027)
    scene.stage.directory.put(jim)


@dataclasses.dataclass(frozen=True)
class Pair:
    """What two do at once, after what was before."""

    name: str
    before: Callable[[Scene], str]
    first: Begin
    second: Begin

    def __call__(self, scene: Scene) -> list[Act]:
        link = self.before(scene)
        return [self.first(scene, link), self.second(scene, link)]

    def __str__(self) -> str:
        return self.name


RESTARTS = Pair("a sweep restarts, and approve", asked_and_lost, make_sweep, click)
TELLS = Pair(
    "a sweep tells, and undo", decided_and_lost, make_sweep, undo_begun(16 * timedelta(minutes=1))
)
SAME_DAYS = Pair("edit, and ask for the same days", asked(), edit, ask(OTHER_DAY))
ONE_KEY = Pair("ask twice with one key", nothing, ask(a_wish(), "k"), ask(a_wish(), "k"))
DAYS_TAKEN = Pair(
    "ask while days are taken away",
    nothing,
    ask(a_wish("2027-06-01", "2027-06-30")),
    take_days_away,
)
PAIRS = (
    Pair("approve and deny", asked(), click, deny),
    Pair("deny by link and approve by token", asked(), deny, decide),
    Pair("approve first by link and by token", asked(LONG), click, decide),
    Pair("withdraw and approve by token", asked(), withdraw, decide),
    Pair("edit and approve by token", asked(), edit, decide),
    Pair("undo by link and by token", decided, undo, take_back),
    Pair("undo by token and ask to cancel", decided, take_back, withdraw),
    Pair("delegate and approve", asked(), delegate, click),
    Pair("delegate and approve by token", asked(), delegate, decide),
    Pair("delegate and edit", asked(), delegate, edit),
    Pair("delegate and withdraw", asked(), delegate, withdraw),
    Pair("delegate while the lead is being asked", requested, delegate, ask_the_lead),
    Pair("delegate twice", asked(), delegate, delegate),
    Pair("delegate and end it", asked(), delegate, end_delegation),
    Pair("delegate while a sweep escalates", asked(days=9), delegate, make_sweep),
    Pair("a delegate and who delegated approve", delegated, click, decide),
    Pair("remind and approve", asked(), remind, click),
    Pair("remind and edit", asked(), remind, edit),
    Pair("remind twice", asked(), remind, remind),
    Pair("remind while a sweep reminds", asked(days=3), remind, make_sweep),
    Pair("remind while a sweep escalates", asked(days=9), remind, make_sweep),
    Pair("withdraw and approve", asked(), withdraw, click),
    Pair("withdraw and approve first", asked(LONG), withdraw, click),
    Pair("withdraw and approve second", second_asked, withdraw, click),
    Pair("withdraw and expire", asked(), withdraw, expire),
    Pair("withdraw while the lead is being asked", requested, withdraw, ask_the_lead),
    Pair("edit and deny", asked(), edit, deny),
    Pair("edit and expire", asked(), edit, expire),
    Pair("edit and withdraw", asked(), edit, withdraw),
    Pair("edit while the lead is being asked", requested, edit, ask_the_lead),
    Pair("expire and approve", asked(), expire, click),
    Pair("expire and answer a cancellation", cancelling, expire, click),
    Pair("cancel while the approval is told", approved_and_due, withdraw, tell_the_approval),
    # The lead hears of both or of neither.
    Pair("cancel while leave without approval is told", sick, withdraw, go_on),
    Pair("undo while the answer is told", denied_and_due, undo_begun(0 * DAY), go_on),
    Pair("undo and deny", decided, undo, deny),
    Pair("undo and ask to cancel", decided, undo, withdraw),
    Pair("a sweep expires, and approve", asked(TOMORROW, days=1), make_sweep, click),
    Pair("a sweep expires, and withdraw", asked(TOMORROW, days=1), make_sweep, withdraw),
    Pair("a sweep escalates, and approve", asked(days=9), make_sweep, click),
    Pair("a sweep escalates, and edit", asked(days=9), make_sweep, edit),
    RESTARTS,
    TELLS,
    Pair("two sweeps", two_asked, make_sweep, make_sweep),
    Pair("an import reroutes, and approve", asked(), import_another_lead, click),
    Pair("an import reroutes, and edit", asked(), import_another_lead, edit),
    Pair("an import while the lead is asked", requested, import_another_lead, ask_the_lead),
    SAME_DAYS,
    Pair("withdraw, and ask for the same days", asked(), withdraw, ask(a_wish())),
    Pair(
        "ask, and ask for days that overlap",
        nothing,
        ask(a_wish("2027-05-03", "2027-05-04")),
        ask(a_wish("2027-05-04", "2027-05-05")),
    ),
    Pair(
        "ask for ten days of eighteen, and for twelve",
        eighteen_days,
        ask(a_wish("2027-05-03", "2027-05-14")),
        ask(a_wish("2027-06-01", "2027-06-16")),
    ),
    Pair(
        "ask for days of two years",
        five_days_that_come_over,
        ask(a_wish("2027-05-03", "2027-05-07")),
        ask(a_wish("2028-01-03", "2028-01-14")),
    ),
    ONE_KEY,
    DAYS_TAKEN,
)
ASKED_TWICE = Pair("asked twice", requested, ask_the_lead_with_a_lost_token, ask_the_lead)

# Three who act at once about a request that has waited for nine working days: a click, a sweep by
# which another approver is asked, an import by which another lead decides, and what Jim does.
TRIOS = tuple(combinations((click, make_sweep, import_another_lead, withdraw, edit, expire), 3))


def acts(scene: Scene, trio: tuple[Begin, ...]) -> list[Act]:
    """Return what each of three does."""
    link = asked(days=9)(scene)
    return [begin(scene, link) for begin in trio]
