"""Use cases that send mail: the workflow's, and the daily sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.adapters.aws import connect
from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.bootstrap.core import Core

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leave.adapters.emails import TemplateEmails
    from leave.services.administrators import Administrators
    from leave.services.counted_mailer import CountedMailer
    from leave.services.daily_sweep import DailySweep
    from leave.services.notifications import Notifications
    from leave.services.process_lead_response import ProcessLeadResponse
    from leave.services.process_leave_request import ProcessLeaveRequest


@dataclass(kw_only=True, slots=True, eq=False)
class _Post:
    """What every use case that sends mail is made of."""

    core: Core
    emails: TemplateEmails
    mailer: CountedMailer

    @classmethod
    def build(cls, core: Core, *, api_url: str = "") -> _Post:
        from leave.adapters.emails import TemplateEmails
        from leave.adapters.gmail.mailer import GmailMailer
        from leave.adapters.secretsmanager import GmailSecret
        from leave.services.counted_mailer import CountedMailer

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
        from leave.services.administrators import Administrators

        return Administrators(
            clock=self.core.clock,
            addresses=self.core.environment.names("LEAVE_ADMINS"),
            emails=self.emails,
            mailer=self.mailer,
        )

    def notifications(self) -> Notifications:
        from leave.services.notifications import Notifications

        return Notifications(
            clock=self.core.clock,
            emails=self.emails,
            mailer=self.mailer,
            administrators=self.administrators(),
        )

    def responses(self) -> ProcessLeadResponse:
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


def process_leave_request(variables: Mapping[str, str]) -> ProcessLeaveRequest:
    """Build the use case of the workflow's state AskLead."""
    from leave.services.process_leave_request import ProcessLeaveRequest

    core = Core.build(variables)
    post = _Post.build(core, api_url=core.environment.require("LEAVE_API_URL"))
    return ProcessLeaveRequest(
        clock=core.clock,
        begin=core.units(core.metrics()),
        workflow=StepFunctionsWorkflow(client=connect("stepfunctions")),
        emails=post.emails,
        mailer=post.mailer,
        approvers=core.approvers(),
        summaries=core.summaries(),
        administrators=post.administrators(),
        notifications=post.notifications(),
        single_approval=core.single_approval(),
    )


def process_lead_response(variables: Mapping[str, str]) -> ProcessLeadResponse:
    """Build the use case of the workflow's states TellEmployee and ExpireRequest."""
    return _Post.build(Core.build(variables)).responses()


def daily_sweep(variables: Mapping[str, str]) -> DailySweep:
    """Build the use case of the daily sweep.

    What it caches of the directory is as old as what is returned, so it is built for each run.
    """
    from leave.adapters.dynamodb.open_index import DynamoOpenRequests
    from leave.adapters.dynamodb.sweeps import DynamoSweeps
    from leave.services.adjustment_notices import AdjustmentNotices
    from leave.services.daily_sweep import DailySweep
    from leave.services.passing_on import PassingOn
    from leave.services.reminders import Reminders
    from leave.services.sweep_steps import SweepSteps

    core = Core.build(variables)
    post = _Post.build(core, api_url=core.environment.require("LEAVE_API_URL"))
    begin = core.units(core.metrics())
    cache = begin()
    sweeps = DynamoSweeps(core.requests.table)
    return DailySweep(
        clock=core.clock,
        cache=cache,
        open_requests=DynamoOpenRequests(
            table=core.requests.table, read=core.requests.get_all, metrics=core.metrics()
        ),
        sweeps=sweeps,
        steps=SweepSteps(
            clock=core.clock,
            begin=begin,
            cache=cache,
            workflow=core.starter(),
            approvers=core.approvers(),
            planner=core.planner,
            responses=post.responses(),
        ),
        reminders=Reminders(
            clock=core.clock,
            begin=begin,
            cache=cache,
            summaries=core.summaries(),
            emails=post.emails,
            mailer=post.mailer,
            sweeps=sweeps,
        ),
        passing_on=PassingOn(
            clock=core.clock,
            begin=begin,
            cache=cache,
            approvers=core.approvers(),
            summaries=core.summaries(),
            emails=post.emails,
            mailer=post.mailer,
        ),
        adjustment_notices=AdjustmentNotices(
            clock=core.clock,
            begin=begin,
            cache=cache,
            rules=core.planner.rules,
            emails=post.emails,
            mailer=post.mailer,
        ),
        metrics=core.metrics(),
    )
