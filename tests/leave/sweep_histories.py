"""Random histories with undo, second approvals, daily sweeps, mail faults and lost executions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from leave.domain.employee import Employment
from leave.domain.errors import (
    MailCredentialsError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailThrottledError,
)
from leave.domain.history import EventType
from leave.domain.request import ApprovalPolicy
from tests.leave.histories import NUMBERS, QUICK, Histories, choose
from tests.leave.hooks import raising

if TYPE_CHECKING:
    from leave.services.ports import OpenRequests
    from tests.step_functions import Execution

WINDOW = timedelta(minutes=5)
POLICY = ApprovalPolicy(
    remind_after_days=2, escalate_after_days=5, undo=WINDOW, second_approval_over_days=3
)
FAULTS = st.sampled_from(
    [MailCredentialsError, MailOutcomeUnknownError, MailRefusedError, MailThrottledError]
)


class SweepHistories(Histories):
    """Histories of a stage that makes its daily sweep, and where answers can be taken back."""

    def open_requests(self) -> OpenRequests:
        """Return the requests with something left to be done."""
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.stage.policy = POLICY
        self.stage.fallback_approver = "E003"

    @precondition(lambda self: self.links())
    @rule(number=NUMBERS, quick=QUICK)
    def undo(self, number: int, *, quick: bool) -> None:
        link = self.pick_undoable(number)
        before = self.opened(link)
        self.attempt(lambda: self.stage.submit_lead_response.undo(link))
        self.look()
        after = self.opened(link)
        if len(after.history) > len(before.history):
            assert after.history[-1].type is EventType.UNDONE
            assert before.history[-1].at + WINDOW > self.stage.clock.now()
            assert not before.outcome_mailed
            self.decided[link] -= 1
        self.go_on(quick=quick)

    @rule(enough=st.booleans(), only_if_due=st.booleans())
    def a_sweep_is_made(self, *, enough: bool, only_if_due: bool) -> None:
        left = iter(range(3))
        self.attempt(
            lambda: self.daily_sweep(
                only_if_due=only_if_due,
                has_time=lambda: enough or next(left, None) is not None,
            )
        )

    @rule(minutes=st.integers(1, 30))
    def minutes_pass(self, minutes: int) -> None:
        self.stage.clock.go_on(timedelta(minutes=minutes))

    @rule(fault=FAULTS)
    def a_mail_does_not_leave(self, fault: Any) -> None:
        """One whose outcome is not known has left after all."""
        hooks = self.stage.mailer.hooks
        queue = hooks.after if fault is MailOutcomeUnknownError else hooks.before
        queue("send", raising(fault("Gmail")))

    @precondition(lambda self: self.executions.active())
    @rule(number=NUMBERS)
    def an_execution_is_lost(self, number: int) -> None:
        self.executions.lose(choose(self.executions.active(), number))

    def teardown(self) -> None:
        """Make two last sweeps, after which every request is at its end or has its workflow."""
        if not hasattr(self, "stage"):
            return
        self.luck_ends()
        for _ in range(2):
            self.stage.clock.go_on(timedelta(hours=1))
            report = self.daily_sweep(only_if_due=False, has_time=lambda: True)
            assert report.finished
            self.go_on(quick=True)
        for request in self.seen.values():
            owner = self.people[request.employee.employee_id]
            assert request.status != "pending" or owner.is_employed(request.plan.period)
        active = self.executions.active()
        live = {question(run) for run in active}
        for request in self.seen.values():
            assert not request.is_open or (request.request_id, request.inquiry) in live
        names = [question(run) for run in active if run.input["requestId"] not in self.stalled]
        assert len(names) == len(set(names)), "a question has one workflow"
        super().teardown()
        for request in self.seen.values():
            assert not request.is_open, "asked and told, or ended"
            self.assert_told(request)

    def assert_told(self, request: Any) -> None:
        """Check that the mail about the last outcome left, or that others know it can not."""
        whats = [event.type for event in request.history]
        silent = {EventType.WITHDRAWN, EventType.CANCELLED}
        owner = self.people[request.employee.employee_id]
        # Who has left gets no mail, also when they are hired again later.
        has_stayed = owner.employments == (Employment(),)
        if request.outcome.type not in silent and EventType.UNDELIVERED not in whats and has_stayed:
            to = owner.email
            about = [
                mail.to for mail in self.stage.mailer.sent if mail.thread == request.request_id
            ]
            assert to in about

    def daily_sweep(self, **how: Any) -> Any:
        return replace(self.stage.daily_sweep, open_requests=self.open_requests())(**how)

    def pick_undoable(self, number: int) -> str:
        links = self.links()
        fresh = [link for link in links if self.opened(link).undo_until(WINDOW)]
        return choose(fresh if fresh and number % 4 else links, number)


def question(run: Execution) -> tuple[str, int]:
    """Return what an execution was started for."""
    return run.input["requestId"], run.input["inquiry"]
