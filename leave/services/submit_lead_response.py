"""The lead opens a link, and answers."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import UnavailableError, UnknownEmployeeError
from leave.domain.links import Link
from leave.domain.views import Opened
from leave.services.attempts import until_written

if TYPE_CHECKING:
    from leave.domain.ledgers import Ledger
    from leave.domain.links import RetiredLink
    from leave.domain.requests import LeaveRequest
    from leave.domain.statuses import Decision
    from leave.services.planning import Planner
    from leave.services.ports import Clock, Directory, Requests, Workflow

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the link opens after the click; `decided_now` is False when it changed nothing."""

    opened: Opened
    decided_now: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmitLeadResponse:
    """The use case: the first answer decides, every later one learns what was decided."""

    clock: Clock
    directory: Directory
    requests: Requests
    planner: Planner
    workflow: Workflow

    def show(self, link_text: str) -> Opened | None:
        """Return what a link opens, changing nothing; None for a link that opens nothing."""
        link = Link.parse(link_text)
        request = link and self.requests.get(link.request_id)
        if not link or not request:
            return None
        if request.opened_by(link):
            return self._opened(request)
        retired = request.retired(link)
        return self._opened(request, retired) if retired else None

    def __call__(self, link_text: str, decision: Decision, comment: str) -> Answer | None:
        """Decide, or tell what was decided before; None for a link that opens nothing.

        Raises `CommentMissingError` for a denial without a comment, and
        `InsufficientBalanceError` when the balance does not hold the leave any more.
        """
        answer = until_written(lambda: self._answer(link_text, decision, comment))
        if answer is not None and answer.opened.retired is None:
            self._resume(answer.opened.request)
        return answer

    def _answer(self, link_text: str, decision: Decision, comment: str) -> Answer | None:
        opened = self.show(link_text)
        if opened is None:
            return None
        if not opened.decides:
            return Answer(opened=opened, decided_now=False)
        decided = opened.request.decide(decision, comment=comment, at=self.clock.now())
        self.requests.replace(opened.request, decided, self._rebooked(decided))
        return Answer(opened=self._opened(decided), decided_now=True)

    def _opened(self, request: LeaveRequest, retired: RetiredLink | None = None) -> Opened:
        plan = request.plan.shown_to_lead(self.planner.rules)
        return Opened(request=request, plan=plan, retired=retired)

    def _rebooked(self, decided: LeaveRequest) -> tuple[Ledger, ...]:
        employee_id = decided.employee.employee_id
        if (employee := self.directory.by_id(employee_id)) is None:
            raise UnknownEmployeeError(employee_id)
        accounts = self.planner.accounts(employee, years=decided.plan.counts)
        return self.planner.rebooked(accounts, decided).changed_since(accounts)

    def _resume(self, request: LeaveRequest) -> None:
        """Resume the workflow, unless everybody knows already.

        The decision stands whatever happens here: a second click, or the workflow's own next look
        at the record, makes up for an answer that did not get through.
        """
        if request.question or request.outcome_mailed or request.task_token is None:
            return
        try:
            waiting = self.workflow.answer(
                request.task_token, request_id=request.request_id, status=request.status
            )
        except UnavailableError:
            _log.exception("workflow not resumed", extra={"requestId": request.request_id})
            return
        if not waiting:
            _log.info("workflow no longer waits", extra={"requestId": request.request_id})
