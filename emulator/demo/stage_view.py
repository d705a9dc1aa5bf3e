"""What the demo sees of the stage besides HTTP: the state machine and the functions' logs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from emulator.aws import EmulatedAws
from emulator.demo.failure import DemoFailedError

if TYPE_CHECKING:
    from emulator.ready import StageFacts

_LINES_PER_FUNCTION = 12


class StageView:
    """Looks at AWS the way an operator does in the console."""

    def __init__(self, facts: StageFacts) -> None:
        self._facts = facts
        self._aws = EmulatedAws(endpoint_url=facts.aws_endpoint_url, region=facts.region)

    def status(self, execution: str) -> str:
        """The status of an execution of the state machine."""
        try:
            return self._aws.workflows.describe_execution(executionArn=execution)["status"]
        except (BotoCoreError, ClientError) as error:
            raise DemoFailedError(f"The execution {execution} cannot be read: {error}") from error

    def wait_until_succeeded(self, execution: str, *, seconds: float) -> None:
        """Wait for the end of an execution, which must be a good one."""
        deadline = time.monotonic() + seconds
        while (status := self.status(execution)) == "RUNNING":
            if time.monotonic() > deadline:
                raise DemoFailedError(
                    f"The workflow is still RUNNING {seconds:.0f} seconds after the decision."
                )
            time.sleep(0.1)
        if status != "SUCCEEDED":
            raise DemoFailedError(f"The workflow ended {status} instead of SUCCEEDED.")

    def log_tails(self) -> str:
        """The last lines every function logged."""
        tails: list[str] = []
        for name in sorted(self._facts.functions.values()):
            try:
                events = self._aws.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")
            except (BotoCoreError, ClientError) as error:
                tails.append(f"{name}: {error}")
                continue
            lines = [event.get("message", "").rstrip() for event in events.get("events", [])]
            if lines:
                tails += [f"── {name}", *lines[-_LINES_PER_FUNCTION:]]
        return "\n".join(tails)
