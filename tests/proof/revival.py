"""What becomes of the executions of a stage that was started anew."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from typing import TYPE_CHECKING

from tests.end_to_end.sweeps import make_sweep

if TYPE_CHECKING:
    from tests.proof.crowd import Crowd
    from tests.stage import LocalStage

QUIET_SECONDS = 20.0
"""How long nothing may happen before what does not wait by then is taken for forgotten."""
_SWEEPS = 6
_SETTLED_SECONDS = 120.0


def revive(crowd: Crowd) -> int:
    """Make sweeps until every open request waits; return how often MiniStack forgot a call.

    A sweep starts executions faster than functions start. AWS tells the workflow that there was no
    room for a function, and it tries again; MiniStack lets the execution wait for an answer that
    nobody was asked for. Such an execution is ended here, as an operator can, and the next sweep
    starts another.
    """
    forgotten = 0
    for _ in range(_SWEEPS):
        make_sweep(crowd.stage)
        left = _left_alone(crowd)
        if not left:
            return forgotten
        forgotten += len(left)
        _end(crowd.stage, left)
    raise AssertionError(f"{_SWEEPS} sweeps left {len(_left_alone(crowd))} requests alone")


def executions(stage: LocalStage) -> Counter[str]:
    """Return how many executions have which status, when none of the functions is at work."""
    deadline = time.monotonic() + _SETTLED_SECONDS
    before = None
    while (now := _count(stage)) != before and time.monotonic() < deadline:
        before = now
        time.sleep(0.5)
    return now


def megabytes(stage: LocalStage) -> float:
    """Return the memory of MiniStack, the emulator's one child, without the functions it runs."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "ppid=,rss="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    lines = (line.split() for line in listed)
    emulator = str(stage.emulator.process.pid)
    return sum(int(size) for parent, size in lines if parent == emulator) / 1024


def _count(stage: LocalStage) -> Counter[str]:
    return Counter(status for _, _, status in _all(stage))


def _left_alone(crowd: Crowd) -> set[str]:
    left = crowd.without_token()
    quiet_since = time.monotonic()
    while left and time.monotonic() < quiet_since + QUIET_SECONDS:
        time.sleep(0.5)
        now = crowd.without_token()
        if now != left:
            left, quiet_since = now, time.monotonic()
    return left


def _end(stage: LocalStage, requests: set[str]) -> None:
    for arn, name, status in _all(stage):
        if status == "RUNNING" and name.partition(".")[0] in requests:
            stage.aws.workflows.stop_execution(executionArn=arn)


def _all(stage: LocalStage) -> list[tuple[str, str, str]]:
    pages = stage.aws.workflows.get_paginator("list_executions").paginate(
        stateMachineArn=stage.facts.state_machine_arn
    )
    return [
        (execution["executionArn"], execution["name"], execution["status"])
        for page in pages
        for execution in page["executions"]
    ]
