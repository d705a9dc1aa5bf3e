"""Use cases that people wait for: the API's, and the one behind the links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.adapters.aws import connect
from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.bootstrap.core import Core
from leave.config import Environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from leave.services.authentication import Authenticator
    from leave.services.change_leave_request import ChangeLeaveRequest
    from leave.services.read_leave import ReadLeave
    from leave.services.request_leave import RequestLeave
    from leave.services.submit_lead_response import SubmitLeadResponse


def request_leave(variables: Mapping[str, str]) -> tuple[Authenticator, RequestLeave]:
    """Build the use case of POST /request_leave, and who lets callers in."""
    from leave.adapters.identifiers import new_request_id
    from leave.services.request_leave import RequestLeave

    core = Core.build(variables)
    return core.authenticator(), RequestLeave(
        clock=core.clock,
        authorization=core.authorization(),
        begin=core.units(core.metrics()),
        planner=core.planner,
        workflow=core.starter(),
        new_id=new_request_id,
    )


def change_leave_request(variables: Mapping[str, str]) -> tuple[Authenticator, ChangeLeaveRequest]:
    """Build the use cases of PATCH and DELETE /leave_requests/{requestId}."""
    from leave.services.change_leave_request import ChangeLeaveRequest

    core = Core.build(variables)
    return core.authenticator(), ChangeLeaveRequest(
        clock=core.clock,
        authorization=core.authorization(),
        begin=core.units(core.metrics()),
        planner=core.planner,
        workflow=core.starter(),
    )


def read_leave(variables: Mapping[str, str]) -> tuple[Authenticator, ReadLeave]:
    """Build the use cases that only read."""
    core = Core.build(variables)
    return core.authenticator(), _reader(core)


def read_calendar_feed(variables: Mapping[str, str]) -> tuple[str, ReadLeave]:
    """Build the use case of GET /calendar/{feed}, and the domain of its event ids."""
    core = Core.build(variables)
    return core.environment.require("LEAVE_COMPANY_DOMAIN"), _reader(core)


def submit_lead_response(variables: Mapping[str, str]) -> SubmitLeadResponse:
    """Build the use case behind the links."""
    from leave.services.submit_lead_response import SubmitLeadResponse

    core = Core.build(variables)
    return SubmitLeadResponse(
        clock=core.clock,
        begin=core.units(core.metrics()),
        planner=core.planner,
        approvers=core.approvers(),
        summaries=core.summaries(),
        workflow=StepFunctionsWorkflow(client=connect("stepfunctions")),
    )


def time_zone(variables: Mapping[str, str]) -> tzinfo:
    """Return the company's time zone, in which pages tell the time and days have halves."""
    return Environment(variables).time_zone()


def _reader(core: Core) -> ReadLeave:
    from leave.services.read_leave import ReadLeave

    return ReadLeave(
        clock=core.clock,
        authorization=core.authorization(),
        begin=core.units(None),
        rules=core.planner.rules,
        policy=core.planner.policy,
    )
