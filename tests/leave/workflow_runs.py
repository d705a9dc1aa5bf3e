"""Executions of the deployed definition behind the fake workflow of a stage."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leave.domain.errors import LeaveError, NotDecidedError, UndoOpenError
from leave.domain.values import Secret
from tests.step_functions import ASK, MACHINE, NO_ANSWER, Execution, StateMachine, TaskError

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage

UNDO_SECONDS, LONG = 300, 10_000


class Call(threading.local):
    """The last call of a function, of each of those who act at once."""

    times = 1
    made = False
    error: LeaveError | None = None


@dataclass(kw_only=True)
class Executions:
    """All executions that were ever started on a stage. They wait for answers, and for no clock."""

    stage: FakeStage
    call: Call = field(default_factory=Call)

    def __post_init__(self) -> None:
        self.machine = StateMachine(
            clock=self.stage.clock,
            invoke=self._invoke,
            undo_seconds=UNDO_SECONDS,
            answer_timeout_days=LONG,
        )

    @property
    def runs(self) -> dict[str, Execution]:
        """All that were seen, by name."""
        return self.machine.executions

    def active(self) -> list[Execution]:
        """Return the executions that have not ended, oldest first."""
        for name, (request_id, inquiry) in self.stage.workflow.executions.items():
            if name not in self.runs:
                data = json.dumps({"requestId": request_id, "inquiry": inquiry})
                self.machine.start_execution(stateMachineArn=MACHINE, name=name, input=data)
        return self.machine.live()

    def advance(self, run: Execution, *, twice: bool = False) -> None:
        """Let an execution see that it was answered, or go on until it has called a function.

        The call is made twice where Lambda or Step Functions repeats it. What it raises is raised
        here, too, unless the definition expects it.
        """
        if run.token:
            self._see_the_answer(run)
            return
        self.call.times, self.call.made, self.call.error = 1 + twice, False, None
        while not self.call.made and run.status == "RUNNING":
            self.machine.advance(run)
        if run.status != "RUNNING":
            self.stage.workflow.end(run.name)
        if self.call.error is not None:
            raise self.call.error
        if run.token:
            self._assert_that_what_is_decided_is_answered(run)

    def ask(self, run: Execution) -> None:
        """Have the lead asked now, whatever the execution waits for."""
        while run.state != "AskLead":
            self.machine.advance(run)
        run.token, run.waits_until, self.call.times, self.call.error = "", None, 1, None
        self.machine.advance(run)
        if self.call.error is not None:
            raise self.call.error

    def lose(self, run: Execution) -> None:
        """Let an execution end as nobody had meant it to: stopped, or out of events."""
        if run.token:
            self.stage.workflow.run_out_of_time(Secret(run.token))
        self.machine.stop(run)
        self.stage.workflow.end(run.name)

    def run_out_of_time(self, run: Execution) -> None:
        """Let the time to answer be over."""
        self.stage.workflow.run_out_of_time(Secret(run.token))
        run.waits_until = self.stage.clock.now()
        self.machine.advance(run)
        self.advance(run)

    def _see_the_answer(self, run: Execution) -> None:
        flow = self.stage.workflow
        for token, request_id, status in flow.answers:
            if token == run.token:
                answer = {"requestId": request_id, "status": status}
                output = json.dumps(answer | {"waitSeconds": flow.waits[token]})
                self.machine.send_task_success(taskToken=token, output=output)
        for token, error, cause in flow.failures:
            if token == run.token:
                self.machine.send_task_failure(taskToken=token, error=error, cause=cause)
        if run.answer is not NO_ANSWER:
            self.machine.advance(run)

    def _invoke(self, name: str, payload: dict[str, Any]) -> None:
        self.call.made = True
        try:
            for _ in range(self.call.times):
                call_function(self.stage, name, payload)
        except LeaveError as error:
            is_expected = isinstance(error, (NotDecidedError, UndoOpenError))
            self.call.error = None if is_expected else error
            raise TaskError(type(error).__name__) from error

    def _assert_that_what_is_decided_is_answered(self, run: Execution) -> None:
        request = self.stage.requests.get(run.input["requestId"])
        assert request is not None
        is_asked = request.question is not None and request.inquiry == run.input["inquiry"]
        assert is_asked or run.token in self.stage.workflow.used


def call_function(stage: Any, name: str, payload: dict[str, Any]) -> None:
    """Call a function of the workflow with the payload that the definition gives it."""
    request_id, inquiry = payload["requestId"], payload["inquiry"]
    if name == ASK:
        stage.process_leave_request(request_id, Secret(payload["taskToken"]), inquiry=inquiry)
    else:
        stage.process_lead_response(
            request_id,
            inquiry=inquiry,
            expire=payload.get("expire") is True,
            execution=payload.get("execution"),
        )
