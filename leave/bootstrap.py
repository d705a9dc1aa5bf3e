"""The composition root.

Nothing is connected at import. What only some functions need is imported where it is built, so
that the others do not pay for it at their cold start.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from functools import cached_property, partial
from typing import TYPE_CHECKING

from leave.adapters.system import connect
from leave.config import Environment, read_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from leave.adapters.dynamodb.delegations import DynamoDelegations
    from leave.adapters.dynamodb.directory import DynamoDirectory
    from leave.adapters.dynamodb.lookup import DynamoRecords
    from leave.adapters.dynamodb.requests import DynamoRequests
    from leave.adapters.dynamodb.sweeps import DynamoOpenRequests, DynamoSweeps
    from leave.adapters.presentation.emails import TemplateEmails
    from leave.adapters.secretsmanager import SignInSecret
    from leave.adapters.stepfunctions import StepFunctionsWorkflow
    from leave.adapters.system import EmbeddedMetrics, SystemClock
    from leave.domain.employee import Company
    from leave.services.adjust_balance import AdjustBalance
    from leave.services.approvals import Approvals
    from leave.services.approvers import Approvers
    from leave.services.authorization import Authenticator, Authorization
    from leave.services.change_leave_request import ChangeLeaveRequest
    from leave.services.daily_sweep import DailySweep
    from leave.services.decision_summaries import DecisionSummaries
    from leave.services.delegation import DelegateApprovals
    from leave.services.import_directory import ImportDirectory
    from leave.services.leave_policy import Planner, SingleApproval
    from leave.services.notifications import Administrators, CountedMailer, Notifications
    from leave.services.process_lead_response import ProcessLeadResponse
    from leave.services.process_leave_request import ProcessLeaveRequest
    from leave.services.read_leave import ReadLeave
    from leave.services.reports import Reports
    from leave.services.request_leave import RequestLeave
    from leave.services.sign_in import Sessions, SignIn
    from leave.services.submit_lead_response import SubmitLeadResponse
    from leave.services.unit_of_work import UnitOfWork


@dataclass(kw_only=True, slots=True, eq=False)
class Core:
    """What nearly every use case is made of."""

    environment: Environment
    clock: SystemClock
    directory: DynamoDirectory
    requests: DynamoRequests
    records: DynamoRecords
    planner: Planner

    @classmethod
    def build(cls, variables: Mapping[str, str]) -> Core:
        """Read the environment, and connect to the table."""
        from leave.adapters.dynamodb.directory import DynamoDirectory
        from leave.adapters.dynamodb.lookup import DynamoRecords
        from leave.adapters.dynamodb.requests import DynamoRequests
        from leave.adapters.dynamodb.table import Table
        from leave.adapters.system import FileHolidayTables, SystemClock
        from leave.services.leave_policy import Planner

        environment = Environment(variables)
        table = Table(connect("dynamodb"), environment.require("LEAVE_TABLE"))
        clock = SystemClock(environment.time_zone())
        directory, requests = DynamoDirectory(table), DynamoRequests(table)
        planner = Planner(
            clock=clock,
            holidays=FileHolidayTables(environment.holiday_calendars()),
            rules=read_rules(environment.optional("LEAVE_RULES")),
            policy=environment.policy(),
        )
        return cls(
            environment=environment,
            clock=clock,
            directory=directory,
            requests=requests,
            records=DynamoRecords(table),
            planner=planner,
        )

    def metrics(self) -> EmbeddedMetrics:
        """Return who reports numbers."""
        from leave.adapters.system import EmbeddedMetrics

        return EmbeddedMetrics(
            stage=self.environment.require("LEAVE_STAGE"),
            clock=self.clock,
            published=self.environment.published_metrics(),
        )

    def units(self, metrics: EmbeddedMetrics | None) -> Callable[[], UnitOfWork]:
        """Return what begins a unit of work; without metrics, one that only reads."""
        from leave.services.unit_of_work import UnitOfWork

        return partial(
            UnitOfWork,
            records=self.records,
            requests=self.requests,
            directory=self.directory,
            metrics=metrics,
        )

    def authenticator(self) -> Authenticator:
        """Return who lets callers in."""
        from leave.services.authorization import Authenticator

        return Authenticator(
            company_domain=self.environment.require("LEAVE_COMPANY_DOMAIN"),
            admins=self.environment.names("LEAVE_ADMINS"),
        )

    def authorization(self) -> Authorization:
        """Return who may act for whom."""
        from leave.services.authorization import Authorization

        return Authorization(clock=self.clock)

    def approvers(self) -> Approvers:
        """Return who finds the approver."""
        from leave.services.approvers import Approvers

        return Approvers(
            clock=self.clock,
            policy=self.planner.policy,
            holidays=self.planner.holidays,
        )

    def summaries(self) -> DecisionSummaries:
        """Return who gathers what an approver needs to know."""
        from leave.services.decision_summaries import DecisionSummaries

        return DecisionSummaries(planner=self.planner, approvers=self.approvers())

    def single_approval(self) -> SingleApproval:
        """Return who lets one approval be enough where nobody can give a second one."""
        from leave.services.leave_policy import SingleApproval

        return SingleApproval(
            clock=self.clock,
            planner=self.planner,
            approvers=self.approvers(),
        )

    def workflow(self, *, starts: bool = False) -> StepFunctionsWorkflow:
        """Return the workflow; only one that `starts` executions is told its state machine."""
        from leave.adapters.stepfunctions import StepFunctionsWorkflow

        arn = self.environment.require("LEAVE_STATE_MACHINE_ARN") if starts else ""
        return StepFunctionsWorkflow(client=connect("stepfunctions"), state_machine_arn=arn)

    def sweeps(self) -> DynamoSweeps:
        """Return the memory of the daily sweep."""
        from leave.adapters.dynamodb.sweeps import DynamoSweeps

        return DynamoSweeps(self.requests.table)

    def open_requests(self) -> DynamoOpenRequests:
        """Return what is left to be done."""
        from leave.adapters.dynamodb.sweeps import DynamoOpenRequests

        return DynamoOpenRequests(
            table=self.requests.table, read=self.requests.get_all, metrics=self.metrics()
        )

    def delegations(self) -> DynamoDelegations:
        """Return what writes delegations."""
        from leave.adapters.dynamodb.delegations import DynamoDelegations

        return DynamoDelegations(self.requests.table)

    def delegate_approvals(self) -> DelegateApprovals:
        """Return the use cases of /delegation."""
        from leave.services.delegation import DelegateApprovals
        from leave.services.directory_changes import DirectoryChanges

        begin = self.units(self.metrics())
        return DelegateApprovals(
            clock=self.clock,
            authorization=self.authorization(),
            begin=begin,
            delegations=self.delegations(),
            open_requests=self.open_requests(),
            changes=DirectoryChanges(
                clock=self.clock,
                begin=begin,
                workflow=self.workflow(),
                rules=self.planner.rules,
                policy=self.planner.policy,
            ),
        )

    def request_leave(self) -> RequestLeave:
        """Return the use case of POST /request_leave."""
        from leave.adapters.system import new_request_id
        from leave.services.request_leave import RequestLeave

        return RequestLeave(
            clock=self.clock,
            authorization=self.authorization(),
            begin=self.units(self.metrics()),
            planner=self.planner,
            workflow=self.workflow(starts=True),
            new_id=new_request_id,
        )

    def change_leave_request(self) -> ChangeLeaveRequest:
        """Return the use cases of PATCH and DELETE /leave_requests/{requestId}."""
        from leave.services.change_leave_request import ChangeLeaveRequest

        return ChangeLeaveRequest(
            clock=self.clock,
            authorization=self.authorization(),
            begin=self.units(self.metrics()),
            planner=self.planner,
            workflow=self.workflow(starts=True),
        )

    def import_directory(self) -> ImportDirectory:
        """Return the use cases of GET and PUT /employees."""
        from time import monotonic

        from leave.adapters.system import languages, new_feed
        from leave.services.directory_comparison import DirectoryRules
        from leave.services.import_directory import ImportDirectory

        return ImportDirectory(
            clock=self.clock,
            seconds=monotonic,
            begin=self.units(self.metrics()),
            authorization=self.authorization(),
            directory=self.directory,
            directory_rules=DirectoryRules(
                stage=self.environment.require("LEAVE_STAGE"),
                company_domain=self.environment.require("LEAVE_COMPANY_DOMAIN"),
                holiday_calendars=self.environment.holiday_calendars(),
                languages=languages(),
            ),
            rules=self.planner.rules,
            policy=self.planner.policy,
            workflow=self.workflow(starts=True),
            new_feed=new_feed,
        )

    def submit_lead_response(self) -> SubmitLeadResponse:
        """Return the use case behind the links."""
        from leave.services.submit_lead_response import SubmitLeadResponse

        return SubmitLeadResponse(
            clock=self.clock,
            begin=self.units(self.metrics()),
            planner=self.planner,
            approvers=self.approvers(),
            summaries=self.summaries(),
            workflow=self.workflow(),
        )

    def approvals(self) -> Approvals:
        """Return the use cases of /approvals."""
        from leave.services.approvals import Approvals

        return Approvals(
            authorization=self.authorization(),
            begin=self.units(self.metrics()),
            open_requests=self.open_requests(),
            planner=self.planner,
            summaries=self.summaries(),
            responses=self.submit_lead_response(),
        )

    def adjust_balance(self) -> AdjustBalance:
        """Return the use cases of /employees/{employeeId}/adjustments."""
        from leave.adapters.system import new_request_id
        from leave.services.adjust_balance import AdjustBalance

        return AdjustBalance(
            clock=self.clock,
            authorization=self.authorization(),
            begin=self.units(self.metrics()),
            rules=self.planner.rules,
            new_id=new_request_id,
        )

    def reports(self) -> Reports:
        """Return the use cases of /reports."""
        from leave.services.reports import Reports

        return Reports(
            clock=self.clock,
            authorization=self.authorization(),
            begin=self.units(None),
            directory=self.directory,
            requests=self.requests,
            rules=self.planner.rules,
            policy=self.planner.policy,
        )

    def read_leave(self) -> ReadLeave:
        """Return the use cases that only read."""
        from leave.services.read_leave import ReadLeave

        return ReadLeave(
            clock=self.clock,
            authorization=self.authorization(),
            begin=self.units(None),
            rules=self.planner.rules,
            policy=self.planner.policy,
        )


@dataclass(kw_only=True, slots=True, eq=False)
class Post:
    """What every use case that sends mail is made of."""

    core: Core
    emails: TemplateEmails
    mailer: CountedMailer

    @classmethod
    def build(cls, core: Core, *, api_url: str = "") -> Post:
        """Read where mail goes out, and connect to what holds its credentials."""
        from leave.adapters.gmail.mailer import GmailMailer
        from leave.adapters.presentation.emails import TemplateEmails
        from leave.adapters.secretsmanager import GmailSecret
        from leave.services.notifications import CountedMailer

        mail = core.environment.mail()
        secret = GmailSecret(client=connect("secretsmanager"), secret_id=mail.secret_id)
        return cls(
            core=core,
            emails=TemplateEmails(
                rules=core.planner.rules,
                company=core.environment.company(),
                company_domain=mail.company_domain,
                time_zone=core.clock.time_zone,
                api_url=api_url,
            ),
            mailer=CountedMailer(
                mailer=GmailMailer(
                    read_credentials=secret.read,
                    endpoint=mail.endpoint,
                    sender=mail.sender,
                    company_domain=mail.company_domain,
                    redirect=mail.redirect,
                ),
                metrics=core.metrics(),
            ),
        )

    def administrators(self) -> Administrators:
        """Return who mails administrators."""
        from leave.services.notifications import Administrators

        return Administrators(
            clock=self.core.clock,
            addresses=self.core.environment.names("LEAVE_ADMINS"),
            emails=self.emails,
            mailer=self.mailer,
        )

    def notifications(self) -> Notifications:
        """Return who mails about steps that others made."""
        from leave.services.notifications import Notifications

        return Notifications(
            clock=self.core.clock,
            emails=self.emails,
            mailer=self.mailer,
            administrators=self.administrators(),
        )

    def process_lead_response(self) -> ProcessLeadResponse:
        """Return the use case of the workflow's states TellEmployee and ExpireRequest."""
        from leave.services.process_lead_response import ProcessLeadResponse

        return ProcessLeadResponse(
            clock=self.core.clock,
            begin=self.core.units(self.core.metrics()),
            planner=self.core.planner,
            emails=self.emails,
            mailer=self.mailer,
            administrators=self.administrators(),
            notifications=self.notifications(),
            single_approval=self.core.single_approval(),
        )

    def process_leave_request(self) -> ProcessLeaveRequest:
        """Return the use case of the workflow's state AskLead."""
        from leave.services.process_leave_request import ProcessLeaveRequest

        core = self.core
        return ProcessLeaveRequest(
            clock=core.clock,
            begin=core.units(core.metrics()),
            workflow=core.workflow(),
            emails=self.emails,
            mailer=self.mailer,
            approvers=core.approvers(),
            summaries=core.summaries(),
            administrators=self.administrators(),
            notifications=self.notifications(),
            single_approval=core.single_approval(),
        )

    def daily_sweep(self) -> DailySweep:
        """Return the use case of the daily sweep, with a cache of its own."""
        from leave.services.adjust_balance import AdjustmentNotices
        from leave.services.daily_sweep import DailySweep, SweepSteps
        from leave.services.delegation import DelegationNotices
        from leave.services.passing_on import PassingOn, Reminders

        core = self.core
        begin = core.units(core.metrics())
        cache = begin()
        sweeps = core.sweeps()
        return DailySweep(
            clock=core.clock,
            cache=cache,
            open_requests=core.open_requests(),
            sweeps=sweeps,
            steps=SweepSteps(
                clock=core.clock,
                begin=begin,
                cache=cache,
                workflow=core.workflow(starts=True),
                approvers=core.approvers(),
                planner=core.planner,
                responses=self.process_lead_response(),
            ),
            reminders=Reminders(
                clock=core.clock,
                begin=begin,
                cache=cache,
                summaries=core.summaries(),
                emails=self.emails,
                mailer=self.mailer,
                sweeps=sweeps,
            ),
            passing_on=PassingOn(
                clock=core.clock,
                begin=begin,
                cache=cache,
                approvers=core.approvers(),
                summaries=core.summaries(),
                emails=self.emails,
                mailer=self.mailer,
            ),
            adjustment_notices=AdjustmentNotices(
                clock=core.clock,
                begin=begin,
                cache=cache,
                rules=core.planner.rules,
                emails=self.emails,
                mailer=self.mailer,
            ),
            delegation_notices=DelegationNotices(
                clock=core.clock,
                begin=begin,
                delegations=core.delegations(),
                emails=self.emails,
                mailer=self.mailer,
            ),
            metrics=core.metrics(),
        )


def process_leave_request(variables: Mapping[str, str]) -> ProcessLeaveRequest:
    """Build the use case of the workflow's state AskLead."""
    core = Core.build(variables)
    post = Post.build(core, api_url=core.environment.require("LEAVE_API_URL"))
    return post.process_leave_request()


def process_lead_response(variables: Mapping[str, str]) -> ProcessLeadResponse:
    """Build the use case of the workflow's states TellEmployee and ExpireRequest."""
    return Post.build(Core.build(variables)).process_lead_response()


def daily_sweep(variables: Mapping[str, str]) -> DailySweep:
    """Build the use case of the daily sweep.

    What it caches of the directory is as old as what is returned, so it is built for each run.
    """
    core = Core.build(variables)
    post = Post.build(core, api_url=core.environment.require("LEAVE_API_URL"))
    return post.daily_sweep()


def request_leave(variables: Mapping[str, str]) -> tuple[Authenticator, RequestLeave]:
    """Build the use case of POST /request_leave, and who lets callers in."""
    core = Core.build(variables)
    return core.authenticator(), core.request_leave()


class AdministratorUseCases:
    """What administrators call, each built when it is called first."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @cached_property
    def import_directory(self) -> ImportDirectory:
        """The use cases of GET and PUT /employees."""
        return self._core.import_directory()

    @cached_property
    def adjust_balance(self) -> AdjustBalance:
        """The use cases of /employees/{employeeId}/adjustments."""
        return self._core.adjust_balance()

    @cached_property
    def reports(self) -> Reports:
        """The use cases of /reports."""
        return self._core.reports()


def administer(variables: Mapping[str, str]) -> tuple[Authenticator, AdministratorUseCases]:
    """Build what administrators call, and who lets callers in."""
    core = Core.build(variables)
    return core.authenticator(), AdministratorUseCases(core)


def change_leave_request(variables: Mapping[str, str]) -> tuple[Authenticator, ChangeLeaveRequest]:
    """Build the use cases of PATCH and DELETE /leave_requests/{requestId}."""
    core = Core.build(variables)
    return core.authenticator(), core.change_leave_request()


def read_leave(variables: Mapping[str, str]) -> tuple[Authenticator, ReadLeave]:
    """Build the use cases that only read."""
    core = Core.build(variables)
    core.requests.metrics = core.metrics()
    return core.authenticator(), core.read_leave()


def read_calendar_feed(variables: Mapping[str, str]) -> tuple[str, ReadLeave]:
    """Build the use case of GET /calendar/{feed}, and the domain of its event ids."""
    core = Core.build(variables)
    return core.environment.require("LEAVE_COMPANY_DOMAIN"), core.read_leave()


def approvals(
    variables: Mapping[str, str],
) -> tuple[Authenticator, Approvals, DelegateApprovals]:
    """Build the use cases of /approvals and /delegation, and who lets callers in."""
    core = Core.build(variables)
    return core.authenticator(), core.approvals(), core.delegate_approvals()


def submit_lead_response(variables: Mapping[str, str]) -> SubmitLeadResponse:
    """Build the use case behind the links."""
    return Core.build(variables).submit_lead_response()


def time_zone(variables: Mapping[str, str]) -> tzinfo:
    """Return the company's time zone, in which pages tell the time and days have halves."""
    return Environment(variables).time_zone()


def company(variables: Mapping[str, str]) -> Company | None:
    """Return the company as pages name it."""
    return Environment(variables).company()


def sessions(variables: Mapping[str, str]) -> tuple[str, Sessions] | None:
    """Build who is signed in, with the API's address; None where no sign-in is asked for."""
    environment = Environment(variables)
    if environment.optional("LEAVE_SIGN_IN_SECRET") is None:
        return None
    api_url = environment.require("LEAVE_API_URL")
    return api_url, _sessions(_secret(environment), api_url)


def sign_in(variables: Mapping[str, str]) -> tuple[str, SignIn]:
    """Build the use case of GET /sign_in and its callback, with the API's address."""
    from leave.adapters.google_oidc import GoogleSignIn
    from leave.services.authorization import Authenticator
    from leave.services.sign_in import SignIn

    environment = Environment(variables)
    api_url = environment.require("LEAVE_API_URL")
    domain = environment.require("LEAVE_COMPANY_DOMAIN")
    secret = _secret(environment)
    kept = _sessions(secret, api_url)
    provider = GoogleSignIn(
        issuer=environment.require("LEAVE_OIDC_ISSUER"),
        company_domain=domain,
        redirect_uri=f"{api_url}/sign_in/callback",
        read_client=secret.read,
    )
    return api_url, SignIn(
        clock=kept.clock,
        provider=provider,
        authenticator=Authenticator(company_domain=domain, admins=frozenset()),
        signer=kept.signer,
        sessions=kept,
    )


def _secret(environment: Environment) -> SignInSecret:
    from leave.adapters.secretsmanager import SignInSecret

    client = connect("secretsmanager", read_seconds=2, attempts=2)
    return SignInSecret(client=client, secret_id=environment.require("LEAVE_SIGN_IN_SECRET"))


def _sessions(secret: SignInSecret, api_url: str) -> Sessions:
    from leave.adapters.google_oidc import HmacSigner
    from leave.adapters.system import SystemClock
    from leave.services.sign_in import Sessions

    # Of the clock only the moment is needed, which is the same in every time zone.
    signer = HmacSigner(read_secret=secret.read_signing_key, place=api_url)
    return Sessions(clock=SystemClock(UTC), signer=signer)
