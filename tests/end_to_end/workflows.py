"""The workflow executions of a stage, seen from outside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.stage import LocalStage

_SECONDS = 60.0


def status(stage: LocalStage, execution: str) -> str:
    """Return the status of an execution by its ARN, such as `RUNNING`."""
    return stage.aws.workflows.describe_execution(executionArn=execution)["status"]


def end_of(stage: LocalStage, execution: str) -> str:
    """Wait for the end of an execution and return its status."""
    deadline = time.monotonic() + _SECONDS
    while (found := status(stage, execution)) == "RUNNING" and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
