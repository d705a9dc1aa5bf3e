"""Use cases that send mail: the workflow's, and the daily round."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leave.adapters.aws import connect
from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.bootstrap.core import Core

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leave.adapters.letters import TemplateLetters
    from leave.services.administrators import Administrators
    from leave.services.counting import CountedMailer
    from leave.services.daily_round import DailyRound
    from leave.services.former_approvers import FormerApprovers
    from leave.services.process_lead_response import ProcessLeadResponse
    from leave.services.process_leave_request import ProcessLeaveRequest


@dataclass(kw_only=True, slots=True, eq=False)
class _Post:
    """What every use case that sends mail is made of."""

    core: Core
    letters: TemplateLetters
    mailer: CountedMailer

    @classmethod
    def build(cls, core: Core, *, api_url: str = "") -> _Post:
        from leave.adapters.gmail.mailer import GmailMailer
        from leave.adapters.letters import TemplateLetters
        from leave.adapters.secretsmanager import GmailSecret
        from leave.services.counting import CountedMailer

        mail = core.environment.mail()
        secret = GmailSecret(client=connect("secretsmanager"), secret_id=mail.secret_id)
        return cls(
            core=core,
            letters=TemplateLetters(
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
            records=self.core.planner.records,
            addresses=self.core.environment.names("LEAVE_ADMINS"),
            letters=self.letters,
            mailer=self.mailer,
        )

    def former_approvers(self) -> FormerApprovers:
        from leave.services.former_approvers import FormerApprovers

        return FormerApprovers(
            clock=self.core.clock,
            requests=self.core.counted(),
            letters=self.letters,
            mailer=self.mailer,
            administrators=self.administrators(),
        )

    def responses(self) -> ProcessLeadResponse:
        from leave.services.process_lead_response import ProcessLeadResponse

        return ProcessLeadResponse(
            clock=self.core.clock,
            requests=self.core.counted(),
            planner=self.core.planner,
            letters=self.letters,
            mailer=self.mailer,
            administrators=self.administrators(),
            former_approvers=self.former_approvers(),
            single_approval=self.core.single_approval(),
        )


def process_leave_request(variables: Mapping[str, str]) -> ProcessLeaveRequest:
    """Build the use case of the workflow's state AskLead."""
    from leave.services.process_leave_request import ProcessLeaveRequest

    core = Core.build(variables)
    post = _Post.build(core, api_url=core.environment.require("LEAVE_API_URL"))
    return ProcessLeaveRequest(
        clock=core.clock,
        requests=core.counted(),
        workflow=StepFunctionsWorkflow(client=connect("stepfunctions")),
        letters=post.letters,
        mailer=post.mailer,
        approvers=core.approvers(),
        briefing=core.briefing(),
        administrators=post.administrators(),
        former_approvers=post.former_approvers(),
        single_approval=core.single_approval(),
    )


def process_lead_response(variables: Mapping[str, str]) -> ProcessLeadResponse:
    """Build the use case of the workflow's states TellEmployee and ExpireRequest."""
    return _Post.build(Core.build(variables)).responses()


def daily_round(variables: Mapping[str, str]) -> DailyRound:
    """Build the use case of the daily round.

    What it remembers of the directory is as old as what is returned, so it is built for each run.
    """
    from leave.adapters.dynamodb.open_index import DynamoOpenRequests
    from leave.adapters.dynamodb.rounds import DynamoRounds
    from leave.services.adjustment_notices import AdjustmentNotices
    from leave.services.daily_round import DailyRound
    from leave.services.passing_on import PassingOn
    from leave.services.remembering import Remembering
    from leave.services.reminders import Reminders
    from leave.services.round_steps import RoundSteps

    core = Core.build(variables)
    post = _Post.build(core, api_url=core.environment.require("LEAVE_API_URL"))
    remembering = Remembering(records=core.planner.records)
    approvers = replace(core.approvers(), employees=remembering, ledgers=remembering)
    rounds = DynamoRounds(core.requests.table)
    return DailyRound(
        clock=core.clock,
        open_requests=DynamoOpenRequests(
            table=core.requests.table, read=core.requests.get_all, metrics=core.metrics()
        ),
        rounds=rounds,
        steps=RoundSteps(
            clock=core.clock,
            employees=remembering,
            requests=core.counted(),
            workflow=core.starter(),
            approvers=approvers,
            planner=core.planner,
            responses=post.responses(),
        ),
        reminders=Reminders(
            employees=remembering,
            briefing=core.briefing(),
            letters=post.letters,
            mailer=post.mailer,
            rounds=rounds,
        ),
        passing_on=PassingOn(
            clock=core.clock,
            employees=remembering,
            requests=core.counted(),
            records=core.planner.records,
            approvers=approvers,
            briefing=core.briefing(),
            letters=post.letters,
            mailer=post.mailer,
        ),
        adjustment_notices=AdjustmentNotices(
            clock=core.clock,
            employees=remembering,
            requests=core.requests,
            rules=core.planner.rules,
            letters=post.letters,
            mailer=post.mailer,
        ),
        remembering=remembering,
        metrics=core.metrics(),
    )
