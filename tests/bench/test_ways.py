"""Counting what AWS bills from the history of an execution, as GetExecutionHistory tells it."""

from __future__ import annotations

from typing import Any

from bench.bills import ENTERED
from bench.throughput import a_second
from bench.transitions import WITH_UNDO, count
from infrastructure.workflow_definition import workflow_definition


def entered(kind: str, name: str) -> dict[str, Any]:
    return {"type": f"{kind}StateEntered", "stateEnteredEventDetails": {"name": name}}


def test_states_and_invocations_are_counted_again_when_they_come_again() -> None:
    history = [
        {"type": "ExecutionStarted"},
        entered("Pass", "Begin"),
        {"type": "PassStateExited"},
        entered("Task", "AskLead"),
        {"type": "TaskScheduled"},
        {"type": "TaskFailed"},
        entered("Task", "AskLead"),
        {"type": "TaskScheduled"},
    ]
    found = count(history)
    assert found.entered == ("Begin", "AskLead", "AskLead")
    assert found.invoked == 2


def test_the_bill_has_the_states_of_the_definition() -> None:
    """Each of the way of an approved request with undoing: none is entered in vain."""
    states = workflow_definition(
        partition="aws", ask_arn="ask", tell_arn="tell", answer_timeout_days=1, undo_seconds=1
    )["States"]
    name, way = "Begin", ["Begin"]
    while "Next" in states[name]:
        name = states[name]["Next"]
        way.append(name)
    assert way == ["Begin", "AskLead", "WaitForUndo", "TellEmployee"]
    assert len(way) == ENTERED["here"] == WITH_UNDO["approved"].states


def test_every_client_makes_its_calls() -> None:
    made: list[int] = []
    assert a_second(3, made.append) > 0
    assert sorted(set(made)) == [0, 1, 2]
