"""The workflow's state AskLead."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.functions import cold_start
from leave.functions.steps import read_step, read_token, step_of

if TYPE_CHECKING:
    from leave.services.process_leave_request import ProcessLeaveRequest


@cache
@cold_start
def application() -> ProcessLeaveRequest:
    """Build the use case, once in the life of a warm function."""
    return bootstrap.process_leave_request(os.environ)


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:  # noqa: ARG001
    """Ask the lead about `requestId`; the answer goes to `taskToken` later.

    Step Functions ignores what this returns, and fails the task if it raises. Source:
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
    """
    step, token = read_step(event), read_token(event)
    with step_of(step.request_id):
        application()(step.request_id, token, inquiry=step.inquiry)
    return {"requestId": step.request_id}
