"""The workflow in AWS Step Functions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from leave.domain.errors import UnavailableError

if TYPE_CHECKING:
    from leave.domain.values import Secret

# A token that was used, timed out, or whose execution was stopped. Source:
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
_NO_LONGER_WAITING = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})

# A failed one can be redriven by hand, which is going on as well. Source:
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
_GOING_ON = frozenset({"RUNNING", "PENDING_REDRIVE"})

_ERROR_LENGTH, _CAUSE_LENGTH = 256, 32_768


@dataclass(kw_only=True, slots=True, eq=False)
class StepFunctionsWorkflow:
    """Implements `Workflow`. `state_machine_arn` is needed to start, not to answer."""

    client: Any
    state_machine_arn: str = ""

    def start(self, name: str, *, request_id: str, inquiry: int) -> str:
        """Start the execution with this name; again is the same execution.

        StartExecution is idempotent for the same name and input while the execution runs, and
        answers ExecutionAlreadyExists for 90 days after it has ended. Source:
        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        started = self._start(name, request_id, inquiry)
        return started or self._execution_arn(name)

    def ensure(self, name: str, *, request_id: str, inquiry: int) -> bool:
        """Start the execution with this name unless it runs; False when it has ended."""
        if self._start(name, request_id, inquiry):
            return True
        try:
            found = self.client.describe_execution(executionArn=self._execution_arn(name))
        except ClientError as error:
            raise UnavailableError(f"DescribeExecution: {_code(error)}") from error
        except BotoCoreError as error:
            raise UnavailableError(f"DescribeExecution: {type(error).__name__}") from error
        return found["status"] in _GOING_ON

    def answer(
        self, task_token: Secret, *, request_id: str, status: str, wait_seconds: int = 0
    ) -> bool:
        """Resume the execution; False when it no longer waits for this token."""
        output = json.dumps(
            {"requestId": request_id, "status": status, "waitSeconds": wait_seconds}
        )
        return self._report("send_task_success", taskToken=task_token.reveal(), output=output)

    def fail(self, task_token: Secret, *, error: str, cause: str) -> bool:
        """Let the waiting task fail, which the state machine catches by this error's name."""
        return self._report(
            "send_task_failure",
            taskToken=task_token.reveal(),
            error=error[:_ERROR_LENGTH],
            cause=cause[:_CAUSE_LENGTH],
        )

    def _start(self, name: str, request_id: str, inquiry: int) -> str | None:
        """Return the execution's ARN, or None when there was one of this name before."""
        payload = json.dumps({"requestId": request_id, "inquiry": inquiry})
        try:
            answer = self.client.start_execution(
                stateMachineArn=self.state_machine_arn, name=name, input=payload
            )
        except ClientError as error:
            if _code(error) == "ExecutionAlreadyExists":
                return None
            raise UnavailableError(f"StartExecution: {_code(error)}") from error
        except BotoCoreError as error:
            raise UnavailableError(f"StartExecution: {type(error).__name__}") from error
        return answer["executionArn"]

    def _report(self, operation: str, **arguments: str) -> bool:
        try:
            getattr(self.client, operation)(**arguments)
        except ClientError as error:
            if _code(error) in _NO_LONGER_WAITING:
                return False
            # Neither is chained: what AWS says of a bad token quotes it, and would be logged.
            raise UnavailableError(f"{operation}: {_code(error)}") from None
        except BotoCoreError as error:
            raise UnavailableError(f"{operation}: {type(error).__name__}") from None
        return True

    def _execution_arn(self, name: str) -> str:
        return f"{self.state_machine_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
