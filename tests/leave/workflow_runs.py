"""The state machine's part, played by hand: executions ask, wait, tell and run out of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Literal

from leave.domain.errors import NotDecidedError, UndoOpenError
from leave.domain.link import Secret

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage

Phase = Literal["ask", "wait", "tell", "expire", "done"]


@dataclass(kw_only=True)
class Execution:
    """One run of the state machine; `token` is what its task waits with."""

    name: str
    request_id: str
    inquiry: int
    phase: Phase = "ask"
    token: Secret | None = None


@dataclass(kw_only=True)
class Executions:
    """All executions that were ever started on a stage."""

    stage: FakeStage
    runs: dict[str, Execution] = field(default_factory=dict)
    tokens: count[int] = field(default_factory=count)

    def active(self) -> list[Execution]:
        """Return the executions that have not ended, oldest first."""
        for name, (request_id, inquiry) in self.stage.workflow.executions.items():
            if name not in self.runs:
                self.runs[name] = Execution(name=name, request_id=request_id, inquiry=inquiry)
        return [run for run in self.runs.values() if run.phase != "done"]

    def advance(self, run: Execution, *, twice: bool = False) -> None:
        """Do the next step of an execution, twice where Lambda or Step Functions repeats it.

        Whatever a step raises leaves the execution where it was: the state machine tries again.
        """
        if run.phase == "wait":
            self._look_at_the_token(run)
        elif run.phase == "ask":
            run.token = Secret(f"token {next(self.tokens)}")
            for _ in range(1 + twice):
                self.stage.process_leave_request(run.request_id, run.token, inquiry=run.inquiry)
            run.phase = "wait"
            self._assert_that_what_is_decided_is_answered(run)
        elif run.phase != "done":
            expire = run.phase == "expire"
            try:
                for _ in range(1 + twice):
                    self.stage.process_lead_response(
                        run.request_id,
                        inquiry=run.inquiry,
                        expire=expire,
                        execution=run.name if expire else None,
                    )
            except NotDecidedError:
                run.phase = "ask"
            except UndoOpenError:
                return  # waits, and tells or expires again
            else:
                self._end(run)

    def lose(self, run: Execution) -> None:
        """Let an execution end as nobody had meant it to: stopped, or out of events."""
        if run.token is not None:
            self.stage.workflow.run_out_of_time(run.token)
        self._end(run)

    def _end(self, run: Execution) -> None:
        run.phase = "done"
        self.stage.workflow.end(run.name)

    def run_out_of_time(self, run: Execution) -> None:
        """Let the time to answer be over."""
        assert run.token is not None
        self.stage.workflow.run_out_of_time(run.token)
        run.phase = "expire"
        self.advance(run)

    def _look_at_the_token(self, run: Execution) -> None:
        assert run.token is not None
        token = run.token.reveal()
        if any(token == told for told, *_ in self.stage.workflow.answers):
            run.phase = "tell"
        elif any(token == told for told, *_ in self.stage.workflow.failures):
            run.phase = "ask"

    def _assert_that_what_is_decided_is_answered(self, run: Execution) -> None:
        request = self.stage.requests.get(run.request_id)
        assert request is not None
        assert run.token is not None
        is_asked = request.question is not None and request.inquiry == run.inquiry
        assert is_asked or run.token.reveal() in self.stage.workflow.used
