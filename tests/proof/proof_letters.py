"""Letters for proofs: each mail says what it is about, so that doubles and gaps can be counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.adapters.presentation.i18n import load_translator
from leave.adapters.presentation.outcome_texts import calendar_entry
from leave.domain.values import replace
from leave.domain.views import Mail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leave.domain.accounts import Returned
    from leave.domain.employee import Employee
    from leave.domain.history import Person
    from leave.domain.request import LeaveRequest
    from leave.domain.views import AdjustedAccount, DecisionSummary, PendingItem


class ProofLetters:
    """`subject` is the kind of mail, `text` what exactly it is about; the thread is the request."""

    def approval_request(
        self,
        request: LeaveRequest,
        *,
        employee: Employee,
        lead: Employee,
        decision_summary: DecisionSummary,
    ) -> Mail:
        assert (employee, decision_summary) != (None, None)
        link = request.link()
        assert link is not None, "a lead is asked with a link"
        return _mail("ask", lead.email, request.request_id, link.reveal())

    def outcome_notice(
        self,
        request: LeaveRequest,
        *,
        employee: Employee,
        returned: Returned | None = None,  # noqa: ARG002
    ) -> Mail:
        outcome = request.outcome
        assert outcome is not None, "an employee is told of an outcome"
        mail = _mail("tell", employee.email, request.request_id, _outcome(request))
        entry = calendar_entry(load_translator(), request, outcome, domain="foo.com")
        return replace(mail, calendar=entry)

    def proxy_notice(self, request: LeaveRequest, *, employee: Employee) -> Mail:
        return _mail("owner", employee.email, request.request_id, _last_deed(request))

    def absence_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        return _mail("note", lead.email, request.request_id, _outcome(request))

    def withdrawal_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        return _mail("tell", lead.email, request.request_id, _outcome(request))

    def reassignment_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        assert request.approver is not None
        return _mail("release", lead.email, request.request_id, request.approver.employee_id)

    def adjustment_notice(self, employee: Employee, accounts: Sequence[AdjustedAccount]) -> Mail:
        about = " ".join(f"{a.at} {a.days}" for one in accounts for a in one.adjustments)
        return _mail("adjusted", employee.email, employee.employee_id, about)

    def approval_requests(self, lead: Employee, asked: Sequence[PendingItem]) -> tuple[Mail, int]:
        links = [link.reveal() for one in asked if (link := one.request.link())]
        assert len(links) == len(asked), "a lead is asked with links"
        return _mail("ask", lead.email, "digest", " ".join(links)), len(asked)

    def reassignment_notices(self, requests: Sequence[LeaveRequest], *, lead: Employee) -> Mail:
        return _mail("release", lead.email, "digest", " ".join(r.request_id for r in requests))

    def reminder(self, lead: Employee, waiting: Sequence[PendingItem], *, more: int) -> Mail:
        days = " ".join(f"{one.request.request_id} for {one.days} days" for one in waiting)
        return _mail("remind", lead.email, "digest", f"{days} and {more}")

    def admin_alert(self, request: LeaveRequest, *, address: str, reader: Person) -> Mail:
        return _mail("administrator", address, request.request_id, reader.employee_id)


def _last_deed(request: LeaveRequest) -> str:
    """What was done for the employee: the last event that no function of the stage made."""
    event = next(e for e in reversed(request.history) if e.actor)
    return f"{event.type} in place {request.history.index(event)}"


def _outcome(request: LeaveRequest) -> str:
    outcome = request.outcome
    assert outcome is not None, "an outcome is told"
    return f"{outcome.type} in place {request.history.index(outcome)}"


def _mail(kind: str, to: str, thread: str, about: str) -> Mail:
    return Mail(to=to, subject=kind, text=about, html=about, thread=thread)
