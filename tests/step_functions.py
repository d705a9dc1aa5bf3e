"""Simulator of Step Functions: the deployed definition in virtual time and one thread.

It knows the states and fields that the definition uses, as the Amazon States Language has them
(https://states-language.net/spec.html); any other state is an error. `jsonata-python` evaluates the
expressions. Nothing happens by itself: a test moves the clock and chooses what to `advance`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

from infrastructure.workflow_definition import workflow_definition

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.leave.fakes import FakeClock

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:EmployeeLeaveWorkflow-test"
ASK, TELL = "ask", "tell"
MOST_EVENTS = 25_000
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html."""
# `States.ALL` matches neither: .../step-functions/latest/dg/concepts-error-handling.html.
TERMINAL: Final = frozenset({"States.DataLimitExceeded", "States.Runtime"})
EVALUATION: Final = "States.QueryEvaluationError"
NO_ANSWER: Final = object()
_EXPRESSION = re.compile(r"\{% (.*) %\}", re.DOTALL)


class TaskError(Exception):
    """A task failed under this error name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class LostCallError(Exception):
    """A call whose end Step Functions does not learn; the task's time-out ends it."""


@dataclass(kw_only=True)
class Execution:
    """One run of the definition; `due` is when it goes on by itself, None while nothing is due.

    `data` is the input of the present state, and the output of the execution at its end.
    """

    name: str
    input: Any
    data: Any
    state: str
    due: datetime | None
    status: str = "RUNNING"
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    token: str = ""
    answer: Any = NO_ANSWER
    attempts: Counter[int] = field(default_factory=Counter[int])
    events: int = 2
    waits_until: datetime | None = None


@dataclass(kw_only=True)
class StateMachine:
    """A client of Step Functions, and the service behind it; `invoke` calls a function.

    AWS does not document three things, so both ways can be chosen. `keeps_token`: a task that is
    retried gets its token again. `raise_wins`: a function that sends its token's answer and then
    raises has failed its task. `last_answer_wins`: a second answer that comes before the execution
    goes on replaces the first one.

    `closed` is the error for a token that is used, late, or of an execution that has ended; `lies`
    may name one for a token that is waited for, which AWS has no reason to. A retry waits for the
    longest time that its jitter allows.
    """

    clock: FakeClock
    invoke: Callable[[str, dict[str, Any]], Any]
    undo_seconds: int = 0
    answer_timeout_days: int = 30
    keeps_token: bool = False
    raise_wins: bool = False
    last_answer_wins: bool = False
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
        data = json.loads(input)
        there = self.executions.get(name)
        if there and (there.status != "RUNNING" or there.input != data):
            raise _error("ExecutionAlreadyExists", "StartExecution")
        if not there:
            start, now = self.definition["StartAt"], self.clock.now()
            self.executions[name] = Execution(
                name=name, input=data, data=data, state=start, due=now
            )
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> dict[str, str]:  # noqa: N803
        return {"status": self.executions[executionArn.rpartition(":")[2]].status}

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803
        self._waiting(taskToken).answer = json.loads(output)

    def send_task_failure(self, *, taskToken: str, error: str, cause: str) -> None:  # noqa: ARG002, N803
        self._waiting(taskToken).answer = TaskError(error)

    # What the service does.

    def live(self) -> list[Execution]:
        """Return what runs."""
        return [one for one in self.executions.values() if one.status == "RUNNING"]

    def next_due(self) -> Execution | None:
        """Return the execution that goes on first; None when all of them wait for an answer."""
        due = [one for one in self.live() if one.due is not None]
        return min(due, key=lambda one: one.due or self.clock.now(), default=None)

    def stop(self, execution: Execution, status: str = "ABORTED") -> None:
        """End an execution as an operator, a quota or an error does."""
        self._end_task(execution)
        execution.status, execution.due = status, None

    def advance(self, execution: Execution) -> None:
        """Go on with an execution that is due."""
        execution.due = None
        execution.events += 2
        state = self.definition["States"][execution.state]
        if execution.events > MOST_EVENTS:
            self.stop(execution, "FAILED")
            return
        try:
            match state["Type"]:
                case "Task":
                    self._task(execution, state)
                case "Wait":
                    self._wait(execution, state)
                case "Pass":
                    self._leave(execution, state)
                case unknown:
                    raise NotImplementedError(f"the simulator knows no state of type {unknown}")
        except TaskError:
            self.stop(execution, "FAILED")

    def _wait(self, execution: Execution, state: dict[str, Any]) -> None:
        if execution.waits_until is not None:
            self._leave(execution, state)
            return
        seconds = self._evaluated(execution, state["Seconds"])
        if type(seconds) is not int or seconds < 0:
            raise TaskError("States.Runtime")
        execution.due = execution.waits_until = self.clock.now() + timedelta(seconds=seconds)

    def _task(self, execution: Execution, state: dict[str, Any]) -> None:
        try:
            if execution.waits_until is None:
                self._invoke(execution, state)
            result = self._answer(execution)
            if result is NO_ANSWER:
                execution.due = execution.waits_until
            else:
                self._leave(execution, state, result=result)
        except TaskError as error:
            self._fail(execution, state, error)

    def _answer(self, execution: Execution) -> Any:
        if isinstance(execution.answer, TaskError):
            raise execution.answer
        is_late = execution.waits_until is not None and execution.waits_until <= self.clock.now()
        if execution.answer is NO_ANSWER and is_late:
            raise TaskError("States.Timeout")
        return execution.answer

    def _invoke(self, execution: Execution, state: dict[str, Any]) -> None:
        waits = state["Resource"].endswith(".waitForTaskToken")
        if waits:
            execution.token = execution.token or f"token {execution.events} of {execution.name}"
            self.tokens[execution.token] = execution
        execution.answer = NO_ANSWER
        arguments = self._evaluated(execution, state["Arguments"])
        execution.waits_until = self.clock.now() + timedelta(seconds=state["TimeoutSeconds"])
        execution.events += 3
        try:
            returned = self.invoke(arguments["FunctionName"], arguments["Payload"])
        except LostCallError:
            return
        except TaskError:
            if execution.answer is NO_ANSWER or self.raise_wins:
                raise
            return
        if not waits:
            execution.answer = {"StatusCode": 200, "Payload": returned}

    def _fail(self, execution: Execution, state: dict[str, Any], error: TaskError) -> None:
        for number, retry in enumerate(state.get("Retry", ())):
            attempts = execution.attempts[number]
            if _matches(retry, error.name) and attempts < retry["MaxAttempts"]:
                pause = retry["IntervalSeconds"] * retry["BackoffRate"] ** attempts
                self._end_task(execution, keeps_token=self.keeps_token)
                execution.attempts[number] += 1
                seconds = min(pause, retry["MaxDelaySeconds"])
                execution.due = self.clock.now() + timedelta(seconds=seconds)
                return
        for catch in state.get("Catch", ()):
            if _matches(catch, error.name):
                self._leave(execution, catch, errorOutput={"Error": error.name})
                return
        raise error

    def _end_task(self, execution: Execution, *, keeps_token: bool = False) -> None:
        if not keeps_token:
            self.tokens.pop(execution.token, None)
            execution.token = ""
        execution.answer, execution.waits_until = NO_ANSWER, None

    def _leave(self, execution: Execution, by: dict[str, Any], **states: Any) -> None:
        output = next(iter(states.values()), execution.data)
        if "Output" in by:
            output = self._evaluated(execution, by["Output"], **states)
        assigned = self._evaluated(execution, by.get("Assign", {}), **states)
        execution.data, execution.variables = output, execution.variables | assigned
        self._end_task(execution)
        execution.attempts.clear()
        if by.get("End"):
            execution.status = "SUCCEEDED"
        else:
            execution.state, execution.due = by["Next"], self.clock.now()

    def _evaluated(self, execution: Execution, value: Any, **states: Any) -> Any:
        context = {"Execution": {"Name": execution.name}, "Task": {"Token": execution.token}}
        states |= {"input": execution.data, "context": context}
        return evaluated(value, execution.variables | {"states": states})

    def _waiting(self, token: str) -> Execution:
        execution = self.tokens.get(token)
        lie = self.lies()
        is_answered = execution is not None and execution.answer is not NO_ANSWER
        if execution is None or (is_answered and not self.last_answer_wins) or lie:
            raise _error(lie or self.closed, "SendTask")
        execution.due = self.clock.now()
        return execution


def evaluated(value: Any, variables: dict[str, Any]) -> Any:
    """Return a value of the definition with its expressions evaluated.

    The library has None for what is undefined, and `NULL_VALUE` for JSON's null.
    """
    if isinstance(value, dict):
        return {name: evaluated(part, variables) for name, part in value.items()}
    if not isinstance(value, str) or not (found := _EXPRESSION.fullmatch(value)):
        return value
    try:
        result = _compiled(found[1]).evaluate(None, _with_nulls(variables))
    except JException as error:
        raise TaskError(EVALUATION) from error
    if result is None:
        raise TaskError(EVALUATION)
    return Utils.convert_nulls(result)


@cache
def _compiled(expression: str) -> Jsonata:
    compiled = Jsonata(expression)
    compiled.set_output_convert_nulls(False)
    return compiled


def _with_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_nulls(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_nulls(part) for part in value]
    return Utils.NULL_VALUE if value is None else value


def _matches(handler: dict[str, Any], error: str) -> bool:
    names = handler["ErrorEquals"]
    return error in names or ("States.ALL" in names and error not in TERMINAL)


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
