"""The approver opens a link, answers, and may take the answer back."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import UnavailableError
from leave.domain.history import Channel, Decision, EventType, Question
from leave.domain.invitations import Link
from leave.domain.values import Value, replace
from leave.domain.views import DecisionView, Reader, Role, visible_request
from leave.services.authorization import was_closed_long_ago
from leave.services.change_leave_request import CHANGED
from leave.services.unit_of_work import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from leave.domain.employee import Employee
    from leave.domain.invitations import RevokedLink
    from leave.domain.request import LeaveRequest
    from leave.services.approvers import Approvers
    from leave.services.decision_summaries import DecisionSummaries
    from leave.services.leave_policy import Planner
    from leave.services.ports import Clock, Workflow
    from leave.services.unit_of_work import UnitOfWork

    Opener = Callable[[UnitOfWork], DecisionView | None]
    """How whoever answers has opened the request: by a link, or by their ID token."""
    Keep = Callable[[UnitOfWork, LeaveRequest], None]
    """Keeps with the answer, in the same commit, that this call was done."""

_log = logging.getLogger(__name__)
_AGREED: Mapping[Decision, Collection[EventType]] = {
    Decision.APPROVED: {EventType.APPROVED, EventType.CANCELLED},
    Decision.DENIED: {EventType.DENIED, EventType.CANCELLATION_DECLINED},
}


class Answer(Value):
    """What the approver reads after the answer; `changed` is False when it changed nothing."""

    view: DecisionView
    changed: bool

    def agrees_with(self, decision: Decision) -> bool:
        """Return whether it became what the approver answered, now or before."""
        view = self.view
        if self.changed or (decision is Decision.APPROVED and view.approved_first):
            return True
        outcome = view.request.outcome
        is_told = view.revoked is None and not view.hidden
        return is_told and outcome is not None and outcome.type in _AGREED[decision]


@dataclass(kw_only=True, slots=True, eq=False)
class SubmitLeadResponse:
    """The use case: the first answer decides, every later one learns what was decided."""

    clock: Clock
    begin: Callable[[], UnitOfWork]
    planner: Planner
    approvers: Approvers
    summaries: DecisionSummaries
    workflow: Workflow

    def show(self, link_text: str) -> DecisionView | None:
        """Return what a link opens, changing nothing; None for a link that opens nothing."""
        uow = self.begin()
        view = self._opened_by(uow, link_text)
        if view is None or not view.decides:
            return view
        employee = uow.find_employee(view.request.employee.employee_id)
        return self._with_summary(uow, view, employee) if employee else view

    def __call__(self, link_text: str, decision: Decision, comment: str) -> Answer | None:
        """Decide, or tell what was decided before; None for a link that opens nothing.

        Raises `CommentMissingError` for a denial without a comment, `InsufficientBalanceError` when
        the balance does not hold the leave any more, `NotEmployedError` when it lies outside the
        employment by now, `OverlapError` when some of the days are taken
        by other leave, and `UnknownEmployeeError` for an approval of what somebody asked for who is
        not in the directory any more; that can be denied.
        """
        return self.submit(self._by(link_text), decision, comment, Channel.LINK)

    def submit(
        self,
        opener: Opener,
        decision: Decision,
        comment: str,
        channel: Channel,
        keep: Keep | None = None,
    ) -> Answer | None:
        """Decide as above, whoever has opened the request."""
        answer = self._answer(opener, decision, comment, channel, keep)
        if answer is not None:
            self.resume(answer)
        return answer

    def undo(self, link_text: str) -> Answer | None:
        """Take the answer back that was given through this link, while that can be done.

        The question is open again then, for the same approver by the same link. An approver who
        could not answer now takes nothing back. Raises
        `OverlapError` or `InsufficientBalanceError` when the days of denied leave are not free any
        more, and `UnknownEmployeeError` as above. The workflow is not told: it looks before it
        tells anybody.
        """
        return self.take_back(self._by(link_text), Channel.LINK, summarized=True)

    @retry_on_conflict
    def take_back(
        self, uow: UnitOfWork, opener: Opener, channel: Channel, *, summarized: bool = False
    ) -> Answer | None:
        """Take the answer back as above, whoever has opened the request."""
        view = opener(uow)
        if view is None:
            return None
        if view.undo_until is None:
            return Answer(view=view, changed=False)
        undone = view.request.undo(at=self.clock.now(), channel=channel)
        employee = uow.employee(undone.employee.employee_id)
        self._save(uow, view.request, undone, employee)
        if not summarized:
            return Answer(view=self.opened(undone), changed=True)
        # Written first, because the summary is about the ledgers as they are then.
        uow.commit()
        view = self.opened(undone)
        try:
            self.planner.prefetch(uow, undone)
            view = self._with_summary(uow, view, employee)
        except UnavailableError:
            # The answer is taken back: an error would say that nothing was changed.
            _log.warning(
                "summary not read", extra={"leaveRequestId": undone.request_id}, exc_info=True
            )
        return Answer(view=view, changed=True)

    @retry_on_conflict
    def _answer(  # noqa: PLR0913, PLR0917 - what an answer is made of
        self,
        uow: UnitOfWork,
        opener: Opener,
        decision: Decision,
        comment: str,
        channel: Channel,
        keep: Keep | None,
    ) -> Answer | None:
        answer = self._answered(uow, opener, decision, comment, channel)
        if keep is not None and answer is not None and answer.agrees_with(decision):
            keep(uow, answer.view.request)
        return answer

    def _answered(
        self, uow: UnitOfWork, opener: Opener, decision: Decision, comment: str, channel: Channel
    ) -> Answer | None:
        view = opener(uow)
        if view is None:
            return None
        if not view.decides:
            return Answer(view=view, changed=False)
        request, at = view.request, self.clock.now()
        asked = request.reclaim(view.delegator, at=at) if view.delegator else request
        employee_id = request.employee.employee_id
        if decision is Decision.APPROVED and self._is_first(
            uow, uow.employee(employee_id), request
        ):
            first = asked.approve_first(comment=comment, at=at, channel=channel)
            uow.replace(request, first)
            revoked = replace(self.opened(first), revoked=first.revoked_links[-1])
            return Answer(view=revoked, changed=True)
        decided = asked.decide(decision, comment=comment, at=at, channel=channel)
        self._save(uow, request, decided, uow.find_employee(employee_id))
        return Answer(view=self.opened(decided), changed=True)

    def _is_first(self, uow: UnitOfWork, employee: Employee, request: LeaveRequest) -> bool:
        """Return whether an approval is the first of two; raises `NotEmployedError`."""
        if request.question is Question.LEAVE:
            self.planner.check_employed(employee, request.plan.period)
        return self.approvers.needs_second(uow, employee, request)

    def _by(self, link_text: str) -> Opener:
        return lambda uow: self._opened_by(uow, link_text)

    def _opened_by(self, uow: UnitOfWork, link_text: str) -> DecisionView | None:
        """Return what a link opens; None for one that never was a link of this stage.

        A link shows something, and decides, only while its approver is employed and has the mail
        address that it was sent to, and until some time after all is over. Otherwise it says only
        that it is closed: the daily sweep asks another approver.
        """
        link = Link.parse(link_text)
        request = link and uow.find_request(link.request_id)
        if not link or not request:
            return None
        is_present = request.opened_by(link)
        revoked = None if is_present else request.revoked(link)
        if not is_present and revoked is None:
            return None
        view = self.revoked_view(request, revoked) if revoked else self.opened(request)
        owner = revoked.owner if revoked else request.approver and request.approver.employee_id
        if owner and (view.decides or view.undo_until):
            self.planner.prefetch(uow, request, owner)
        is_past = was_closed_long_ago(request, self.clock, self.planner.policy)
        reader = uow.find_employee(owner) if owner and not is_past else None
        if (
            reader is None
            or not reader.is_employed_on(self.clock.today_of(reader))
            or not (revoked or request).is_addressed_to(reader.email)
        ):
            return replace(view, hidden=True, undo_until=None)
        return view

    def revoked_view(self, request: LeaveRequest, revoked: RevokedLink) -> DecisionView:
        """Return what the approver reads whose link was revoked."""
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

    def opened(self, request: LeaveRequest) -> DecisionView:
        """Return what the approver reads whose link is the present one."""
        undo = self.planner.policy.undo
        until = request.undo_until(undo)
        return DecisionView(
            request=request,
            plan=request.plan.shown_to_lead(self.planner.rules),
            undo_until=until if until and until > self.clock.now() else None,
        )

    def _with_summary(
        self, uow: UnitOfWork, view: DecisionView, employee: Employee
    ) -> DecisionView:
        return replace(
            view,
            request=view.request.known_as(employee.name),
            decision_summary=self.summaries(uow, view.request, employee),
        )

    def _save(
        self,
        uow: UnitOfWork,
        before: LeaveRequest,
        after: LeaveRequest,
        employee: Employee | None,
    ) -> None:
        """Write the request, and the accounts with what it takes now."""
        uow.replace(before, after)
        if employee is None:
            uow.save_ledgers(self.planner.released(uow, after))
            return
        accounts = self.planner.accounts(uow, employee, years=after.plan.counts)
        uow.save_ledgers(self.planner.rebooked(accounts, after).changed_since(accounts))

    def resume(self, answer: Answer) -> None:
        """Resume the workflow, unless everybody knows already.

        The decision stands whatever happens here: a second click, the workflow's own next look at
        the record, or the daily sweep makes up for an answer that did not get through.
        """
        request = answer.view.request
        try:
            waiting = self._notified(answer.view)
        except UnavailableError:
            _log.exception("workflow not resumed", extra={"leaveRequestId": request.request_id})
            return
        if not waiting:
            _log.info("workflow no longer waits", extra={"leaveRequestId": request.request_id})

    def _notified(self, view: DecisionView) -> bool:
        request = view.request
        token = request.task_token
        if token is None or not request.is_open:
            return True
        if request.question is not None:
            # A workflow that was woken has asked the second approver by a link.
            if not view.approved_first or request.link_secret is not None:
                return True
            cause = "a second approval is needed"
            return self.workflow.fail(token, error=CHANGED, cause=cause)
        if view.revoked or view.hidden:
            return True
        return self.workflow.answer(
            token,
            request_id=request.request_id,
            status=request.status,
            wait_seconds=self.planner.policy.seconds_to_undo(request, self.clock.now()),
        )
