"""Who may see and answer a decision link on a stage that asks leads to sign in.

Elsewhere whoever has the link decides. Here the link says about what, and the sign-in who; so a
forwarded mail shows nothing of the request and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from leave.domain.links import Link

if TYPE_CHECKING:
    from leave.services.ports import Clock
    from leave.services.unit_of_work import UnitOfWork


class Admission(StrEnum):
    """Whether a person may go on, and why not."""

    GRANTED = "granted"
    SIGN_IN = "sign-in"
    ANOTHER_PERSON = "another-person"
    OWN_LINK = "own-link"


@dataclass(kw_only=True, slots=True, eq=False)
class ApproverOnly:
    """Lets in the approver of a request, by the mail address of the directory, while employed."""

    clock: Clock

    def admit(self, uow: UnitOfWork, link_text: str, email: str | None) -> Admission:
        """Tell whether whoever signed in as `email`, None for nobody, may use a link.

        The present link is its approver's alone: an answer, which may still be taken back, is for
        the one who gave it to read. A link that was replaced decides nothing, and explains itself
        to the approver who had it; the present one has a link of their own.
        """
        link = Link.parse(link_text)
        request = link and uow.find_request(link.request_id)
        revoked = link and request and request.revoked(link)
        if not link or not request or not (revoked or request.opened_by(link)):
            # It opens nothing, so there is nothing to keep from anybody.
            return Admission.GRANTED
        if email is None:
            return Admission.SIGN_IN
        approver = request.approver.employee_id if request.approver else ""
        if self._is_of(uow, email, revoked.owner if revoked else approver):
            return Admission.GRANTED
        if revoked and self._is_of(uow, email, approver):
            return Admission.OWN_LINK
        return Admission.ANOTHER_PERSON

    def _is_of(self, uow: UnitOfWork, email: str, employee_id: str) -> bool:
        employee = uow.find_employee(employee_id)
        if employee is None or not employee.is_employed_on(self.clock.today_of(employee)):
            return False
        return employee.email.lower() == email.lower()
