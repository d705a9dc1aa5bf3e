"""The simulator of Step Functions, where AWS documents what happens and where it does not."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.leave.fakes import FakeClock
from tests.step_functions import (
    ASK,
    EVALUATION,
    MACHINE,
    TELL,
    Execution,
    LostCallError,
    StateMachine,
    TaskError,
    evaluated,
)

if TYPE_CHECKING:
    from collections.abc import Callable

UNDO_SECONDS = 300
ASKED = {"requestId": "R1", "inquiry": 1}


@dataclass(kw_only=True)
class Story:
    """One execution and its functions; `on` is what a call of a function does, given its token."""

    on: dict[str, Callable[[str], Any]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter[str])
    tokens: list[str] = field(default_factory=list[str])
    machine: StateMachine = field(init=False)

    def __post_init__(self) -> None:
        self.machine = StateMachine(
            clock=FakeClock(), invoke=self.invoke, undo_seconds=UNDO_SECONDS
        )

    def invoke(self, name: str, payload: dict[str, Any]) -> Any:
        self.calls[name] += 1
        token = payload.get("taskToken", "")
        self.tokens += [token] if token else []
        return self.on.get(name, lambda _: None)(token)

    def start(self, data: Any = ASKED, name: str = "R1") -> Execution:
        self.machine.start_execution(stateMachineArn=MACHINE, name=name, input=json.dumps(data))
        return self.machine.executions[name]

    def play(self, *, seconds: float = 0) -> None:
        """Let what is due in this time happen."""
        end = self.machine.clock.now() + timedelta(seconds=seconds)
        while (due := self.machine.next_due()) and due.due and due.due <= end:
            self.machine.clock.moment = due.due
            self.machine.advance(due)
        self.machine.clock.moment = end

    def answer(self, output: Any, token: str = "") -> None:
        output = json.dumps(output)
        self.machine.send_task_success(taskToken=token or self.tokens[-1], output=output)

    def fail(self, error: str = "MailRefusedError") -> None:
        self.machine.send_task_failure(taskToken=self.tokens[-1], error=error, cause="")


def raising(error: Exception) -> Callable[[str], Any]:
    def call(_: str) -> Any:
        raise error

    return call


def once(act: Callable[[str], Any]) -> Callable[[str], Any]:
    acts = [act]
    return lambda token: acts.pop()(token) if acts else None


def test_an_execution_ends_with_its_request_and_without_the_answer() -> None:
    story = Story()
    execution = story.start()
    story.play()
    story.answer({"status": "approved", "waitSeconds": 10, "comment": "personal"})
    story.play(seconds=10)
    assert (execution.status, execution.state) == ("SUCCEEDED", "TellEmployee")
    assert execution.data == ASKED
    assert story.calls == {ASK: 1, TELL: 1}


def test_the_time_out_of_a_call_that_was_lost_is_counted() -> None:
    story = Story(on={TELL: once(raising(LostCallError()))})
    execution = story.start()
    story.play()
    story.answer({})
    story.play(seconds=119)
    assert (story.calls[TELL], execution.state) == (1, "TellEmployee")
    story.play(seconds=1)
    assert execution.state == "WaitToTellAgain"
    story.play(seconds=5)
    assert (story.calls[TELL], execution.status) == (2, "SUCCEEDED")


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        *((odd, 0) for odd in ("later", "", 5, 0, True, False, None, [], [1, 2], {})),
        ([{"waitSeconds": 7}], 7),
        ([{"waitSeconds": 7}, {"waitSeconds": 8}], 0),
        ({"waitSeconds": 59.9}, 59),
        ({"waitSeconds": -1}, 0),
        ({"waitSeconds": 1e9}, UNDO_SECONDS),
        *(({"waitSeconds": odd}, 0) for odd in ("soon", None, True, [], {})),
    ],
    ids=str,
)
def test_any_answer_is_an_answer(answer: Any, seconds: int) -> None:
    story = Story()
    execution = story.start()
    story.play()
    story.answer(answer)
    story.play()
    assert execution.variables["undoSeconds"] == seconds
    story.play(seconds=seconds)
    assert execution.status == "SUCCEEDED"


@pytest.mark.parametrize("data", [{}, {"requestId": "R1"}, "R1", None, []], ids=str)
def test_an_input_that_lacks_something_fails_the_execution(data: Any) -> None:
    story = Story()
    execution = story.start(data)
    story.play()
    assert execution.status == "FAILED"
    assert not story.calls


@pytest.mark.parametrize(
    ("error", "state"),
    [
        ("ValueError", "WaitToAskAgain"),
        ("States.Runtime", None),
        ("States.DataLimitExceeded", None),
    ],
)
def test_the_wildcard_catches_all_errors_but_the_terminal_ones(
    error: str, state: str | None
) -> None:
    story = Story(on={ASK: raising(TaskError(error))})
    execution = story.start()
    story.play()
    assert (execution.state, execution.status) == (
        (state, "RUNNING") if state else ("AskLead", "FAILED")
    )


def test_a_null_is_a_value_and_what_is_not_there_is_an_error() -> None:
    variables = {"found": {"empty": None, "list": [None]}}
    assert evaluated("{% $found.empty %}", variables) is None
    assert evaluated({"all": "{% $found %}"}, variables) == {"all": variables["found"]}
    assert evaluated("{% $type($found.empty) %}", variables) == "null"
    assert evaluated("{% $exists($found.other) %}", variables) is False
    for unknown in ("$found.other", "$other", "$other * 2", "'a' * 2"):
        with pytest.raises(TaskError, match=EVALUATION):
            evaluated(f"{{% {unknown} %}}", variables)


def test_an_expression_that_fails_in_a_task_is_caught_and_in_a_wait_fails_the_execution() -> None:
    story = Story()
    execution = story.start()
    states = story.machine.definition["States"]
    states["AskLead"]["Assign"] = {"waitSeconds": "{% $states.result.other %}"}
    story.play()
    story.answer({})
    story.play()
    assert execution.state == "WaitToAskAgain"
    states["WaitToAskAgain"] |= {"Seconds": "{% $waitSeconds / 2 %}"}
    execution.waits_until = None
    story.machine.advance(execution)
    assert execution.status == "FAILED", "2.5 is not a whole number"


def test_a_service_error_is_retried_with_longer_pauses_and_then_caught() -> None:
    story = Story(on={ASK: raising(TaskError("Lambda.ServiceException"))})
    execution = story.start()
    pauses = list[float]()
    story.play()
    while execution.state == "AskLead" and execution.due:
        pause = (execution.due - story.machine.clock.now()).total_seconds()
        pauses.append(pause)
        story.play(seconds=pause)
    assert pauses == [2, 4, 8, 16, 32, 60]
    assert execution.state == "WaitToAskAgain"
    assert execution.attempts == {}, "the next time has all attempts again"


@pytest.mark.parametrize("keeps_token", [False, True])
def test_a_retry_may_have_a_new_token(*, keeps_token: bool) -> None:
    story = Story(on={ASK: once(raising(TaskError("Lambda.Unknown")))})
    story.machine.keeps_token = keeps_token
    story.start()
    story.play(seconds=2)
    first, second = story.tokens
    assert (first == second) is keeps_token
    if not keeps_token:
        with pytest.raises(ClientError, match="TaskTimedOut"):
            story.answer({}, token=first)
    story.answer({}, token=second)


@pytest.mark.parametrize("raise_wins", [False, True])
def test_a_function_that_answers_and_raises_may_have_failed(*, raise_wins: bool) -> None:
    def answer_and_raise(_: str) -> None:
        story.answer({})
        raise TaskError("ValueError")

    story = Story(on={ASK: answer_and_raise})
    story.machine.raise_wins = raise_wins
    execution = story.start()
    story.play()
    assert execution.state == ("WaitToAskAgain" if raise_wins else "TellEmployee")


@pytest.mark.parametrize("last_answer_wins", [False, True])
def test_a_second_answer_in_quick_succession_may_win(*, last_answer_wins: bool) -> None:
    story = Story()
    story.machine.last_answer_wins = last_answer_wins
    execution = story.start()
    story.play()
    story.answer({"waitSeconds": 1})
    if last_answer_wins:
        story.answer({"waitSeconds": 2})
    else:
        with pytest.raises(ClientError, match="TaskTimedOut"):
            story.answer({"waitSeconds": 2})
    story.machine.advance(execution)
    assert execution.variables["undoSeconds"] == (2 if last_answer_wins else 1)
    with pytest.raises(ClientError, match="TaskTimedOut"):
        story.fail()


def test_the_test_chooses_who_goes_first() -> None:
    story = Story()
    first, second = story.start(name="first"), story.start(name="second")
    for execution in (second, second, first, first):
        story.machine.advance(execution)
    assert [token.rpartition(" ")[2] for token in story.tokens] == ["second", "first"]


def test_a_catch_leads_to_its_own_state() -> None:
    story = Story()
    execution = story.start()
    story.play()
    story.fail("RequestChanged")
    story.play()
    assert (execution.state, story.calls[ASK]) == ("AskLead", 2)
    assert len(set(story.tokens)) == 2


def test_a_state_that_is_not_simulated_is_an_error() -> None:
    story = Story()
    execution = story.start()
    story.machine.definition["States"]["Begin"]["Type"] = "Parallel"
    with pytest.raises(NotImplementedError, match="Parallel"):
        story.machine.advance(execution)
