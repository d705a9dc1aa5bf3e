"""The daily sweep as EventBridge Scheduler or an operator calls it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leave.functions import daily_sweep
from tests.leave.builders import R1, a_period, an_asked_request, an_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.leave.services.stage import FakeStage


@dataclass
class Context:
    """Lambda's context: the milliseconds left, which every look takes some of."""

    left: int = 900_000
    each: int = 0

    def get_remaining_time_in_millis(self) -> int:
        self.left -= self.each
        return self.left


@pytest.fixture(autouse=True)
def three_waiting(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three requests wait, for two days."""
    monkeypatch.setattr(daily_sweep, "application", lambda: stage.daily_sweep)
    for number in (1, 2, 3):
        period = a_period(f"2027-05-0{number}")
        stage.requests.put(an_asked_request(an_id(number), period=period))
    stage.clock.go_on(timedelta(days=2))


def run(event: dict[str, Any], context: Context | None = None) -> dict[str, Any]:
    reply = daily_sweep.handler(event, context or Context())
    assert json.loads(json.dumps(reply)) == reply, "Lambda has to write it down"
    return reply


def test_the_reply_says_what_was_done() -> None:
    steps = {"remind": 3, "keep-waiting": 3, "reminders": 1}
    assert run({"onlyIfDue": True}) == {"finished": True, "requests": 3, "steps": steps}


def test_the_schedule_makes_one_sweep_a_day(stage: FakeStage) -> None:
    run({"onlyIfDue": True})
    assert run({"onlyIfDue": True}) == {"finished": True, "requests": 0, "steps": {}}
    stage.clock.go_on(timedelta(days=1))
    assert run({"onlyIfDue": True})["requests"] == 3


@pytest.mark.parametrize("event", [{}, {"onlyIfDue": False}, {"since": "May"}])
def test_by_hand_a_sweep_is_always_made(event: dict[str, Any]) -> None:
    run({"onlyIfDue": True})
    assert run(event)["requests"] == 3


def test_with_a_minute_left_it_stops_and_the_next_call_goes_on() -> None:
    seen = [
        run({"onlyIfDue": True}, Context(left=80_000, each=15_000))["requests"] for _ in range(3)
    ]
    assert seen == [2, 1, 0]


def test_the_log_tells_numbers_and_nobody(logged: Callable[[], str]) -> None:
    run({})
    text = logged()
    assert "'requests': 3" in text
    assert R1 not in text
    assert "John" not in text
    assert "foo.com" not in text
