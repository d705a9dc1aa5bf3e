"""Executions that run and get nowhere: a day later, another one does what they were to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.leave.builders import R1, a_decided_request, a_request
from tests.leave.services.stage import TOKEN, FakeStage

DAY = timedelta(days=1)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage on which an execution runs."""
    stage = FakeStage()
    stage.workflow.start(R1, request_id=R1, inquiry=1)
    return stage


def test_a_workflow_that_waits_with_a_token_nobody_knows_gets_a_successor(
    stage: FakeStage,
) -> None:
    """It runs, so it is left alone for a day; and its successor for two."""
    unheard = replace(a_decided_request(), task_token=TOKEN)
    stage.requests.put(unheard)
    stage.workflow.used.add(TOKEN.reveal())
    started: list[list[str]] = []
    for _ in range(4):
        stage.clock.go_on(DAY - timedelta(seconds=1))
        stage.make_round()
        stage.make_round()
        stage.clock.go_on(timedelta(seconds=2))
        stage.make_round()
        stage.make_round()
        started.append([name.removeprefix(R1) for name in stage.workflow.executions])
    assert started == [["", ".1"], ["", ".1"], ["", ".1", ".2"], ["", ".1", ".2"]]


def test_a_lead_who_was_never_asked_is_asked_by_a_successor(stage: FakeStage) -> None:
    stage.requests.put(a_request())
    stage.clock.go_on(DAY)
    stage.make_round()
    assert f"{R1}.1" not in stage.workflow.executions
    stage.clock.go_on(timedelta(seconds=1))
    stage.make_round()
    assert f"{R1}.1" in stage.workflow.executions
