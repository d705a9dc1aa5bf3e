"""Two or three people, clocks and programs that get in each other's way."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

from leave.domain.history import Decision
from leave.domain.policy import CarryOver, LeaveType, Rules
from leave.domain.values import Secret, replace
from leave.services.adjust_balance import AdjustBalance
from leave.services.directory_changes import DirectoryChanges
from tests.leave.builders import JIM, an_employee
from tests.leave.fakes import FakeClock
from tests.leave.services.stage import JIM_CALLS, a_wish
from tests.proof.scenes import MARY, UNDO, Scene

Acts = list[Callable[[], Any]]
Begin = Callable[[Scene, str], Callable[[], Any]]

LONG = a_wish("2027-05-03", "2027-05-07")  # five days, which need two approvals
FEW = a_wish("2027-06-01", "2027-06-30")
SICK = LeaveType(id="sick", name="Sick leave", needs_approval=False)


def click(scene: Scene, link: str, decision: str = "approved") -> Callable[[], Any]:
    """Return a click on the button."""
    return lambda: scene.stage.submit_lead_response(link, Decision(decision), "So be it")


def withdraw(scene: Scene, link: str) -> Callable[[], Any]:
    """Return a withdrawal, which asks to cancel where the leave is approved."""
    request_id = link.split(".", maxsplit=1)[0]
    return lambda: scene.stage.change_leave_request.withdraw(JIM_CALLS, request_id)


def edit(scene: Scene, link: str) -> Callable[[], Any]:
    """Return a change to other days."""
    wanted, request_id = a_wish("2027-05-11"), link.split(".", maxsplit=1)[0]
    return lambda: scene.stage.change_leave_request.change(JIM_CALLS, request_id, wanted)


def expire(scene: Scene, link: str) -> Callable[[], Any]:
    """Return the end of the time to answer."""
    run = scene.run_of(link.split(".", maxsplit=1)[0])
    return lambda: scene.executions.run_out_of_time(run)


def make_sweep(scene: Scene) -> Callable[[], Any]:
    """Return a daily sweep."""
    return scene.stage.make_sweep


def approve_and_deny(scene: Scene) -> Acts:
    link = scene.asked()
    return [click(scene, link), click(scene, link, "denied")]


def withdraw_and_approve(scene: Scene) -> Acts:
    link = scene.asked()
    return [withdraw(scene, link), click(scene, link)]


def withdraw_and_approve_first(scene: Scene) -> Acts:
    """The first of two approvals, which closes the link and has somebody else asked."""
    link = scene.asked(LONG)
    return [withdraw(scene, link), click(scene, link)]


def withdraw_and_approve_second(scene: Scene) -> Acts:
    link = scene.asked(LONG)
    scene.stage.decide(link)
    scene.let_workflows_go_on()
    second = scene.stage.link(link.split(".")[0])
    return [withdraw(scene, second), click(scene, second)]


def withdraw_and_expire(scene: Scene) -> Acts:
    link = scene.asked()
    return [withdraw(scene, link), expire(scene, link)]


def withdraw_while_the_lead_is_being_asked(scene: Scene) -> Acts:
    request_id = scene.requested()
    return [withdraw(scene, request_id), scene.asking(request_id)]


def ask_while_an_earlier_attempt_still_asks(scene: Scene) -> Acts:
    """Step Functions lost sight of its first call and made another one, with another token."""
    request_id = scene.requested()
    lost = Secret("token that nobody waits for")
    scene.stage.workflow.used.add(lost.reveal())
    return [
        lambda: scene.stage.process_leave_request(request_id, lost, inquiry=1),
        scene.asking(request_id),
    ]


def edit_and_deny(scene: Scene) -> Acts:
    link = scene.asked()
    return [edit(scene, link), click(scene, link, "denied")]


def edit_and_expire(scene: Scene) -> Acts:
    link = scene.asked()
    return [edit(scene, link), expire(scene, link)]


def edit_and_withdraw(scene: Scene) -> Acts:
    link = scene.asked()
    return [edit(scene, link), withdraw(scene, link)]


def edit_while_the_lead_is_being_asked(scene: Scene) -> Acts:
    request_id = scene.requested()
    return [edit(scene, request_id), scene.asking(request_id)]


def expire_and_approve(scene: Scene) -> Acts:
    link = scene.asked()
    return [expire(scene, link), click(scene, link)]


def expire_and_answer_a_cancellation(scene: Scene) -> Acts:
    link = withdrawn_after_approval(scene)
    return [expire(scene, link), click(scene, link)]


def withdrawn_after_approval(scene: Scene) -> str:
    """Let Jim ask to cancel approved leave, and John be asked; return the link."""
    request_id = scene.approved()
    withdraw(scene, request_id)()
    scene.ask(request_id)
    return scene.stage.link(request_id)


def cancel_while_the_approval_is_being_told(scene: Scene) -> Acts:
    link = scene.asked()
    scene.stage.decide(link)
    scene.stage.clock.go_on(UNDO)
    request_id = link.split(".")[0]
    return [
        withdraw(scene, link),
        lambda: scene.stage.process_lead_response(request_id, inquiry=1),
    ]


def cancel_while_leave_without_approval_is_being_told(scene: Scene) -> Acts:
    """The lead hears of both or of neither."""
    scene.stage.rules = Rules(leave_types=(*Rules().leave_types, SICK))
    request_id = scene.requested(a_wish(leave_type=SICK.id))
    run = scene.run_of(request_id)
    scene.ask(request_id)
    scene.executions.advance(run)
    return [withdraw(scene, request_id), lambda: scene.executions.advance(run)]


def undo_while_the_answer_is_being_told(scene: Scene) -> Acts:
    """The undo has begun a second before it was too late."""
    link = scene.asked()
    scene.stage.decide(link, "denied", "Not then")
    run = scene.run_of(link.split(".")[0])
    scene.executions.advance(run)
    scene.stage.clock.go_on(UNDO)
    early = FakeClock(moment=scene.stage.clock.now() - timedelta(seconds=1))
    return [
        lambda: dataclasses.replace(scene.stage.submit_lead_response, clock=early).undo(link),
        lambda: scene.executions.advance(run),
    ]


def undo_and_deny(scene: Scene) -> Acts:
    link = scene.asked()
    scene.stage.decide(link)
    return [
        lambda: scene.stage.submit_lead_response.undo(link),
        click(scene, link, "denied"),
    ]


def undo_and_ask_to_cancel(scene: Scene) -> Acts:
    link = scene.asked()
    scene.stage.decide(link)
    return [lambda: scene.stage.submit_lead_response.undo(link), withdraw(scene, link)]


def sweep_that_expires_and_approve(scene: Scene) -> Acts:
    link = scene.asked(a_wish("2027-03-02"))
    scene.stage.clock.go_on(timedelta(days=1))
    return [make_sweep(scene), click(scene, link)]


def sweep_that_expires_and_withdraw(scene: Scene) -> Acts:
    link = scene.asked(a_wish("2027-03-02"))
    scene.stage.clock.go_on(timedelta(days=1))
    return [make_sweep(scene), withdraw(scene, link)]


def sweep_that_escalates_and_approve(scene: Scene) -> Acts:
    link = scene.asked()
    scene.stage.clock.go_on(timedelta(days=9))
    return [make_sweep(scene), click(scene, link)]


def sweep_that_escalates_and_edit(scene: Scene) -> Acts:
    link = scene.asked()
    scene.stage.clock.go_on(timedelta(days=9))
    return [make_sweep(scene), edit(scene, link)]


def sweep_that_restarts_and_approve(scene: Scene) -> Acts:
    link = scene.asked()
    scene.executions.lose(scene.run_of(link.split(".")[0]))
    return [make_sweep(scene), click(scene, link)]


def sweep_that_tells_and_undo(scene: Scene) -> Acts:
    link = scene.asked()
    scene.stage.decide(link)
    scene.executions.lose(scene.run_of(link.split(".")[0]))
    early = FakeClock(moment=scene.stage.clock.now() + UNDO - timedelta(seconds=1))
    scene.stage.clock.go_on(UNDO + timedelta(minutes=16))
    return [
        make_sweep(scene),
        lambda: dataclasses.replace(scene.stage.submit_lead_response, clock=early).undo(link),
    ]


def two_sweeps(scene: Scene) -> Acts:
    scene.asked(a_wish("2027-03-02"))
    scene.asked()
    scene.stage.clock.go_on(timedelta(days=9))
    return [make_sweep(scene), make_sweep(scene)]


def import_that_reroutes_and_approve(scene: Scene) -> Acts:
    link = scene.asked()
    return [importing_another_lead(scene), click(scene, link)]


def import_that_reroutes_and_edit(scene: Scene) -> Acts:
    link = scene.asked()
    return [importing_another_lead(scene), edit(scene, link)]


def import_while_the_lead_is_being_asked(scene: Scene) -> Acts:
    request_id = scene.requested()
    return [importing_another_lead(scene), scene.asking(request_id)]


def importing_another_lead(scene: Scene) -> Callable[[], Any]:
    """Return an import by which Mary leads Jim: the directory first, then what he waits for."""
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


def ask_and_ask_for_days_that_overlap(scene: Scene) -> Acts:
    first, second = a_wish("2027-05-03", "2027-05-04"), a_wish("2027-05-04", "2027-05-05")
    return [
        lambda: scene.stage.request_leave(JIM_CALLS, first),
        lambda: scene.stage.request_leave(JIM_CALLS, second),
    ]


def edit_and_ask_for_the_same_days(scene: Scene) -> Acts:
    link = scene.asked()
    return [
        edit(scene, link),
        lambda: scene.stage.request_leave(JIM_CALLS, a_wish("2027-05-11")),
    ]


def withdraw_and_ask_for_the_same_days(scene: Scene) -> Acts:
    link = scene.asked()
    return [withdraw(scene, link), lambda: scene.stage.request_leave(JIM_CALLS, a_wish())]


def ask_and_ask_for_more_than_is_left(scene: Scene) -> Acts:
    """Ten days and twelve, of eighteen."""
    scene.stage.directory.put(
        an_employee("E002", name=JIM.name, email=JIM.email, days="18", accounts_since=2027)
    )
    first, second = a_wish("2027-05-03", "2027-05-14"), a_wish("2027-06-01", "2027-06-16")
    return [
        lambda: scene.stage.request_leave(JIM_CALLS, first),
        lambda: scene.stage.request_leave(JIM_CALLS, second),
    ]


def ask_for_days_of_two_years(scene: Scene) -> Acts:
    """All of next year with what comes over, and what would come over."""
    stage = scene.stage
    stage.rules = Rules(carry_over=CarryOver(maximum_days=Decimal(5)))
    stage.directory.put(
        an_employee("E002", name=JIM.name, email=JIM.email, days="5", accounts_since=2027)
    )
    this_year, next_year = a_wish("2027-05-03", "2027-05-07"), a_wish("2028-01-03", "2028-01-14")
    return [
        lambda: stage.request_leave(JIM_CALLS, this_year),
        lambda: stage.request_leave(JIM_CALLS, next_year),
    ]


def ask_twice_with_one_key(scene: Scene) -> Acts:
    return [
        lambda: scene.stage.request_leave(JIM_CALLS, a_wish(), idempotency_key="k"),
        lambda: scene.stage.request_leave(JIM_CALLS, a_wish(), idempotency_key="k"),
    ]


def ask_while_days_are_taken_away(scene: Scene) -> Acts:
    stage = scene.stage

    def adjust() -> None:
        use_case = AdjustBalance(
            clock=stage.clock,
            begin=stage.begin,
            rules=stage.rules,
        )
        use_case(
            "E002",
            year=2027,
            leave_type="annual",
            days=Decimal(-10),
            reason="A test",
            actor="hr@foo.com",
        )

    return [lambda: scene.stage.request_leave(JIM_CALLS, FEW), adjust]


PAIRS = [
    approve_and_deny,
    withdraw_and_approve,
    withdraw_and_approve_first,
    withdraw_and_approve_second,
    withdraw_and_expire,
    withdraw_while_the_lead_is_being_asked,
    edit_and_deny,
    edit_and_expire,
    edit_and_withdraw,
    edit_while_the_lead_is_being_asked,
    expire_and_approve,
    expire_and_answer_a_cancellation,
    cancel_while_the_approval_is_being_told,
    cancel_while_leave_without_approval_is_being_told,
    undo_while_the_answer_is_being_told,
    undo_and_deny,
    undo_and_ask_to_cancel,
    sweep_that_expires_and_approve,
    sweep_that_expires_and_withdraw,
    sweep_that_escalates_and_approve,
    sweep_that_escalates_and_edit,
    sweep_that_restarts_and_approve,
    sweep_that_tells_and_undo,
    two_sweeps,
    import_that_reroutes_and_approve,
    import_that_reroutes_and_edit,
    import_while_the_lead_is_being_asked,
    edit_and_ask_for_the_same_days,
    withdraw_and_ask_for_the_same_days,
    ask_and_ask_for_days_that_overlap,
    ask_and_ask_for_more_than_is_left,
    ask_for_days_of_two_years,
    ask_twice_with_one_key,
    ask_while_days_are_taken_away,
]


def escalate(scene: Scene, _: str) -> Callable[[], Any]:
    """Return a daily sweep, by which somebody else is asked."""
    return make_sweep(scene)


def reroute(scene: Scene, _: str) -> Callable[[], Any]:
    """Return an import, by which somebody else leads."""
    return importing_another_lead(scene)


TRIOS = tuple(combinations((click, escalate, reroute, withdraw, edit, expire), 3))


def acts(scene: Scene, trio: tuple[Begin, ...]) -> list[Callable[[], Any]]:
    """Return what each of three does."""
    link = scene.asked()
    scene.stage.clock.go_on(timedelta(days=9))
    return [begin(scene, link) for begin in trio]
