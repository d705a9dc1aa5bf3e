"""The composition root: which adapter plays which role, for each function.

Nothing is connected at import. What only some functions need is imported where it is built, so
that the others do not pay for it at their cold start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from leave.adapters.clock import SystemClock
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.table import Table
from leave.adapters.holiday_tables import FileHolidayTables
from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.config import Environment
from leave.rules_config import read_rules
from leave.services.gatekeeper import Gatekeeper
from leave.services.people import People
from leave.services.planning import Planner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leave.adapters.gmail.mailer import GmailMailer
    from leave.services.change_leave_request import ChangeLeaveRequest
    from leave.services.process_lead_response import ProcessLeadResponse
    from leave.services.process_leave_request import ProcessLeaveRequest
    from leave.services.read_leave import ReadLeave
    from leave.services.request_leave import RequestLeave
    from leave.services.submit_lead_response import SubmitLeadResponse

# Short, because a person or a state machine that repeats the call waits behind it.
_CLIENT = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Core:
    """What nearly every use case is made of."""

    environment: Environment
    clock: SystemClock
    directory: DynamoDirectory
    requests: DynamoRequests
    planner: Planner

    @classmethod
    def build(cls, variables: Mapping[str, str]) -> _Core:
        environment = Environment(variables)
        table = Table(_client("dynamodb"), environment.require("LEAVE_TABLE"))
        clock = SystemClock(environment.time_zone())
        directory, requests = DynamoDirectory(table), DynamoRequests(table)
        planner = Planner(
            clock=clock,
            directory=directory,
            requests=requests,
            holidays=FileHolidayTables(),
            rules=read_rules(environment.optional("LEAVE_RULES")),
            fallback_approver=environment.optional("LEAVE_FALLBACK_APPROVER"),
        )
        return cls(
            environment=environment,
            clock=clock,
            directory=directory,
            requests=requests,
            planner=planner,
        )

    def gatekeeper(self) -> Gatekeeper:
        return Gatekeeper(
            company_domain=self.environment.require("LEAVE_COMPANY_DOMAIN"),
            admins=self.environment.names("LEAVE_ADMINS"),
        )

    def people(self) -> People:
        return People(clock=self.clock, directory=self.directory)

    def starter(self) -> StepFunctionsWorkflow:
        return StepFunctionsWorkflow(
            client=_client("stepfunctions"),
            state_machine_arn=self.environment.require("LEAVE_STATE_MACHINE_ARN"),
        )

    def mailer(self) -> GmailMailer:
        from leave.adapters.gmail.mailer import GmailMailer
        from leave.adapters.secretsmanager import GmailSecret

        mail = self.environment.mail()
        secret = GmailSecret(client=_client("secretsmanager"), secret_id=mail.secret_id)
        return GmailMailer(
            read_credentials=secret.read,
            endpoint=mail.endpoint,
            sender=mail.sender,
            company_domain=mail.company_domain,
            redirect=mail.redirect,
        )


def request_leave(variables: Mapping[str, str]) -> tuple[Gatekeeper, RequestLeave]:
    """Build the use case of POST /request_leave, and who lets callers in."""
    from leave.adapters.identifiers import new_request_id
    from leave.services.request_leave import RequestLeave

    core = _Core.build(variables)
    return core.gatekeeper(), RequestLeave(
        clock=core.clock,
        people=core.people(),
        requests=core.requests,
        planner=core.planner,
        workflow=core.starter(),
        new_id=new_request_id,
    )


def change_leave_request(variables: Mapping[str, str]) -> tuple[Gatekeeper, ChangeLeaveRequest]:
    """Build the use cases of PATCH and DELETE /leave_requests/{requestId}."""
    from leave.services.change_leave_request import ChangeLeaveRequest

    core = _Core.build(variables)
    return core.gatekeeper(), ChangeLeaveRequest(
        clock=core.clock,
        people=core.people(),
        requests=core.requests,
        planner=core.planner,
        workflow=core.starter(),
    )


def read_leave(variables: Mapping[str, str]) -> tuple[Gatekeeper, ReadLeave]:
    """Build the use cases that only read."""
    core = _Core.build(variables)
    return core.gatekeeper(), _reader(core)


def read_calendar_feed(variables: Mapping[str, str]) -> tuple[str, ReadLeave]:
    """Build the use case of GET /calendar/{feed}, and the domain of its event ids."""
    core = _Core.build(variables)
    return core.environment.require("LEAVE_COMPANY_DOMAIN"), _reader(core)


def process_leave_request(variables: Mapping[str, str]) -> ProcessLeaveRequest:
    """Build the use case of the workflow's state AskLead."""
    from leave.adapters.letters import TemplateLetters
    from leave.services.process_leave_request import ProcessLeaveRequest

    core = _Core.build(variables)
    return ProcessLeaveRequest(
        clock=core.clock,
        directory=core.directory,
        requests=core.requests,
        workflow=StepFunctionsWorkflow(client=_client("stepfunctions")),
        letters=TemplateLetters(
            rules=core.planner.rules, api_url=core.environment.require("LEAVE_API_URL")
        ),
        mailer=core.mailer(),
        fallback_approver=core.planner.fallback_approver,
    )


def submit_lead_response(variables: Mapping[str, str]) -> SubmitLeadResponse:
    """Build the use case behind the links."""
    from leave.services.submit_lead_response import SubmitLeadResponse

    core = _Core.build(variables)
    return SubmitLeadResponse(
        clock=core.clock,
        directory=core.directory,
        requests=core.requests,
        planner=core.planner,
        workflow=StepFunctionsWorkflow(client=_client("stepfunctions")),
    )


def process_lead_response(variables: Mapping[str, str]) -> ProcessLeadResponse:
    """Build the use case of the workflow's states TellEmployee and ExpireRequest."""
    from leave.adapters.letters import TemplateLetters
    from leave.services.process_lead_response import ProcessLeadResponse

    core = _Core.build(variables)
    return ProcessLeadResponse(
        clock=core.clock,
        directory=core.directory,
        requests=core.requests,
        planner=core.planner,
        letters=TemplateLetters(rules=core.planner.rules),
        mailer=core.mailer(),
    )


def _reader(core: _Core) -> ReadLeave:
    from leave.services.read_leave import ReadLeave

    return ReadLeave(
        clock=core.clock,
        people=core.people(),
        directory=core.directory,
        requests=core.requests,
        rules=core.planner.rules,
    )


def _client(service: str) -> Any:
    return boto3.client(service, config=_CLIENT)  # type: ignore[call-overload]
