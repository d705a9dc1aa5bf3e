"""Letters for proofs: each mail says what it is about, so that doubles and gaps can be counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leave.adapters.outcomes import calendar_entry
from leave.adapters.wording import wording
from leave.domain.mails import Mail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leave.domain.accounts import Returned
    from leave.domain.briefs import Brief
    from leave.domain.employees import Employee
    from leave.domain.history import Person
    from leave.domain.requests import LeaveRequest
    from leave.domain.views import AdjustedAccount, Waiting


class ProofLetters:
    """`subject` is the kind of mail, `text` what exactly it is about; the thread is the request."""

    def ask_lead(
        self, request: LeaveRequest, *, employee: Employee, lead: Employee, brief: Brief
    ) -> Mail:
        assert (employee, brief) != (None, None)
        link = request.link()
        assert link is not None, "a lead is asked with a link"
        return _mail("ask", lead.email, request.request_id, link.reveal())

    def tell_employee(
        self,
        request: LeaveRequest,
        *,
        employee: Employee,
        returned: Returned | None = None,  # noqa: ARG002
    ) -> Mail:
        outcome = request.outcome
        assert outcome is not None, "an employee is told of an outcome"
        mail = _mail("tell", employee.email, request.request_id, _outcome(request))
        entry = calendar_entry(wording(), request, outcome, domain="foo.com")
        return replace(mail, calendar=entry)

    def tell_owner(self, request: LeaveRequest, *, employee: Employee) -> Mail:
        return _mail("owner", employee.email, request.request_id, _last_deed(request))

    def note_lead(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        return _mail("note", lead.email, request.request_id, _outcome(request))

    def tell_lead(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        return _mail("tell", lead.email, request.request_id, _outcome(request))

    def release_lead(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        assert request.approver is not None
        return _mail("release", lead.email, request.request_id, request.approver.employee_id)

    def adjustment_notice(self, employee: Employee, accounts: Sequence[AdjustedAccount]) -> Mail:
        about = " ".join(f"{a.at} {a.days}" for one in accounts for a in one.adjustments)
        return _mail("adjusted", employee.email, employee.employee_id, about)

    def ask_lead_about(self, lead: Employee, asked: Sequence[Waiting]) -> tuple[Mail, int]:
        links = [link.reveal() for one in asked if (link := one.request.link())]
        assert len(links) == len(asked), "a lead is asked with links"
        return _mail("ask", lead.email, "digest", " ".join(links)), len(asked)

    def release_lead_from(self, requests: Sequence[LeaveRequest], *, lead: Employee) -> Mail:
        return _mail("release", lead.email, "digest", " ".join(r.request_id for r in requests))

    def remind_lead(self, lead: Employee, waiting: Sequence[Waiting], *, more: int) -> Mail:
        days = " ".join(f"{one.request.request_id} for {one.days} days" for one in waiting)
        return _mail("remind", lead.email, "digest", f"{days} and {more}")

    def tell_administrator(self, request: LeaveRequest, *, address: str, reader: Person) -> Mail:
        return _mail("administrator", address, request.request_id, reader.employee_id)


def _last_deed(request: LeaveRequest) -> str:
    """What was done for the employee: the last event that no function of the stage made."""
    event = next(e for e in reversed(request.history) if e.who)
    return f"{event.what} in place {request.history.index(event)}"


def _outcome(request: LeaveRequest) -> str:
    outcome = request.outcome
    assert outcome is not None, "an outcome is told"
    return f"{outcome.what} in place {request.history.index(outcome)}"


def _mail(kind: str, to: str, thread: str, about: str) -> Mail:
    return Mail(to=to, subject=kind, text=about, html=about, thread=thread)
