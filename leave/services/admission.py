"""Who may see and answer a decision link on a stage that asks leads to sign in.

Elsewhere whoever has the link decides. Here the link says about what, and the sign-in who; so a
forwarded mail shows nothing of the request and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from leave.domain.history import Via
from leave.domain.links import Link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leave.domain.requests import LeaveRequest
    from leave.services.ports import Clock, Directory, Requests


class Admission(StrEnum):
    """Whether a person may go on, and why not."""

    GRANTED = "granted"
    SIGN_IN = "sign-in"
    ANOTHER_PERSON = "another-person"


@dataclass(kw_only=True, slots=True, eq=False)
class ApproverOnly:
    """Lets in the approver of a request, by the mail address of the directory, while employed."""

    clock: Clock
    directory: Directory
    requests: Requests

    def admit(self, link_text: str, email: str | None, *, answering: bool) -> Admission:
        """Tell whether whoever signed in as `email`, None for nobody, may use a link.

        Only the present approver answers. Who answered before may also see what became of it.
        """
        link = Link.parse(link_text)
        request = link and self.requests.get(link.request_id)
        if not link or not request or not (request.opened_by(link) or request.retired(link)):
            # It opens nothing, so there is nothing to keep from anybody.
            return Admission.GRANTED
        if email is None:
            return Admission.SIGN_IN
        people = {request.approver.employee_id} if request.approver else set[str]()
        if not answering and not (request.question and request.opened_by(link)):
            people.update(_who_answered(request))
        known = any(self._is_of(email, employee_id) for employee_id in sorted(people))
        return Admission.GRANTED if known else Admission.ANOTHER_PERSON

    def _is_of(self, email: str, employee_id: str) -> bool:
        employee = self.directory.by_id(employee_id)
        if employee is None or not employee.is_employed_on(self.clock.today()):
            return False
        return employee.email.lower() == email.lower()


def _who_answered(request: LeaveRequest) -> Iterator[str]:
    return (event.who for event in request.history if event.via is Via.LINK and event.who)
