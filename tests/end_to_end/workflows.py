"""The workflow executions of a stage, seen from outside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.table import Table

if TYPE_CHECKING:
    from leave.domain.request import LeaveRequest
    from tests.stage import LocalStage

_SECONDS = 120.0


def status(stage: LocalStage, execution: str) -> str:
    """Return the status of an execution by its ARN, such as `RUNNING`."""
    return stage.aws.workflows.describe_execution(executionArn=execution)["status"]


def end_of(stage: LocalStage, execution: str) -> str:
    """Wait for the end of an execution and return its status."""
    deadline = time.monotonic() + _SECONDS
    while (found := status(stage, execution)) == "RUNNING" and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def record_of(stage: LocalStage, request_id: str) -> LeaveRequest | None:
    """Return a request as it is stored."""
    return DynamoRequests(Table(stage.aws.tables, stage.facts.table_name)).get(request_id)


def wait_until_mailed(stage: LocalStage, request_id: str) -> None:
    """Wait until it is noted that the lead has the mail, after which no other one is sent."""
    deadline = time.monotonic() + _SECONDS
    while not ((request := record_of(stage, request_id)) and request.lead_mailed):
        assert time.monotonic() < deadline, f"no mail was noted for {request_id}"
        time.sleep(0.1)


def token_of(stage: LocalStage, request_id: str, *, other_than: str = "") -> str:
    """Wait until somebody is asked, and return the token that their answer is waited for with."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        request = record_of(stage, request_id)
        token = request and request.task_token
        if token is not None and token.reveal() != other_than:
            return token.reveal()
        time.sleep(0.1)
    raise AssertionError(f"nobody was asked about {request_id}")


def run_out_of_time(stage: LocalStage, token: str) -> None:
    """Let a wait end as Step Functions ends it when its time is over."""
    stage.aws.workflows.send_task_failure(taskToken=token, error="States.Timeout")
