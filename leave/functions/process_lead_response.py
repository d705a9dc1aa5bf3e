"""The workflow's states TellEmployee and ExpireRequest."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from leave import bootstrap
from leave.functions import cold_start
from leave.functions.steps import read_execution, read_step, read_switch, step_of

if TYPE_CHECKING:
    from leave.services.process_lead_response import ProcessLeadResponse


@cache
@cold_start
def application() -> ProcessLeadResponse:
    """Build the use case, once in the life of a warm function."""
    return bootstrap.process_lead_response(os.environ)


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:  # noqa: ARG001
    """Tell the employee what became of `requestId`; with `expire`, expire it first.

    Unless another `execution` than the one that ran out of time waits for the answer.
    """
    step, expire = read_step(event), read_switch(event, "expire")
    execution = read_execution(event)
    with step_of(step.request_id):
        status = application()(
            step.request_id, inquiry=step.inquiry, expire=expire, execution=execution
        )
    return {"requestId": step.request_id, "status": status}
