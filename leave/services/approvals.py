"""An approver reads what waits and decides, by ID token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from leave.domain.accounts import Balance
from leave.domain.errors import (
    NotAllowedError,
    NotPossibleError,
    OtherRevisionError,
    UnknownEmployeeError,
    UnknownRequestError,
)
from leave.domain.history import Channel, Decision, EventType
from leave.domain.invitations import RevocationReason
from leave.domain.ledger import Absence
from leave.domain.policy import Plan
from leave.domain.request import LeaveRequest
from leave.domain.values import Value, replace
from leave.domain.views import visible_request
from leave.services.idempotency import Answered, KeyedCall
from leave.services.ports import ApprovalsCursor, IdempotencyKey
from leave.services.submit_lead_response import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leave.domain.employee import Employee
    from leave.domain.views import DecisionView, VisibleRequest
    from leave.services.authorization import Authorization, Caller
    from leave.services.decision_summaries import DecisionSummaries
    from leave.services.leave_policy import Planner
    from leave.services.ports import IdempotencyRecord, OpenRequests
    from leave.services.submit_lead_response import SubmitLeadResponse
    from leave.services.unit_of_work import UnitOfWork

PAGE_SIZE = 50
_NOT_ASKED = frozenset({RevocationReason.CHANGED, RevocationReason.CANCELLATION})
_REFUSALS: Mapping[EventType, str] = {
    EventType.APPROVED: "This request is approved already.",
    EventType.DENIED: "This request is denied already.",
    EventType.WITHDRAWN: "This request was withdrawn, so there is nothing to decide.",
    EventType.EXPIRED: "This request has expired, because it was not answered in time.",
    EventType.CANCELLED: "This leave is cancelled already.",
    EventType.CANCELLATION_DECLINED: "The cancellation was declined already; the leave stands.",
    EventType.CANCELLATION_EXPIRED: (
        "The question to cancel this leave was not answered in time; the leave stands."
    ),
}


class Approval(Value):
    """A request that waits for its approver, with what they need to decide.

    `plan` is what they may see of it; `discreet` tells that this is neither type nor reason.
    `balances` are those of the leave's type in the years of the leave, this leave counted as
    pending or approved: empty for a type that is hidden or has no limit.
    """

    request: LeaveRequest
    plan: Plan
    discreet: bool
    asked_at: datetime
    employee_name: str
    balances: Sequence[tuple[int, Balance]]
    also_away: Sequence[Absence]


class ApprovalsPage(Value):
    """Some of what waits, the longest first; `cursor` continues, None at the end."""

    approvals: Sequence[Approval]
    cursor: ApprovalsCursor | None


def _asked_at(request: LeaveRequest) -> datetime:
    return request.asked_at or request.history[0].at


def _cursor(request: LeaveRequest) -> ApprovalsCursor:
    return ApprovalsCursor(asked_at=_asked_at(request), request_id=request.request_id)


@dataclass(slots=True, eq=False)
class _Opening:
    """Opens a request for a caller; `uow` is the unit of work in which it did last.

    A `key` is for an answer with this `body`.
    """

    approvals: Approvals
    caller: Caller
    request_id: str
    revision: int | None = None
    key: str | None = None
    body: Sequence[str] = ()
    uow: UnitOfWork | None = field(default=None, init=False)

    def __call__(self, uow: UnitOfWork) -> DecisionView:
        view = self.approvals.opened_for(uow, self)
        self.uow = uow
        return view

    def earlier(self, uow: UnitOfWork) -> IdempotencyRecord | None:
        """Return what came of this call when it was done before."""
        if self.key is None:
            return None
        return self._call(uow, self.key).earlier(uow, self.approvals.planner.clock.now())

    def keep(self, uow: UnitOfWork, request: LeaveRequest) -> None:
        """Keep with the answer that this call was done."""
        if self.key is not None:
            at = self.approvals.planner.clock.now()
            record = self._call(uow, self.key).about(request, at=at, status=200)
            uow.save_idempotency_record(record)

    def _call(self, uow: UnitOfWork, key: str) -> KeyedCall:
        actor = self.approvals.authorization.actor(uow, self.caller)
        route = "POST /approvals/{requestId}"
        return KeyedCall.of(
            IdempotencyKey(caller=actor.employee_id, route=route, key=key),
            *(self.request_id, *self.body),
        )


class _DoneBeforeError(Exception):
    """The call was done before; `view` is what its caller opens now."""

    def __init__(self, record: IdempotencyRecord, view: DecisionView) -> None:
        super().__init__()
        self.record, self.view = record, view


@dataclass(kw_only=True, slots=True, eq=False)
class Approvals:
    """The use cases. Who may decide is told by the invitation; all else is as by the links."""

    authorization: Authorization
    begin: Callable[[], UnitOfWork]
    open_requests: OpenRequests
    planner: Planner
    summaries: DecisionSummaries
    responses: SubmitLeadResponse

    def waiting(self, caller: Caller, cursor: ApprovalsCursor | None) -> ApprovalsPage:
        """Return a page of what waits for the caller: nothing for who is no approver.

        However much waits, one query finds it, and each hundred requests are one more call. A page
        reads all employees and accounts together, and each of their teams in one call. Raises
        `NotAllowedError` for an employee who is not employed today.
        """
        uow = self.begin()
        own = self.authorization.calling(uow, caller)
        if own is None:
            return ApprovalsPage(approvals=(), cursor=None)
        ids = self.open_requests.of_approver(own.employee_id)
        uow.prefetch(requests=ids)
        found = filter(None, [uow.find_request(request_id) for request_id in ids])
        waiting = sorted(
            (_cursor(request).key, request)
            for request in found
            if request.question is not None and request.is_asked(own.employee_id)
        )
        later = [request for key, request in waiting if cursor is None or key > cursor.key]
        page = later[:PAGE_SIZE]
        return ApprovalsPage(
            approvals=self._summarized(
                uow, page, sees_all=self.authorization.is_admin(uow, caller)
            ),
            cursor=_cursor(page[-1]) if len(later) > PAGE_SIZE else None,
        )

    def decide(  # noqa: PLR0913 - what a decision is made of
        self,
        caller: Caller,
        request_id: str,
        decision: Decision,
        comment: str,
        *,
        revision: int,
        idempotency_key: str | None = None,
    ) -> Answered:
        """Decide about what is asked at this revision, and return the request as it is then.

        The same again with the same key changes nothing, also where the answer was taken back.
        Raises what `SubmitLeadResponse` raises, and:

        * `IdempotencyMismatchError` where the key was used for another answer;
        * `UnknownRequestError` where the caller may not read the request, and `NotAllowedError`
          where they may but do not decide it;
        * `OtherRevisionError` where something else is asked now;
        * `NotPossibleError` where it is decided otherwise, or over, and for the approval of leave
          of somebody who is not in the directory any more.
        """
        body = (decision, comment, str(revision))
        opening = _Opening(self, caller, request_id, revision, idempotency_key, body)
        try:
            answer = self.responses.submit(
                opening, decision, comment, Channel.API, keep=opening.keep
            )
        except _DoneBeforeError as done:
            # The first call may have ended between the answer and its workflow.
            self.responses.resume(Answer(view=done.view, changed=False))
            visible = self._visible(opening, done.view.request)
            return Answered(visible=visible, numbers=done.record.numbers)
        except UnknownEmployeeError as error:
            if opening.uow is None:
                raise
            raise NotPossibleError(
                f"Employee {error.employee_id} is not in the directory any more, so this request"
                " can only be denied."
            ) from error
        if answer is None or not answer.agrees_with(decision):
            raise NotPossibleError(_why_not(answer))
        return Answered(visible=self._visible(opening, answer.view.request))

    def undo(self, caller: Caller, request_id: str) -> VisibleRequest:
        """Take the caller's answer back, and return the request as it is then.

        Raises what `SubmitLeadResponse.undo` raises, and besides what `decide` does.
        """
        opening = _Opening(self, caller, request_id)
        try:
            answer = self.responses.take_back(opening, Channel.API)
        except UnknownEmployeeError as error:
            if opening.uow is None:
                raise
            raise NotPossibleError(
                f"Employee {error.employee_id} is not in the directory any more, so the answer"
                " stands."
            ) from error
        if answer is None or not answer.changed:
            raise NotPossibleError(self._why_not_undone(answer))
        return self._visible(opening, answer.view.request)

    def opened_for(self, uow: UnitOfWork, opening: _Opening) -> DecisionView:
        """Return what an approver opens by their ID token; raises as `decide` does."""
        caller, revision = opening.caller, opening.revision
        uow.prefetch(requests=[opening.request_id], emails=[caller.email])
        request = uow.request(opening.request_id)
        reader = self.authorization.find_reader(uow, caller, request, self.planner.policy)
        if reader is None:
            raise UnknownRequestError(opening.request_id)
        if earlier := opening.earlier(uow):
            raise _DoneBeforeError(earlier, self._view_after(request, reader.employee_id))
        view = self._view(request, reader.employee_id)
        if revision is not None and revision != request.asked_revision:
            raise OtherRevisionError(revision, request.asked_revision)
        if view is None:
            raise NotPossibleError(
                "The request was changed, and the approver is not asked again yet. Wait for the"
                " mail."
            )
        if view.decides or view.undo_until:
            self.planner.prefetch(uow, request)
        return view

    def _view_after(self, request: LeaveRequest, own_id: str) -> DecisionView:
        """Return what the caller opens who has answered, and maybe decides no more."""
        try:
            view = self._view(request, own_id)
        except NotAllowedError:
            view = None
        return view or self.responses.opened(request)

    def _view(self, request: LeaveRequest, own_id: str) -> DecisionView | None:
        """Return what the caller's invitation opens; None for one who will be asked anew.

        Raises `NotAllowedError` for who does not decide: also the lead, where another person does.
        """
        if request.is_asked(own_id):
            return self.responses.opened(request)
        if request.has_delegated(own_id) and not self._is_open(request):
            view = self.responses.opened(request)
            return replace(view, undo_until=None, delegator=request.delegated_by)
        own = [link for link in request.revoked_links if link.owner == own_id]
        if own:
            view = self.responses.revoked_view(request, own[-1])
            if view.approved_first:
                return view
            is_last = own[-1] == request.revoked_links[-1] and request.link_secret is None
            if is_last and own[-1].why in _NOT_ASKED:
                return None
        raise NotAllowedError("Only the approver who is asked decides this request.")

    def _is_open(self, request: LeaveRequest) -> bool:
        """Return whether there is an answer that can be taken back, which others do not know."""
        policy, now = self.planner.policy, self.planner.clock.now()
        return request.open_answer(policy.undo, now) is not None

    def _summarized(
        self, uow: UnitOfWork, requests: Sequence[LeaveRequest], *, sees_all: bool
    ) -> Sequence[Approval]:
        summaries = self.summaries.several(uow, requests)
        approvals: list[Approval] = []
        for request in requests:
            sees = sees_all or self.planner.rules.visible_to_lead(request.plan.leave_type)
            summary = summaries.get(request.request_id)
            employee = uow.find_employee(request.employee.employee_id)
            approvals.append(
                Approval(
                    request=request,
                    plan=request.plan if sees else request.plan.shown_to_lead(self.planner.rules),
                    discreet=not sees,
                    asked_at=_asked_at(request),
                    employee_name=employee.name if employee else request.employee.name,
                    balances=self._balances(uow, request, employee) if employee and sees else (),
                    also_away=summary.colleagues if summary else (),
                )
            )
        return approvals

    def _balances(
        self, uow: UnitOfWork, request: LeaveRequest, employee: Employee
    ) -> Sequence[tuple[int, Balance]]:
        leave_type = self.planner.rules.leave_type(request.plan.leave_type)
        if leave_type is None or not leave_type.is_limited:
            return ()
        years = sorted(request.plan.counts)
        accounts = self.planner.accounts(uow, employee, years=years)
        today = self.planner.clock.today_of(employee)
        return [(year, accounts.statement(year, leave_type, today=today)) for year in years]

    def _visible(self, opening: _Opening, request: LeaveRequest) -> VisibleRequest:
        uow, policy = opening.uow or self.begin(), self.planner.policy
        reader = self.authorization.require_request_view(uow, opening.caller, request, policy)
        return visible_request(
            request,
            reader,
            rules=self.planner.rules,
            policy=policy,
            now=self.planner.clock.now(),
        )

    def _why_not_undone(self, answer: Answer | None) -> str:
        if not self.planner.policy.undo:
            return "Answers cannot be taken back on this stage."
        view = answer and answer.view
        if view is not None and view.request.question is not None and not view.approved_first:
            return "There is no answer to take back: the request waits for one."
        seconds = int(self.planner.policy.undo.total_seconds())
        return f"It is too late: an answer can be taken back for {seconds} seconds."


def _why_not(answer: Answer | None) -> str:
    """Return why the request cannot be decided in this way any more."""
    outcome = answer and answer.view.request.outcome
    if answer is not None and answer.view.approved_first:
        return "You have approved this request already; a second approval is still needed."
    if answer is None or outcome is None:
        return "There is nothing to decide about this request."
    why = _REFUSALS[outcome.type]
    if answer.view.undo_until is None:
        return why
    return f"{why} Take that answer back first, with DELETE."
