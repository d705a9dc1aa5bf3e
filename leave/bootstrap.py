"""The composition root: which adapter plays which role, for each function.

Nothing is connected at import. The mailing functions alone import Google's libraries, which cost
the others nothing at their cold start that way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from leave.adapters.clock import SystemClock
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.table import Table
from leave.adapters.identifiers import new_request_id
from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.config import Environment
from leave.services.gatekeeper import Gatekeeper
from leave.services.process_lead_response import ProcessLeadResponse
from leave.services.process_leave_request import ProcessLeaveRequest
from leave.services.request_leave import RequestLeave
from leave.services.submit_lead_response import SubmitLeadResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leave.adapters.gmail.mailer import GmailMailer

# Short, because a person or a state machine that repeats the call waits behind it.
_CLIENT = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)


def request_leave(variables: Mapping[str, str]) -> tuple[Gatekeeper, RequestLeave]:
    """Build the use case of POST /request_leave, and who lets callers in."""
    environment = Environment(variables)
    table = _table(environment)
    gatekeeper = Gatekeeper(
        company_domain=environment.require("LEAVE_COMPANY_DOMAIN"),
        admins=environment.names("LEAVE_ADMINS"),
    )
    return gatekeeper, RequestLeave(
        clock=SystemClock(environment.time_zone()),
        directory=DynamoDirectory(table),
        requests=DynamoRequests(table),
        workflow=_workflow(environment.require("LEAVE_STATE_MACHINE_ARN")),
        new_id=new_request_id,
        fallback_approver=environment.optional("LEAVE_FALLBACK_APPROVER"),
    )


def process_leave_request(variables: Mapping[str, str]) -> ProcessLeaveRequest:
    """Build the use case of the workflow's state AskLead."""
    from leave.adapters.letters import TemplateLetters

    environment = Environment(variables)
    table = _table(environment)
    return ProcessLeaveRequest(
        directory=DynamoDirectory(table),
        requests=DynamoRequests(table),
        workflow=_workflow(),
        letters=TemplateLetters(api_url=environment.require("LEAVE_API_URL")),
        mailer=_mailer(environment),
        fallback_approver=environment.optional("LEAVE_FALLBACK_APPROVER"),
    )


def submit_lead_response(variables: Mapping[str, str]) -> SubmitLeadResponse:
    """Build the use case behind the links."""
    environment = Environment(variables)
    return SubmitLeadResponse(
        clock=SystemClock(environment.time_zone()),
        requests=DynamoRequests(_table(environment)),
        workflow=_workflow(),
    )


def process_lead_response(variables: Mapping[str, str]) -> ProcessLeadResponse:
    """Build the use case of the workflow's states TellEmployee and ExpireRequest."""
    from leave.adapters.letters import TemplateLetters

    environment = Environment(variables)
    table = _table(environment)
    return ProcessLeadResponse(
        clock=SystemClock(environment.time_zone()),
        directory=DynamoDirectory(table),
        requests=DynamoRequests(table),
        letters=TemplateLetters(),
        mailer=_mailer(environment),
    )


def _client(service: str) -> Any:
    return boto3.client(service, config=_CLIENT)  # type: ignore[call-overload]


def _table(environment: Environment) -> Table:
    return Table(_client("dynamodb"), environment.require("LEAVE_TABLE"))


def _workflow(state_machine_arn: str = "") -> StepFunctionsWorkflow:
    return StepFunctionsWorkflow(
        client=_client("stepfunctions"), state_machine_arn=state_machine_arn
    )


def _mailer(environment: Environment) -> GmailMailer:
    from leave.adapters.gmail.mailer import GmailMailer
    from leave.adapters.secretsmanager import GmailSecret

    mail = environment.mail()
    secret = GmailSecret(client=_client("secretsmanager"), secret_id=mail.secret_id)
    return GmailMailer(
        read_credentials=secret.read,
        endpoint=mail.endpoint,
        sender=mail.sender,
        company_domain=mail.company_domain,
    )
