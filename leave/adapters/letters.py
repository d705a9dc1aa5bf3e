"""Writing the mails from templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leave.adapters.templates import render
from leave.domain.mails import Mail

if TYPE_CHECKING:
    from leave.domain.employees import Employee
    from leave.domain.requests import LeaveRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateLetters:
    """Implements `Letters`. `api_url` is the stage's public address, without a slash at its end."""

    api_url: str = ""

    def ask_lead(self, request: LeaveRequest, *, employee: Employee, lead: Employee) -> Mail:
        """Write the brief with one link to approve and one to deny."""
        link = request.link()
        if link is None:
            raise ValueError(f"request {request.request_id} has no link yet")
        urls = {
            f"{decision}_url": f"{self.api_url}/leave_lead_response/{decision}/{link.reveal()}"
            for decision in ("approved", "denied")
        }
        return _mail("ask_lead", request, to=lead, employee=employee, lead=lead, **urls)

    def tell_employee(self, request: LeaveRequest, *, employee: Employee) -> Mail:
        """Write the outcome to the employee."""
        return _mail("tell_employee", request, to=employee, employee=employee)


def _mail(template: str, request: LeaveRequest, *, to: Employee, **values: Any) -> Mail:
    values |= {"request": request, "language": to.language}
    text, html = (render(f"mails/{template}.{part}", **values) for part in ("txt", "html"))
    # One subject for all mails of a request, or Gmail would tear the thread apart.
    subject = f"Leave request from {request.employee.name}: {request.period}"
    return Mail(to=to.email, subject=subject, text=text, html=html, thread=request.request_id)
