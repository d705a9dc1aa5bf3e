"""Step Functions for proofs: runs the deployed definition over a clock that a test moves.

Only what the definition uses is there, as the Amazon States Language has it:
https://states-language.net/spec.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infrastructure.workflow_definition import workflow_definition
from tests.proof.expressions import Scope, evaluated

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.leave.fakes import FakeClock

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:EmployeeLeaveWorkflow-test"
ASK, TELL = "ask", "tell"
MOST_EVENTS = 25_000
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html."""


class TaskError(Exception):
    """A task failed under this error name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(kw_only=True)
class Execution:
    """One run of the definition; `due` is when it goes on by itself, None while nothing is due."""

    name: str
    input: dict[str, Any]
    state: str
    due: datetime | None
    status: str = "RUNNING"
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    token: str = ""
    told: Any = None
    attempts: int = 0
    events: int = 2
    waits_until: datetime | None = None


@dataclass(kw_only=True)
class StateMachine:
    """A client of Step Functions, and the service behind it; `invoke` calls a function.

    `keeps_token` tells whether a task that is retried gets its token again; AWS does not say.
    `closed` is the error for a token that is used, late, or of an execution that has ended; `lies`
    may name one for a token that is waited for, which AWS has no reason to.
    """

    clock: FakeClock
    invoke: Callable[[str, dict[str, Any]], None]
    undo_seconds: int = 0
    answer_timeout_days: int = 30
    keeps_token: bool = False
    closed: str = "TaskTimedOut"
    lies: Callable[[], str] = lambda: ""
    executions: dict[str, Execution] = field(default_factory=dict[str, Execution])
    tokens: dict[str, Execution] = field(default_factory=dict[str, Execution])

    def __post_init__(self) -> None:
        self.definition = workflow_definition(
            partition="aws",
            ask_arn=ASK,
            tell_arn=TELL,
            answer_timeout_days=self.answer_timeout_days,
            undo_seconds=self.undo_seconds,
        )

    # What the client offers, with the errors that AWS documents for it.

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, str]:  # noqa: A002, N803
        arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"
        asked = json.loads(input)
        there = self.executions.get(name)
        if there and (there.status != "RUNNING" or there.input != asked):
            raise _error("ExecutionAlreadyExists", "StartExecution")
        if not there:
            start = self.definition["StartAt"]
            self.executions[name] = Execution(
                name=name, input=asked, state=start, due=self.clock.now()
            )
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> dict[str, str]:  # noqa: N803
        return {"status": self.executions[executionArn.rpartition(":")[2]].status}

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803
        self._waiting(taskToken).told = json.loads(output)

    def send_task_failure(self, *, taskToken: str, error: str, cause: str) -> None:  # noqa: ARG002, N803
        self._waiting(taskToken).told = TaskError(error)

    # What the service does by itself.

    def live(self) -> list[Execution]:
        """Return what runs."""
        return [one for one in self.executions.values() if one.status == "RUNNING"]

    def next_due(self) -> Execution | None:
        """Return the execution that goes on first; None when all of them wait for an answer."""
        due = [one for one in self.live() if one.due is not None]
        return min(due, key=lambda one: one.due or self.clock.now(), default=None)

    def stop(self, one: Execution, status: str = "ABORTED") -> None:
        """End an execution as an operator, or a quota, does."""
        one.status, one.due = status, None
        self.tokens.pop(one.token, None)

    def advance(self, one: Execution) -> None:
        """Go on with an execution that is due."""
        one.due = None
        one.events += 2
        if one.events > MOST_EVENTS:
            self.stop(one, "FAILED")
            return
        state = self.definition["States"][one.state]
        if state["Type"] == "Task":
            self._task(one, state)
        elif state["Type"] == "Wait" and one.waits_until is None:
            seconds = evaluated(state["Seconds"], Scope(variables=one.variables))
            one.due = one.waits_until = self.clock.now() + timedelta(seconds=seconds)
        else:
            one.waits_until = None
            self._leave(one, state, Scope(variables=one.variables, input=one.input))

    def _task(self, one: Execution, state: dict[str, Any]) -> None:
        waits = state["Resource"].endswith(".waitForTaskToken")
        try:
            if one.waits_until is None:
                self._invoke(one, state, waits=waits)
            result = self._told(one) if waits else None
        except TaskError as error:
            self._failed(one, state, error.name)
            return
        if waits and result is None:
            return
        self._forget_task(one)
        self._leave(one, state, Scope(variables=one.variables, result=result))

    def _invoke(self, one: Execution, state: dict[str, Any], *, waits: bool) -> None:
        if waits:
            if not (self.keeps_token and one.token):
                self.tokens.pop(one.token, None)
                one.token = f"token {one.events} of {one.name}"
            self.tokens[one.token] = one
            one.told = None
            one.waits_until = self.clock.now() + timedelta(seconds=state["TimeoutSeconds"])
            one.due = one.waits_until
        scope = Scope(variables=one.variables, token=one.token, execution=one.name)
        arguments = evaluated(state["Arguments"], scope)
        one.events += 3
        try:
            self.invoke(arguments["FunctionName"], arguments["Payload"])
        except TaskError:
            if not waits or one.told is None:
                raise

    def _told(self, one: Execution) -> Any:
        if isinstance(one.told, TaskError):
            raise one.told
        if one.told is None and one.waits_until and one.waits_until <= self.clock.now():
            raise TaskError("States.Timeout")
        return one.told

    def _failed(self, one: Execution, state: dict[str, Any], error: str) -> None:
        for retry in state.get("Retry", ()):
            if _matches(retry, error) and one.attempts < retry["MaxAttempts"]:
                pause = retry["IntervalSeconds"] * retry["BackoffRate"] ** one.attempts
                one.attempts += 1
                one.waits_until = None
                one.due = self.clock.now() + timedelta(seconds=min(pause, retry["MaxDelaySeconds"]))
                return
        self._forget_task(one)
        for catch in state.get("Catch", ()):
            if _matches(catch, error):
                self._leave(one, catch, Scope(variables=one.variables))
                return
        self.stop(one, "FAILED")

    def _forget_task(self, one: Execution) -> None:
        self.tokens.pop(one.token, None)
        one.token, one.told, one.attempts, one.waits_until = "", None, 0, None

    def _leave(self, one: Execution, by: dict[str, Any], scope: Scope) -> None:
        assigned = evaluated(by.get("Assign", {}), scope)
        one.variables = one.variables | assigned
        if by.get("End"):
            one.status = "SUCCEEDED"
            return
        one.state, one.due = by["Next"], self.clock.now()

    def _waiting(self, token: str) -> Execution:
        one = self.tokens.get(token)
        lie = self.lies()
        if one is None or one.told is not None or lie:
            raise _error(lie or self.closed, "SendTask")
        one.due = self.clock.now()
        return one


def _matches(handler: dict[str, Any], error: str) -> bool:
    return error in handler["ErrorEquals"] or "States.ALL" in handler["ErrorEquals"]


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
