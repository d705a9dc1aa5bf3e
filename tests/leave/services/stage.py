"""The test application: the composition root over ports in memory."""

import dataclasses
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from leave.bootstrap import Core, Post
from leave.config import Environment
from leave.domain.accounts import Balance
from leave.domain.calendar import Period
from leave.domain.employee import Employee
from leave.domain.history import Decision
from leave.domain.ledger import AdjustmentInput, Booking
from leave.domain.policy import Rules
from leave.domain.request import ApprovalPolicy, LeaveRequest
from leave.domain.values import Secret, replace
from leave.domain.views import DecisionView, VisibleRequest
from leave.services.adjust_balance import AdjustBalance, Adjusted
from leave.services.approvals import Approvals
from leave.services.approvers import Approvers
from leave.services.authorization import Authorization, Caller
from leave.services.change_leave_request import ChangeLeaveRequest
from leave.services.daily_sweep import DailySweep, Report
from leave.services.decision_summaries import DecisionSummaries
from leave.services.delegation import DelegateApprovals
from leave.services.import_directory import ImportDirectory
from leave.services.leave_policy import LeaveRequestInput, Planner
from leave.services.notifications import Administrators, CountedMailer, Notifications
from leave.services.process_lead_response import ProcessLeadResponse
from leave.services.process_leave_request import ProcessLeaveRequest
from leave.services.read_leave import ReadLeave
from leave.services.reports import Reports
from leave.services.request_leave import RequestLeave
from leave.services.submit_lead_response import Answer, SubmitLeadResponse
from leave.services.unit_of_work import UnitOfWork
from tests.leave.builders import (
    JANE,
    JIM,
    JOHN,
    R1,
    a_booking,
    a_period,
    employed,
    link_text,
)
from tests.leave.fake_delegations import FakeDelegations
from tests.leave.fake_records import FakeRecords
from tests.leave.fake_requests import FakeRequests
from tests.leave.fake_sweeps import FakeOpenRequests, FakeSweeps
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

JIM_CALLS = Caller(email=JIM.email, in_admins=False)
JANE_CALLS = Caller(email=JANE.email, in_admins=False)
JOHN_CALLS = Caller(email=JOHN.email, in_admins=False)
ADMIN_CALLS = Caller(email="hr@foo.com", in_admins=True)
A_STRANGER_CALLS = Caller(email="guest@foo.com", in_admins=False)

TOKEN, OTHER_TOKEN = Secret(f"token of {R1}"), Secret("another token")


@dataclass(kw_only=True, eq=False)
class InMemoryCore(Core):
    """The real composition root, where what faces AWS is in memory."""

    stage: "FakeStage"

    def metrics(self) -> Any:
        return self.stage.metrics

    def workflow(self, **_: bool) -> Any:
        return self.stage.workflow

    def sweeps(self) -> Any:
        return self.stage.sweeps

    def delegations(self) -> Any:
        return self.stage.delegations

    def open_requests(self) -> Any:
        return self.stage.open


@dataclass(kw_only=True)
class FakeStage:
    """The test application: the real use cases over ports in memory."""

    clock: FakeClock = field(default_factory=FakeClock)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    requests: FakeRequests = field(default_factory=FakeRequests)
    holidays: FakeHolidayTables = field(default_factory=FakeHolidayTables)
    workflow: FakeWorkflow = field(default_factory=FakeWorkflow)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    emails: FakeLetters = field(default_factory=FakeLetters)
    new_id: FakeIds = field(default_factory=FakeIds)
    new_adjustment_id: FakeIds = field(default_factory=FakeIds)
    rules: Rules = field(default_factory=Rules)
    fallback_approver: str | None = None
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    administrators: tuple[str, ...] = ("hr@foo.com",)
    metrics: FakeMetrics = field(default_factory=FakeMetrics)
    sweeps: FakeSweeps = field(default_factory=FakeSweeps)
    delegations: FakeDelegations = field(default_factory=FakeDelegations)

    def __post_init__(self) -> None:
        self.requests.now = self.clock.now
        if isinstance(self.delegations, FakeDelegations):
            self.delegations.requests = self.requests

    @property
    def whole_policy(self) -> ApprovalPolicy:
        return replace(self.policy, fallback_approver=self.fallback_approver)

    @property
    def planner(self) -> Planner:
        return Planner(
            clock=self.clock, holidays=self.holidays, rules=self.rules, policy=self.whole_policy
        )

    @property
    def records(self) -> FakeRecords:
        return FakeRecords(
            directory=self.directory, requests=self.requests, delegations=self.delegations
        )

    @property
    def open(self) -> FakeOpenRequests:
        return FakeOpenRequests(requests=self.requests, delegations=self.delegations)

    @property
    def core(self) -> InMemoryCore:
        ports: Any = {"clock": self.clock, "directory": self.directory, "requests": self.requests}
        return InMemoryCore(
            stage=self,
            environment=Environment(
                {
                    "LEAVE_ADMINS": ",".join(self.administrators),
                    "LEAVE_COMPANY_DOMAIN": "foo.com",
                    "LEAVE_HOLIDAY_CALENDARS": "DE-BE,GB-ENG",
                    "LEAVE_STAGE": "test",
                }
            ),
            records=cast("Any", self.records),
            planner=self.planner,
            **ports,
        )

    @property
    def post(self) -> Post:
        mailer = CountedMailer(mailer=self.mailer, metrics=self.metrics)
        return Post(core=self.core, emails=cast("Any", self.emails), mailer=mailer)

    def begin(self) -> UnitOfWork:
        """Return a new unit of work."""
        return self.core.units(cast("Any", self.metrics))()

    @property
    def people(self) -> Authorization:
        return self.core.authorization()

    @property
    def approvers(self) -> Approvers:
        return self.core.approvers()

    @property
    def summaries(self) -> DecisionSummaries:
        return self.core.summaries()

    @property
    def administrators_told(self) -> Administrators:
        return self.post.administrators()

    @property
    def notifications(self) -> Notifications:
        return self.post.notifications()

    @property
    def request_leave(self) -> RequestLeave:
        return dataclasses.replace(self.core.request_leave(), new_id=self.new_id)

    @property
    def change_leave_request(self) -> ChangeLeaveRequest:
        return self.core.change_leave_request()

    def seconds(self) -> float:
        """Return the time that passes for a call."""
        return self.clock.now().timestamp()

    @property
    def import_directory(self) -> ImportDirectory:
        return dataclasses.replace(
            self.core.import_directory(), seconds=self.seconds, new_feed=lambda: "new feed"
        )

    @property
    def delegate_approvals(self) -> DelegateApprovals:
        return self.core.delegate_approvals()

    @property
    def submit_lead_response(self) -> SubmitLeadResponse:
        return self.core.submit_lead_response()

    @property
    def adjust_balance(self) -> AdjustBalance:
        return dataclasses.replace(self.core.adjust_balance(), new_id=self.new_adjustment_id)

    @property
    def reports(self) -> Reports:
        return self.core.reports()

    @property
    def read_leave(self) -> ReadLeave:
        return self.core.read_leave()

    @property
    def process_leave_request(self) -> ProcessLeaveRequest:
        return self.post.process_leave_request()

    @property
    def process_lead_response(self) -> ProcessLeadResponse:
        return self.post.process_lead_response()

    @property
    def daily_sweep(self) -> DailySweep:
        return self.post.daily_sweep()

    @property
    def approvals(self) -> Approvals:
        return self.core.approvals()

    def make_sweep(self, *, days: int = 0, only_if_due: bool = False) -> Report:
        """Make the daily sweep some days later, with all the time in the world."""
        self.clock.go_on(timedelta(days=days))
        return self.daily_sweep(only_if_due=only_if_due, has_time=lambda: True)

    @property
    def request(self) -> LeaveRequest:
        """Return the first request."""
        return self.requests[R1]

    @property
    def approver(self) -> str | None:
        """Return the id of the approver of the first request."""
        approver = self.request.approver
        return approver and approver.employee_id

    @property
    def events(self) -> list[str]:
        """Return the types of all events of the first request."""
        return [event.type for event in self.request.history]

    def ask_lead(self, token: Secret = TOKEN, *, inquiry: int = 1) -> None:
        """Run the workflow's state AskLead for the first request."""
        self.process_leave_request(R1, token, inquiry=inquiry)

    def tell_employee(self, *, inquiry: int = 1, execution: str | None = None) -> str:
        """Run the workflow's state TellEmployee for the first request."""
        return self.process_lead_response(R1, inquiry=inquiry, execution=execution)

    def expire(self, *, inquiry: int = 1, execution: str | None = None) -> str:
        """Run the workflow's state ExpireRequest for the first request."""
        return self.process_lead_response(R1, inquiry=inquiry, expire=True, execution=execution)

    def asked(self, wanted: LeaveRequestInput | None = None, caller: Caller = JIM_CALLS) -> str:
        """Let Jim ask and John be asked; return the last part of the decision URL."""
        submitted = self.request_leave(caller, wanted or a_wish())
        token = Secret(f"token of {submitted.request_id}")
        self.process_leave_request(submitted.request_id, token)
        return self.link(submitted.request_id)

    def approved(self, wanted: LeaveRequestInput | None = None, caller: Caller = JIM_CALLS) -> str:
        """Let Jim ask, John approve and Jim be told; return the request's id."""
        link = self.asked(wanted, caller)
        self.decide(link)
        request_id = link.split(".")[0]
        self.process_lead_response(request_id)
        return request_id

    def withdraw(self, caller: Caller = JIM_CALLS) -> VisibleRequest:
        """Let Jim or another caller withdraw the first request."""
        return self.change_leave_request.withdraw(caller, R1)

    def change(self, wanted: LeaveRequestInput, caller: Caller = JIM_CALLS) -> VisibleRequest:
        """Let Jim or another caller change the first request."""
        return self.change_leave_request.change(caller, R1, wanted)

    def cancelling(self, request_id: str = R1, token: Secret = OTHER_TOKEN) -> str:
        """Let Jim ask to cancel and John be asked; return the last part of the decision URL."""
        asked = self.change_leave_request.withdraw(JIM_CALLS, request_id).request
        self.process_leave_request(request_id, token, inquiry=asked.inquiry)
        return self.link(request_id)

    def link(self, request_id: str = R1) -> str:
        """Return the last part of the present decision URL."""
        return link_text(self.requests[request_id])

    def show(self, link: str) -> DecisionView:
        """Return what the approver sees behind a link."""
        view = self.submit_lead_response.show(link)
        assert view is not None
        return view

    def decide(self, link: str, decision: str = "approved", comment: str = "") -> Answer:
        """Let the approver answer."""
        answer = self.submit_lead_response(link, Decision(decision), comment)
        assert answer is not None
        return answer

    def undo(self, link: str) -> Answer:
        """Let the approver take the answer back."""
        answer = self.submit_lead_response.undo(link)
        assert answer is not None
        return answer

    def update(self, employee: Employee, **changes: Any) -> None:
        """Write a changed employee into the directory."""
        self.directory.put(replace(employee, **changes))

    def employ(
        self, employee: Employee, start: date | None = None, end: date | None = None
    ) -> None:
        """Write an employee with another first or last day into the directory."""
        self.update(employee, employments=employed(start, end))

    def adjust(
        self,
        days: str | Decimal = "2",
        *,
        of: str = "E002",
        year: int = 2027,
        by: Caller = ADMIN_CALLS,
        key: str | None = None,
        **wanted: Any,
    ) -> Adjusted:
        """Adjust an account as an administrator does."""
        about: dict[str, Any] = {"leave_type": "annual", "reason": "Moved"} | wanted
        adjustment = AdjustmentInput(year=year, days=Decimal(days), **about)
        return self.adjust_balance(by, of, adjustment, idempotency_key=key)

    def take_leave(self, who: str, period: Period, **changes: Any) -> None:
        """Book approved leave in one year, without a request."""
        ledger = self.requests.book(who, period.start.year)
        booking = a_booking(f"leave of {who} {period}", period, **{"status": "approved"} | changes)
        self.requests.write_ledgers([ledger.with_booking(booking)])

    def booked(self, year: int = 2027) -> float:
        """Return the days that Jim has booked in a year."""
        return self.requests.booked("E002", year)

    def booking(self, year: int = 2027) -> Booking:
        """Return the only booking of Jim in a year."""
        (booking,) = self.requests.book("E002", year).bookings
        return booking

    def written(self) -> Any:
        """Return a copy of all requests and ledgers."""
        return dict(self.requests.stored), dict(self.requests.books)

    def balance(self, year: int = 2027, leave_type: str = "annual", *, of: str = "E002") -> Balance:
        """Return an employee's balance as the employee reads it."""
        *_, balances = self.read_leave.balances(ADMIN_CALLS, employee_id=of, year=year)
        return next(balance for balance in balances if balance.leave_type == leave_type)


def a_wish(
    start: str = "2027-05-03",
    end: str | None = None,
    half: str | None = None,
    *,
    leave_type: str = "annual",
    reason: str = "",
) -> LeaveRequestInput:
    """Return a wish; by default for one working Monday."""
    return LeaveRequestInput(
        period=a_period(start, end, half), leave_type=leave_type, reason=reason
    )
