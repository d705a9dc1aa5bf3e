"""A whole company waits on the local stage, which is killed and stopped; nobody is forgotten."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from emulator.demo import web
from tests.proof.crowd import MOST_AT_ONCE, Asked, Crowd, executions, megabytes, revive
from tests.proof.reporting import Recorder
from tests.stage import local_stage

pytestmark = [pytest.mark.stages, pytest.mark.full, pytest.mark.timeout(3600)]
VOLUME = "Thousands wait at once, and each is decided, and notified once"
RESTART = "A stage that is stopped or killed goes on where it was"
SAVED_SECONDS = 300.0
LOOKED_AT = 100
"""Of how many requests the page behind the link is opened after a restart."""


def test_thousands_wait_through_a_kill_and_a_stop_and_are_decided_and_told_once(
    tmp_path: Path, report: Recorder
) -> None:
    total, more = 2_000, 200
    burst = min(more, MOST_AT_ONCE)
    kept = ("--state-dir", str(tmp_path / "state"))
    with local_stage(tmp_path, *kept) as stage:
        crowd = Crowd(stage=stage, size=max(burst, total // 2))
        crowd.move_in()
        begun = time.monotonic()
        asked = crowd.ask(range(total))
        report(VOLUME, "asked and mailed", total / (time.monotonic() - begun), "a second")
        report(VOLUME, "memory of the emulated AWS then", megabytes(stage), "MB")
        assert executions(stage) == {"RUNNING": total}
        stage.emulator.process.kill()
        stage.emulator.wait()
    # At once: MiniStack is still writing what it has.
    begun = time.monotonic()
    with local_stage(tmp_path, *kept) as again:
        report(RESTART, f"start after a kill with {total:,} waiting", time.monotonic() - begun, "s")
        assert again.facts == stage.facts
        crowd = Crowd(stage=again, size=crowd.size)
        assert_all_is_there(crowd, asked)
        asked += crowd.ask_at_once(range(total, total + more), burst)
        report(VOLUME, f"asked for by {burst} at the same moment", more, "requests")
        begun = time.monotonic()
        again.emulator.process.terminate()
        assert again.emulator.wait(SAVED_SECONDS) == 0
        report(RESTART, "stop", time.monotonic() - begun, "s")
    with local_stage(tmp_path, *kept) as last:
        crowd = Crowd(stage=last, size=crowd.size)
        assert_all_is_there(crowd, asked)
        begun = time.monotonic()
        forgotten = revive(crowd)
        report(RESTART, "revived by sweeps", len(asked), "requests")
        report(RESTART, "of them forgotten once more by MiniStack", forgotten, "requests")
        report(RESTART, "those sweeps", time.monotonic() - begun, "s")
        report(VOLUME, "waiting at once", executions(last)["RUNNING"], "requests")
        assert executions(last)["RUNNING"] == len(asked)
        begun = time.monotonic()
        outcomes = crowd.decide(asked)
        report(VOLUME, "decided and told", len(asked) / (time.monotonic() - begun), "a second")
        assert_all_are_told_once(crowd, asked, report)
        assert [crowd.record(one.request_id).status for one in asked] == outcomes
        ended = {"FAILED": len(asked), "ABORTED": forgotten, "SUCCEEDED": len(asked)}
        assert executions(last) == +Counter(ended)


def assert_all_is_there(crowd: Crowd, asked: list[Asked]) -> None:
    """Directory, requests, mails and links are what they were before the stage ended."""
    links = crowd.links()
    assert links.keys() == {one.request_id for one in asked}
    assert crowd.mails() == Counter((crowd.lead(o.lead).email, o.request_id) for o in asked)
    assert {crowd.record(one.request_id).status for one in asked} == {"pending"}
    for one in asked[:: max(1, len(asked) // LOOKED_AT)]:
        link = f"{crowd.stage.facts.api_url}/leave_lead_response/approved/{links[one.request_id]}"
        page = web.get(link)
        assert page.status == 200
        assert f"Employee {one.employee}" in page.body


def assert_all_are_told_once(crowd: Crowd, asked: list[Asked], report: Recorder) -> None:
    """Each request has one mail to its lead and one to its employee."""
    expected = Counter(
        (who.email, one.request_id)
        for one in asked
        for who in (crowd.lead(one.lead), crowd.employee(one.employee))
    )
    mails = crowd.mails()
    report(VOLUME, "mails", mails.total(), "mails")
    report(VOLUME, "mails lost", (expected - mails).total(), "mails")
    report(VOLUME, "mails twice", (mails - expected).total(), "mails")
    assert mails == expected
