"""Writing the mails from templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leave.adapters.templates import render
from leave.domain.mails import Mail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leave.domain.briefs import Brief
    from leave.domain.employees import Employee
    from leave.domain.history import Person
    from leave.domain.requests import LeaveRequest
    from leave.domain.rules import Rules
    from leave.domain.views import Waiting


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateLetters:
    """Implements `Letters`. `api_url` is the stage's public address, without a slash at its end."""

    rules: Rules
    api_url: str = ""

    def ask_lead(
        self, request: LeaveRequest, *, employee: Employee, lead: Employee, brief: Brief
    ) -> Mail:
        """Write the brief about the open question, with one link for either answer."""
        link = request.link()
        if link is None:
            raise ValueError(f"request {request.request_id} has no link yet")
        urls = {
            f"{decision}_url": f"{self.api_url}/leave_lead_response/{decision}/{link.reveal()}"
            for decision in ("approved", "denied")
        }
        return self._mail(
            "ask_lead", request, to=lead, employee=employee, lead=lead, brief=brief, **urls
        )

    def tell_employee(self, request: LeaveRequest, *, employee: Employee) -> Mail:
        """Write the last outcome to the employee."""
        return self._mail("tell_employee", request, to=employee, employee=employee)

    def tell_lead(self, request: LeaveRequest, *, employee: Employee, lead: Employee) -> Mail:
        """Write to the lead that there is nothing to decide any more."""
        return self._mail("tell_lead", request, to=lead, employee=employee, lead=lead)

    def release_lead(self, request: LeaveRequest, *, employee: Employee, lead: Employee) -> Mail:
        """Write to a lead who was asked before that somebody else decides now."""
        return self._mail("release_lead", request, to=lead, employee=employee, lead=lead)

    def remind_lead(self, lead: Employee, waiting: Sequence[Waiting], *, more: int) -> Mail:
        """Write what waits for this lead, and how many `more` do."""
        values: dict[str, Any] = {"waiting": waiting, "more": more, "lead": lead}
        text, html = (render(f"mails/digest.{part}", **values) for part in ("txt", "html"))
        subject = "Leave requests wait for you"
        return Mail(to=lead.email, subject=subject, text=text, html=html, thread="digest")

    def tell_administrator(self, request: LeaveRequest, *, address: str, reader: Person) -> Mail:
        """Write that `reader` can not be reached by mail."""
        values: dict[str, Any] = {"request": request, "reader": reader}
        parts = (render(f"mails/tell_administrator.{part}", **values) for part in ("txt", "html"))
        text, html = parts
        subject = f"{reader.name} can not be reached by mail"
        return Mail(to=address, subject=subject, text=text, html=html, thread=request.request_id)

    def _mail(self, template: str, request: LeaveRequest, *, to: Employee, **values: Any) -> Mail:
        own = to.employee_id == request.employee.employee_id
        plan = request.plan if own else request.plan.shown_to_lead(self.rules)
        leave_type = self.rules.leave_type(plan.leave_type)
        values |= {
            "request": request,
            "plan": plan,
            "outcome": request.outcome,
            "type_name": leave_type.name if leave_type else "",
            "language": to.language,
        }
        text, html = (render(f"mails/{template}.{part}", **values) for part in ("txt", "html"))
        # One subject for all mails of a request, whatever is changed later, or Gmail would tear
        # the thread apart: the period as it was first asked for.
        first = request.history[0].comment
        subject = f"Leave request from {request.employee.name}: {first}"
        return Mail(to=to.email, subject=subject, text=text, html=html, thread=request.request_id)
