"""A whole company waits on the local stage, which is killed, and nobody is forgotten."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from emulator.demo import web
from tests import processes
from tests.end_to_end.rounds import make_round
from tests.proof.crowd import Crowd
from tests.stage import local_stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.proof.conftest import Size
    from tests.proof.crowd import Asked
    from tests.proof.figures import Recorder
    from tests.stage import LocalStage

pytestmark = [pytest.mark.stage, pytest.mark.timeout(3600)]
VOLUME = "Thousands wait at once, and each is decided and told once"
RESTART = "A stage that is stopped or killed goes on where it was"
SAVED_SECONDS = 300.0
LEFT = 8
"""How many wait while the stage is down: fewer than the functions that MiniStack runs at once.

It forgets a callback task whose function it had no room for, which AWS reports and the workflow
retries; a round that revives more would show that only.
"""


def test_thousands_wait_at_once_and_are_decided_and_told_once(
    tmp_path: Path, size: Size, report: Recorder
) -> None:
    total = size(small=16, full=2_000)
    with local_stage(tmp_path) as stage:
        crowd = Crowd(stage=stage, size=total // 2)
        crowd.move_in(tmp_path)
        begun = time.monotonic()
        asked = crowd.ask(total)
        seconds = time.monotonic() - begun
        waiting = executions(stage)["RUNNING"]
        report(VOLUME, "waiting at once", waiting, "requests")
        report(VOLUME, "asked and mailed", total / seconds, "a second")
        report(VOLUME, "memory of the emulated AWS then", megabytes(stage), "MB")
        assert waiting == total
        begun = time.monotonic()
        outcomes = crowd.decide(asked)
        report(VOLUME, "decided and told", total / (time.monotonic() - begun), "a second")
        assert executions(stage) == {"SUCCEEDED": total}
        mails, expected = crowd.mails(), due(crowd, asked)
        report(VOLUME, "mails", mails.total(), "mails")
        report(VOLUME, "mails lost", (expected - mails).total(), "mails")
        report(VOLUME, "mails twice", (mails - expected).total(), "mails")
        assert mails == expected
        assert Counter(crowd.record(one.request_id)["status"] for one in asked) == Counter(outcomes)


def test_a_stage_that_is_killed_goes_on_where_it_was(
    tmp_path: Path, size: Size, report: Recorder
) -> None:
    total = size(small=16, full=400)
    kept = ("--state-dir", str(tmp_path / "state"))
    with local_stage(tmp_path, *kept) as stage:
        crowd = Crowd(stage=stage, size=total // 2)
        crowd.move_in(tmp_path)
        asked = crowd.ask(total)
        outcomes = crowd.decide(asked[LEFT:])
        assert executions(stage) == {"SUCCEEDED": total - LEFT, "RUNNING": LEFT}
        children = processes.below(stage.emulator.process.pid)
        stage.emulator.process.kill()
        stage.emulator.wait()
        wait_until_gone(children)
    begun = time.monotonic()
    with local_stage(tmp_path, *kept) as again:
        report(RESTART, f"start with {total:,} requests", time.monotonic() - begun, "s")
        assert again.facts == stage.facts
        crowd = Crowd(stage=again, size=crowd.size)
        assert_all_is_there(crowd, asked, outcomes)
        make_round(again)
        assert executions(again)["RUNNING"] == LEFT
        for one in asked[:LEFT]:
            crowd.wait(one.request_id, "taskToken")
        outcomes = crowd.decide(asked[:LEFT]) + outcomes
        assert executions(again)["RUNNING"] == 0
        report(RESTART, "revived by the round, then decided and told", LEFT, "requests")
        assert crowd.mails() == due(crowd, asked)
        assert Counter(crowd.record(one.request_id)["status"] for one in asked) == Counter(outcomes)
        begun = time.monotonic()
        again.emulator.process.terminate()
        assert again.emulator.wait(SAVED_SECONDS) == 0
        report(RESTART, "stop", time.monotonic() - begun, "s")


def due(crowd: Crowd, asked: list[Asked]) -> Counter[tuple[str, str]]:
    """Return the mails that have to be there, each once, by reader and request."""
    return Counter(
        {
            (who.email, one.request_id): 1
            for one in asked
            for who in (crowd.lead(one.lead), crowd.employee(one.employee))
        }
    )


def assert_all_is_there(crowd: Crowd, asked: list[Asked], outcomes: list[str]) -> None:
    """Directory, requests and links are what they were before the stage was killed."""
    links = crowd.links()
    assert links.keys() == {one.request_id for one in asked}
    for one, status in zip(asked[LEFT:], outcomes, strict=True):
        assert crowd.record(one.request_id)["status"] == status
    for one in asked[:LEFT]:
        link = f"{crowd.stage.facts.api_url}/leave_lead_response/approved/{links[one.request_id]}"
        page = web.get(link)
        assert page.status == 200
        assert f"Employee {one.employee}" in page.body


def wait_until_gone(children: dict[int, str]) -> None:
    """Wait until all has ended, state written."""
    deadline = time.monotonic() + SAVED_SECONDS
    while left := processes.still_there(children):
        assert time.monotonic() < deadline, left


def executions(stage: LocalStage) -> Counter[str]:
    """Return how many executions have which status."""
    pages = stage.aws.workflows.get_paginator("list_executions").paginate(
        stateMachineArn=stage.facts.state_machine_arn
    )
    return Counter(execution["status"] for page in pages for execution in page["executions"])


def megabytes(stage: LocalStage) -> float:
    """Return the memory of MiniStack, the emulator's one child, without the functions it runs."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "ppid=,rss="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    lines = (line.split() for line in listed)
    emulator = str(stage.emulator.process.pid)
    return sum(int(size) for parent, size in lines if parent == emulator) / 1024
