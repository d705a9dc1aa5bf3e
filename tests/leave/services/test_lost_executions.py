"""Executions that run and get nowhere, or have ended: another one does what they were to do."""

from datetime import timedelta

import pytest

from leave.domain.history import Question
from leave.domain.values import replace
from tests.leave.builders import R1, a_decided_request, a_request, an_asked_request
from tests.leave.services.stage import TOKEN, FakeStage

DAY = timedelta(days=1)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage on which an execution runs."""
    stage = FakeStage()
    stage.workflow.start(R1, request_id=R1, inquiry=1)
    return stage


def test_a_workflow_that_waits_with_a_token_nobody_knows_gets_a_successor(stage: FakeStage) -> None:
    """It runs, so it is left alone for a day; and its successor for two."""
    unheard = replace(a_decided_request(), task_token=TOKEN)
    stage.requests.put(unheard)
    stage.workflow.used.add(TOKEN.reveal())
    started: list[list[str]] = []
    for _ in range(4):
        stage.clock.go_on(DAY - timedelta(seconds=1))
        stage.make_sweep()
        stage.make_sweep()
        stage.clock.go_on(timedelta(seconds=2))
        stage.make_sweep()
        stage.make_sweep()
        started.append([name.removeprefix(R1) for name in stage.workflow.executions])
    assert started == [["", ".1"], ["", ".1"], ["", ".1", ".2"], ["", ".1", ".2"]]


def test_a_lead_who_was_never_asked_is_asked_by_a_successor(stage: FakeStage) -> None:
    stage.requests.put(a_request())
    stage.clock.go_on(DAY)
    stage.make_sweep()
    assert f"{R1}.1" not in stage.workflow.executions
    stage.clock.go_on(timedelta(seconds=1))
    stage.make_sweep()
    assert f"{R1}.1" in stage.workflow.executions


def test_names_that_are_used_up_are_passed_over_in_one_sweep(stage: FakeStage) -> None:
    """A table that was restored knows nothing of the executions that came after that moment."""
    stage.requests.put(an_asked_request())
    stage.workflow.ended |= {R1, f"{R1}.1", f"{R1}.2"}
    stage.clock.go_on(DAY)
    stage.make_sweep()
    assert list(stage.workflow.executions) == [R1, f"{R1}.3"]
    assert stage.request.execution_name == f"{R1}.3"


def test_very_many_used_names_are_passed_over_sweep_by_sweep(stage: FakeStage) -> None:
    stage.requests.put(an_asked_request())
    stage.workflow.ended |= {R1, *(f"{R1}.{number}" for number in range(1, 13))}
    tried: list[str] = []
    for _ in range(2):
        stage.clock.go_on(DAY)
        stage.make_sweep()
        tried.append(stage.request.execution_name)
    assert tried == [f"{R1}.10", f"{R1}.13"]
    assert f"{R1}.13" in stage.workflow.executions


def test_a_wish_to_cancel_whose_name_is_used_up_is_asked_about_by_the_next_sweep(
    stage: FakeStage,
) -> None:
    """Starting it again looks like a success, as AWS answers that there was such an execution."""
    stage.requests.put(replace(a_decided_request(), outcome_mailed=True))
    stage.workflow.ended |= {f"{R1}-2", f"{R1}-2.1"}
    asked = stage.withdraw().request
    assert asked.question is Question.CANCELLATION
    stage.clock.go_on(DAY)
    stage.make_sweep()
    assert stage.workflow.executions[f"{R1}-2.2"] == (R1, 2)
    stage.ask_lead(inquiry=2)
    assert stage.mailer.recipients == ["john@foo.com"]
