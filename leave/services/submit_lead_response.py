"""The approver opens a link, answers, and may take the answer back."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leave.domain.errors import UnavailableError
from leave.domain.links import Link
from leave.domain.statuses import Decision, Question
from leave.domain.values import value
from leave.domain.views import DecisionView
from leave.domain.visibility import Reader, Role, is_past, visible_request
from leave.services.change_leave_request import CHANGED
from leave.services.loading import load_employee
from leave.services.remembering import Remembering
from leave.services.retry import retry_on_conflict

if TYPE_CHECKING:
    from leave.domain.employees import Employee
    from leave.domain.ledgers import Ledger
    from leave.domain.links import RevokedLink
    from leave.domain.requests import LeaveRequest
    from leave.services.approvers import Approvers, Ledgers
    from leave.services.decision_summaries import DecisionSummaries
    from leave.services.planning import Planner
    from leave.services.ports import Clock, Requests, Workflow

_log = logging.getLogger(__name__)


@value
class Answer:
    """What the link opens after the click; `changed` is False when it changed nothing."""

    view: DecisionView
    changed: bool


@dataclass(kw_only=True, slots=True, eq=False)
class SubmitLeadResponse:
    """The use case: the first answer decides, every later one learns what was decided."""

    clock: Clock
    requests: Requests
    planner: Planner
    approvers: Approvers
    summaries: DecisionSummaries
    workflow: Workflow

    def show(self, link_text: str) -> DecisionView | None:
        """Return what a link opens, changing nothing; None for a link that opens nothing."""
        if (found := self._opened_by(link_text)) is None:
            return None
        view, memory = found
        employee = memory.by_id(view.request.employee.employee_id) if view.decides else None
        return self._briefed(view, employee, memory) if employee else view

    def __call__(self, link_text: str, decision: Decision, comment: str) -> Answer | None:
        """Decide, or tell what was decided before; None for a link that opens nothing.

        Raises `CommentMissingError` for a denial without a comment, `InsufficientBalanceError` when
        the balance does not hold the leave any more, `NotEmployedError` when it lies outside the
        employment by now, `OverlapError` when some of the days are taken
        by other leave, and `UnknownEmployeeError` for an approval of what somebody asked for who is
        not in the directory any more; that can be denied.
        """
        answer = retry_on_conflict(lambda: self._answer(link_text, decision, comment))
        if answer is not None:
            self._resume(answer)
        return answer

    def undo(self, link_text: str) -> Answer | None:
        """Take the answer back that was given through this link, while that can be done.

        The question is open again then, for the same approver by the same link. An approver who
        could not answer now takes nothing back. Raises
        `OverlapError` or `InsufficientBalanceError` when the days of denied leave are not free any
        more, and `UnknownEmployeeError` as above. The workflow is not told: it looks before it
        tells anybody.
        """

        def attempt() -> Answer | None:
            if (found := self._opened_by(link_text)) is None:
                return None
            view, memory = found
            if view.undo_until is None:
                return Answer(view=view, changed=False)
            undone = view.request.undo(at=self.clock.now())
            employee = load_employee(memory, undone.employee.employee_id)
            rebooked = self._rebooked(undone, employee, memory)
            self.requests.replace(view.request, undone, rebooked)
            # Read again, because the brief is about the ledgers as they are now.
            memory = self.planner.remember(undone)
            again = self._briefed(self._opened(undone), employee, memory)
            return Answer(view=again, changed=True)

        return retry_on_conflict(attempt)

    def _answer(self, link_text: str, decision: Decision, comment: str) -> Answer | None:
        if (found := self._opened_by(link_text)) is None:
            return None
        view, memory = found
        if not view.decides:
            return Answer(view=view, changed=False)
        request, at = view.request, self.clock.now()
        employee_id = request.employee.employee_id
        if decision is Decision.APPROVED and self._is_first(
            load_employee(memory, employee_id), request
        ):
            first = request.approve_first(comment=comment, at=at)
            self.requests.replace(request, first)
            revoked = replace(self._opened(first), revoked=first.revoked_links[-1])
            return Answer(view=revoked, changed=True)
        decided = request.decide(decision, comment=comment, at=at)
        employee = memory.by_id(employee_id)
        self.requests.replace(request, decided, self._rebooked(decided, employee, memory))
        return Answer(view=self._opened(decided), changed=True)

    def _is_first(self, employee: Employee, request: LeaveRequest) -> bool:
        """Tell whether an approval is the first of two; raises `NotEmployedError`."""
        if request.question is Question.LEAVE:
            self.planner.check_employed(employee, request.plan.period)
        return self.approvers.needs_second(employee, request)

    def _opened_by(self, link_text: str) -> tuple[DecisionView, Remembering] | None:
        """Return what a link opens, and what an answer needs to know; None for no link of ours.

        A link shows something, and decides, only while its approver is employed and has the mail
        address that it was sent to, and until some time after all is over. Otherwise it says only
        that it is closed: the daily sweep asks another approver.
        """
        link = Link.parse(link_text)
        request = link and self.requests.get(link.request_id)
        if not link or not request:
            return None
        is_present = request.opened_by(link)
        revoked = None if is_present else request.revoked(link)
        if not is_present and revoked is None:
            return None
        view = self._revoked_view(request, revoked) if revoked else self._opened(request)
        owner = revoked.owner if revoked else request.approver and request.approver.employee_id
        memory = Remembering(records=self.planner.records)
        if owner and (view.decides or view.undo_until):
            memory = self.planner.remember(request, owner)
        reader = None if self._is_past(request) else memory.by_id(owner or "")
        if (
            reader is None
            or not reader.is_employed_on(self.clock.today())
            or not (revoked or request).is_addressed_to(reader.email)
        ):
            view = replace(view, hidden=True, undo_until=None)
        return view, memory

    def _is_past(self, request: LeaveRequest) -> bool:
        """Tell whether the request was closed, and its leave over, long ago."""
        outcome, undo = request.outcome, self.planner.policy.undo
        if outcome is None:
            return False
        closed_on = self.clock.day(outcome.at + undo)
        return is_past(request, closed_on=closed_on, today=self.clock.today())

    def _revoked_view(self, request: LeaveRequest, revoked: RevokedLink) -> DecisionView:
        visible = visible_request(
            request,
            Reader(role=Role.PREVIOUS_APPROVER, employee_id=revoked.owner, revoked=revoked),
            rules=self.planner.rules,
            policy=self.planner.policy,
            now=self.clock.now(),
        )
        return DecisionView(
            request=visible.request,
            plan=visible.request.plan,
            revoked=revoked,
            outdated=visible.plan is None,
        )

    def _opened(self, request: LeaveRequest) -> DecisionView:
        undo = self.planner.policy.undo
        until = request.undo_until(undo)
        return DecisionView(
            request=request,
            plan=request.plan.shown_to_lead(self.planner.rules),
            undo_until=until if until and until > self.clock.now() else None,
        )

    def _briefed(self, view: DecisionView, employee: Employee, ledgers: Ledgers) -> DecisionView:
        decision_summary = self.summaries(view.request, employee, ledgers)
        return replace(
            view, request=view.request.known_as(employee.name), decision_summary=decision_summary
        )

    def _rebooked(
        self, changed: LeaveRequest, employee: Employee | None, ledgers: Ledgers
    ) -> tuple[Ledger, ...]:
        if employee is None:
            return self.planner.released(changed, ledgers)
        accounts = self.planner.accounts(employee, ledgers, years=changed.plan.counts)
        return self.planner.rebooked(accounts, changed).changed_since(accounts)

    def _resume(self, answer: Answer) -> None:
        """Resume the workflow, unless everybody knows already.

        The decision stands whatever happens here: a second click, the workflow's own next look at
        the record, or the daily sweep makes up for an answer that did not get through.
        """
        request, changed = answer.view.request, answer.changed
        if (answer.view.revoked or answer.view.hidden) and not changed:
            return
        try:
            waiting = self._told(request, changed=changed)
        except UnavailableError:
            _log.exception("workflow not resumed", extra={"leaveRequestId": request.request_id})
            return
        if not waiting:
            _log.info("workflow no longer waits", extra={"leaveRequestId": request.request_id})

    def _told(self, request: LeaveRequest, *, changed: bool) -> bool:
        token = request.task_token
        if token is None or not request.is_open:
            return True
        if request.question is not None:
            cause = "a second approval is needed"
            return not changed or self.workflow.fail(token, error=CHANGED, cause=cause)
        return self.workflow.answer(
            token,
            request_id=request.request_id,
            status=request.status,
            wait_seconds=self.planner.policy.seconds_to_undo(request, self.clock.now()),
        )
