"""The lead opens a link, and answers."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError, UnavailableError
from leave.domain.links import Link

if TYPE_CHECKING:
    from leave.domain.requests import Decision, LeaveRequest
    from leave.services.ports import Clock, Requests, Workflow

_ATTEMPTS = 8
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The request after the click; `decided_now` is False when it was decided before."""

    request: LeaveRequest
    decided_now: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmitLeadResponse:
    """The use case: the first answer decides, every later one learns what was decided."""

    clock: Clock
    requests: Requests
    workflow: Workflow

    def show(self, link_text: str) -> LeaveRequest | None:
        """Return the request a link opens, changing nothing; None for a link that opens none."""
        link = Link.parse(link_text)
        request = link and self.requests.get(link.request_id)
        return request if request and link and request.opened_by(link) else None

    def __call__(self, link_text: str, decision: Decision, comment: str) -> Answer | None:
        """Decide, or tell what was decided before; None for a link that opens nothing.

        Raises `CommentMissingError` for a denial without a comment.
        """
        for _ in range(_ATTEMPTS):
            request = self.show(link_text)
            if request is None:
                return None
            if not request.is_pending:
                self._resume(request)
                return Answer(request=request, decided_now=False)
            decided = request.decide(decision, comment=comment, at=self.clock.now())
            try:
                self.requests.replace(request, decided)
            except ConflictError:
                continue
            self._resume(decided)
            return Answer(request=decided, decided_now=True)
        raise UnavailableError("Many changes to this request at once. Please try again.")

    def _resume(self, request: LeaveRequest) -> None:
        """Resume the workflow, unless the employee knows already.

        The decision stands whatever happens here: a second click, or the workflow's own next look
        at the record, makes up for an answer that did not get through.
        """
        if request.employee_mailed or request.task_token is None:
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
