"""A whole stage of fakes, and the use cases over them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leave.domain.approval import ApprovalPolicy
from leave.domain.rules import Rules
from leave.domain.secrets import Secret
from leave.domain.statuses import Decision
from leave.services.adjustment_notices import AdjustmentNotices
from leave.services.administrators import Administrators
from leave.services.approvers import Approvers
from leave.services.briefing import Briefing
from leave.services.change_leave_request import ChangeLeaveRequest
from leave.services.counting import CountedMailer, CountedRequests
from leave.services.daily_round import DailyRound
from leave.services.former_approvers import FormerApprovers
from leave.services.gatekeeper import Caller
from leave.services.passing_on import PassingOn
from leave.services.people import People
from leave.services.planning import Planner, Wish
from leave.services.process_lead_response import ProcessLeadResponse
from leave.services.process_leave_request import ProcessLeaveRequest
from leave.services.read_leave import ReadLeave
from leave.services.remembering import Remembering
from leave.services.reminders import Reminders
from leave.services.request_leave import RequestLeave
from leave.services.round_steps import RoundSteps
from leave.services.single_approval import SingleApproval
from leave.services.submit_lead_response import SubmitLeadResponse
from tests.leave.builders import JANE, JIM, JOHN, R1, a_period, link_text
from tests.leave.fake_records import FakeRecords
from tests.leave.fake_requests import FakeRequests
from tests.leave.fake_rounds import FakeOpenRequests, FakeRounds
from tests.leave.fakes import (
    FakeClock,
    FakeDirectory,
    FakeHolidayTables,
    FakeIds,
    FakeLetters,
    FakeMailer,
    FakeMetrics,
    FakeWorkflow,
)

if TYPE_CHECKING:
    from leave.domain.accounts import Balance
    from leave.services.daily_round import Report
    from leave.services.submit_lead_response import Answer

JIM_CALLS = Caller(email=JIM.email, is_admin=False)
JANE_CALLS = Caller(email=JANE.email, is_admin=False)
JOHN_CALLS = Caller(email=JOHN.email, is_admin=False)
ADMIN_CALLS = Caller(email="hr@foo.com", is_admin=True)
A_STRANGER_CALLS = Caller(email="guest@foo.com", is_admin=False)

TOKEN, OTHER_TOKEN = Secret(f"token of {R1}"), Secret("another token")


@dataclass(kw_only=True)
class FakeStage:
    """Everything a use case needs, all of it fake and in one place."""

    clock: FakeClock = field(default_factory=FakeClock)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    requests: FakeRequests = field(default_factory=FakeRequests)
    holidays: FakeHolidayTables = field(default_factory=FakeHolidayTables)
    workflow: FakeWorkflow = field(default_factory=FakeWorkflow)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    letters: FakeLetters = field(default_factory=FakeLetters)
    new_id: FakeIds = field(default_factory=FakeIds)
    rules: Rules = field(default_factory=Rules)
    fallback_approver: str | None = None
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    administrators: tuple[str, ...] = ("hr@foo.com",)
    metrics: FakeMetrics = field(default_factory=FakeMetrics)
    rounds: FakeRounds = field(default_factory=FakeRounds)

    def __post_init__(self) -> None:
        self.requests.now = self.clock.now

    @property
    def records(self) -> FakeRecords:
        return FakeRecords(directory=self.directory, requests=self.requests)

    @property
    def people(self) -> People:
        return People(clock=self.clock, directory=self.directory)

    @property
    def planner(self) -> Planner:
        return Planner(
            clock=self.clock,
            directory=self.directory,
            requests=self.requests,
            records=self.records,
            holidays=self.holidays,
            rules=self.rules,
            policy=self.whole_policy,
        )

    @property
    def whole_policy(self) -> ApprovalPolicy:
        return replace(self.policy, fallback_approver=self.fallback_approver)

    @property
    def approvers(self) -> Approvers:
        return Approvers(
            clock=self.clock,
            employees=self.directory,
            ledgers=self.requests,
            policy=self.whole_policy,
            holidays=self.holidays,
        )

    @property
    def briefing(self) -> Briefing:
        return Briefing(planner=self.planner, approvers=self.approvers)

    @property
    def administrators_told(self) -> Administrators:
        return Administrators(
            clock=self.clock,
            records=self.records,
            addresses=self.administrators,
            letters=self.letters,
            mailer=self.counted_mailer,
        )

    @property
    def former_approvers(self) -> FormerApprovers:
        return FormerApprovers(
            clock=self.clock,
            requests=self.counted,
            letters=self.letters,
            mailer=self.counted_mailer,
            administrators=self.administrators_told,
        )

    @property
    def single_approval(self) -> SingleApproval:
        return SingleApproval(
            clock=self.clock,
            requests=self.counted,
            planner=self.planner,
            approvers=self.approvers,
        )

    @property
    def counted(self) -> CountedRequests:
        return CountedRequests(requests=self.requests, metrics=self.metrics)

    @property
    def counted_mailer(self) -> CountedMailer:
        return CountedMailer(mailer=self.mailer, metrics=self.metrics)

    @property
    def request_leave(self) -> RequestLeave:
        return RequestLeave(
            clock=self.clock,
            people=self.people,
            requests=self.counted,
            planner=self.planner,
            workflow=self.workflow,
            new_id=self.new_id,
        )

    @property
    def change_leave_request(self) -> ChangeLeaveRequest:
        return ChangeLeaveRequest(
            clock=self.clock,
            people=self.people,
            requests=self.counted,
            planner=self.planner,
            workflow=self.workflow,
        )

    @property
    def process_leave_request(self) -> ProcessLeaveRequest:
        return ProcessLeaveRequest(
            clock=self.clock,
            requests=self.counted,
            workflow=self.workflow,
            letters=self.letters,
            mailer=self.counted_mailer,
            approvers=self.approvers,
            briefing=self.briefing,
            administrators=self.administrators_told,
            former_approvers=self.former_approvers,
            single_approval=self.single_approval,
        )

    @property
    def submit_lead_response(self) -> SubmitLeadResponse:
        return SubmitLeadResponse(
            clock=self.clock,
            requests=self.counted,
            planner=self.planner,
            approvers=self.approvers,
            briefing=self.briefing,
            workflow=self.workflow,
        )

    @property
    def process_lead_response(self) -> ProcessLeadResponse:
        return ProcessLeadResponse(
            clock=self.clock,
            requests=self.counted,
            planner=self.planner,
            letters=self.letters,
            mailer=self.counted_mailer,
            administrators=self.administrators_told,
            former_approvers=self.former_approvers,
            single_approval=self.single_approval,
        )

    @property
    def daily_round(self) -> DailyRound:
        remembering = Remembering(records=self.records)
        approvers = replace(self.approvers, employees=remembering, ledgers=remembering)
        return DailyRound(
            clock=self.clock,
            open_requests=FakeOpenRequests(requests=self.requests),
            rounds=self.rounds,
            steps=RoundSteps(
                clock=self.clock,
                employees=remembering,
                requests=self.counted,
                workflow=self.workflow,
                approvers=approvers,
                planner=self.planner,
                responses=self.process_lead_response,
            ),
            reminders=Reminders(
                employees=remembering,
                briefing=self.briefing,
                letters=self.letters,
                mailer=self.counted_mailer,
                rounds=self.rounds,
            ),
            passing_on=PassingOn(
                clock=self.clock,
                employees=remembering,
                requests=self.counted,
                records=self.records,
                approvers=approvers,
                briefing=self.briefing,
                letters=self.letters,
                mailer=self.counted_mailer,
            ),
            adjustment_notices=AdjustmentNotices(
                clock=self.clock,
                employees=remembering,
                requests=self.requests,
                rules=self.rules,
                letters=self.letters,
                mailer=self.counted_mailer,
            ),
            remembering=remembering,
            metrics=self.metrics,
        )

    def make_round(self, *, only_if_due: bool = False) -> Report:
        """Make the daily round, with all the time in the world."""
        return self.daily_round(only_if_due=only_if_due, has_time=lambda: True)

    @property
    def read_leave(self) -> ReadLeave:
        return ReadLeave(
            clock=self.clock,
            people=self.people,
            directory=self.directory,
            requests=self.requests,
            records=self.records,
            rules=self.rules,
            policy=self.whole_policy,
        )

    def asked(self, wish: Wish | None = None, caller: Caller = JIM_CALLS) -> str:
        """Let Jim ask and John be asked; return the last part of the decision URL."""
        submitted = self.request_leave(caller, wish or a_wish())
        token = Secret(f"token of {submitted.request_id}")
        self.process_leave_request(submitted.request_id, token)
        return self.link(submitted.request_id)

    def approved(self, wish: Wish | None = None, caller: Caller = JIM_CALLS) -> str:
        """Let Jim ask, John approve and Jim be told; return the request's id."""
        link = self.asked(wish, caller)
        self.decide(link)
        request_id = link.split(".")[0]
        self.process_lead_response(request_id)
        return request_id

    def cancelling(self, request_id: str, token: Secret = OTHER_TOKEN) -> str:
        """Let Jim ask to cancel and John be asked; return the last part of the decision URL."""
        asked = self.change_leave_request.withdraw(JIM_CALLS, request_id).request
        self.process_leave_request(request_id, token, inquiry=asked.inquiry)
        return self.link(request_id)

    def link(self, request_id: str) -> str:
        """Return the last part of the decision URL of today."""
        return link_text(self.requests[request_id])

    def decide(self, link: str, decision: str = "approved", comment: str = "") -> Answer:
        """Let the lead answer."""
        answer = self.submit_lead_response(link, Decision(decision), comment)
        assert answer is not None
        return answer

    def balance(self, year: int, leave_type: str = "annual", *, of: str = "E002") -> Balance:
        """Return an employee's balance as the employee reads it."""
        _, balances = self.read_leave.balances(ADMIN_CALLS, employee_id=of, year=year)
        return next(balance for balance in balances if balance.leave_type == leave_type)


def a_wish(
    start: str = "2027-05-03",
    end: str | None = None,
    half: str | None = None,
    *,
    leave_type: str = "annual",
    reason: str = "",
) -> Wish:
    """Return a wish; by default for one working Monday."""
    return Wish(period=a_period(start, end, half), leave_type=leave_type, reason=reason)
