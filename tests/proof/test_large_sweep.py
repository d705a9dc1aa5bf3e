"""A sweep over 100,000 open requests, which takes several calls of the function to end."""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from leave.domain.views import Mail
from leave.services.ports import OpenRequest
from tests.leave.builders import TODAY
from tests.leave.fakes import FakeClock
from tests.leave.services.stage import FakeStage
from tests.leave.services.test_large_sweeps import OF_ONE_LEAD, MadeUp
from tests.proof.conftest import Size
from tests.proof.reporting import Recorder
from tests.proof.world import Crash

PROMISE = "The daily sweep comes to its end, however much is open"
FUNCTION, SPARE = timedelta(minutes=14), timedelta(minutes=1)
"""When Lambda ends the function, and how long before it begins nothing more."""
QUARTER = timedelta(minutes=15)
A_START, A_MAIL, A_PAGE = (timedelta(milliseconds=ms) for ms in (20, 400, 60))
"""How long a call is assumed to take: StartExecution, Gmail, a hundred requests."""


@dataclass
class SlowlyMadeUp(MadeUp):
    """Lets the clock go on with every call; dies at the call that `dies_at` names."""

    dies_at: int = 0
    clock: Any = None
    looks: int = 0
    most_memory: float = 0.0
    seen: Counter[str] = field(default_factory=Counter[str])
    mailed: Counter[str] = field(default_factory=Counter[str])

    def after(self, cursor: str, limit: int) -> Sequence[OpenRequest]:
        self.pass_time(A_PAGE)
        self.most_memory = max(self.most_memory, memory())
        return super().after(cursor, limit)

    def ensure(self, name: str, *, request_id: str, inquiry: int) -> bool:
        self.pass_time(A_START)
        self.seen[request_id] += 1
        self.looks += 1
        if self.looks == self.dies_at:
            raise Crash(name)
        return super().ensure(name, request_id=request_id, inquiry=inquiry)

    def send(self, mail: Mail) -> None:
        self.pass_time(A_MAIL)
        self.mailed[mail.to] += 1

    def pass_time(self, span: timedelta) -> None:
        clock: FakeClock = self.clock
        clock.go_on(span)


def test_a_sweep_goes_on_until_everybody_was_looked_at(size: Size, report: Recorder) -> None:
    total = size(small=4_000, full=100_000)
    # The small one gets less time, so that it has to be gone on with as well.
    function = timedelta(minutes=size(small=2, full=14))
    made: Any = SlowlyMadeUp(total, dies_at=total // 2)
    stage = FakeStage(directory=made, workflow=made, mailer=made)
    made.clock = stage.clock
    stage.clock.go_on(2 * TODAY.resolution)
    begun, spent, before = stage.clock.now(), time.process_time(), memory()
    calls = deaths = 0
    finished = False
    while not finished:
        call_at = begun + calls * QUARTER
        stage.clock.moment = max(stage.clock.now(), call_at)
        calls += 1
        ends = stage.clock.now() + function - SPARE
        daily_sweep = replace(stage.daily_sweep, open_requests=made)
        try:
            made_now = daily_sweep(
                only_if_due=True, has_time=lambda ends=ends: stage.clock.now() < ends
            )
            finished = made_now.finished
        except Crash:
            deaths += 1
        assert stage.clock.now() < ends + SPARE, "Lambda would have ended it"
        assert calls < 20, "it never ends"
    leads = total // OF_ONE_LEAD
    assert len(made.seen) == total, "somebody was skipped"
    assert len(made.mailed) == leads, "a lead was not reminded"
    twice = sum(times > 1 for times in made.mailed.values())
    assert (deaths, twice) == (1, 0)
    again = made.looks - total
    assert again <= 150, "what one call did is done again by the next one"
    report(PROMISE, "open requests in one sweep", total)
    report(PROMISE, "calls of the function that took, one of which died", calls)
    report(PROMISE, "of the stage's time, with 20 ms for each workflow and 400 ms for each mail",
           (stage.clock.now() - begun).total_seconds() / 60, "min")  # fmt: skip
    report(PROMISE, "leads reminded, each once", leads)
    report(PROMISE, "requests that were looked at again after the death", again)
    report(PROMISE, "processor time", time.process_time() - spent, "s")
    report(PROMISE, "memory that it took more than before", made.most_memory - before, "MB")
    assert made.most_memory - before < 50


def memory() -> float:
    """Return how much memory this process has, in MB; where that is not told, has had at most."""
    told = Path("/proc/self/statm")
    if not told.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(told.read_text("ascii").split()[1]) * resource.getpagesize() / 2**20
