"""A whole stage of fakes, and the use cases over them."""

from __future__ import annotations

from dataclasses import dataclass, field

from leave.domain.requests import Decision
from leave.domain.secrets import Secret
from leave.services.gatekeeper import Caller
from leave.services.process_lead_response import ProcessLeadResponse
from leave.services.process_leave_request import ProcessLeaveRequest
from leave.services.request_leave import RequestLeave, Wish
from leave.services.submit_lead_response import SubmitLeadResponse
from tests.leave.builders import JANE, JIM, JOHN, a_period, link_text
from tests.leave.fakes import (
    FakeClock,
    FakeDirectory,
    FakeIds,
    FakeLetters,
    FakeMailer,
    FakeRequests,
    FakeWorkflow,
)

JIM_CALLS = Caller(email=JIM.email, is_admin=False)
JANE_CALLS = Caller(email=JANE.email, is_admin=False)
JOHN_CALLS = Caller(email=JOHN.email, is_admin=False)
ADMIN_CALLS = Caller(email="hr@foo.com", is_admin=True)

TOKEN = Secret("token-1")


@dataclass(kw_only=True)
class FakeStage:
    """Everything a use case needs, all of it fake and in one place."""

    clock: FakeClock = field(default_factory=FakeClock)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    requests: FakeRequests = field(default_factory=FakeRequests)
    workflow: FakeWorkflow = field(default_factory=FakeWorkflow)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    letters: FakeLetters = field(default_factory=FakeLetters)
    new_id: FakeIds = field(default_factory=FakeIds)
    fallback_approver: str | None = None

    @property
    def request_leave(self) -> RequestLeave:
        return RequestLeave(
            clock=self.clock,
            directory=self.directory,
            requests=self.requests,
            workflow=self.workflow,
            new_id=self.new_id,
            fallback_approver=self.fallback_approver,
        )

    @property
    def process_leave_request(self) -> ProcessLeaveRequest:
        return ProcessLeaveRequest(
            directory=self.directory,
            requests=self.requests,
            workflow=self.workflow,
            letters=self.letters,
            mailer=self.mailer,
            fallback_approver=self.fallback_approver,
        )

    @property
    def submit_lead_response(self) -> SubmitLeadResponse:
        return SubmitLeadResponse(clock=self.clock, requests=self.requests, workflow=self.workflow)

    @property
    def process_lead_response(self) -> ProcessLeadResponse:
        return ProcessLeadResponse(
            clock=self.clock,
            directory=self.directory,
            requests=self.requests,
            letters=self.letters,
            mailer=self.mailer,
        )

    def asked(self) -> str:
        """Let Jim ask and John be asked; return the last part of the decision URL."""
        submitted = self.request_leave(JIM_CALLS, a_wish())
        self.process_leave_request(submitted.request_id, TOKEN)
        return link_text(self.requests[submitted.request_id])

    def decide(self, link: str, decision: str = "approved", comment: str = "") -> None:
        """Let John answer."""
        assert self.submit_lead_response(link, Decision(decision), comment) is not None


def a_wish(
    start: str = "2027-05-03",
    end: str | None = None,
    half: str | None = None,
    *,
    employee_id: str | None = None,
    reason: str = "",
) -> Wish:
    """Return a wish; by default for one working Monday."""
    return Wish(period=a_period(start, end, half), employee_id=employee_id, reason=reason)
