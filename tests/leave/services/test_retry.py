from __future__ import annotations

from types import SimpleNamespace

import pytest

from leave.domain.errors import ConflictError, UnavailableError
from leave.services import retry
from leave.services.retry import ATTEMPTS, retry_on_conflict


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that were slept."""
    slept: list[float] = []
    monkeypatch.setattr(retry, "time", SimpleNamespace(sleep=slept.append))
    return slept


def attempt(left: list[type[Exception]]) -> str:
    if left:
        raise left.pop()
    return "written"


def test_what_is_written_at_once_is_tried_once(pauses: list[float]) -> None:
    assert retry_on_conflict(lambda: "written") == "written"
    assert pauses == []


@pytest.mark.parametrize("times", [1, ATTEMPTS - 1])
def test_a_lost_race_is_run_again(pauses: list[float], times: int) -> None:
    left: list[type[Exception]] = [ConflictError] * times
    assert retry_on_conflict(lambda: attempt(left)) == "written"
    assert len(pauses) == times


def test_the_pauses_may_grow_and_stay_short_for_whoever_waits(pauses: list[float]) -> None:
    left: list[type[Exception]] = [ConflictError] * ATTEMPTS
    with pytest.raises(UnavailableError, match="try again"):
        retry_on_conflict(lambda: attempt(left))
    assert len(pauses) == ATTEMPTS
    assert all(0 <= pause <= 0.02 * 2**number for number, pause in enumerate(pauses))
    assert sum(0.02 * 2**number for number in range(ATTEMPTS)) < 10


@pytest.mark.parametrize("error", [UnavailableError, ValueError])
def test_nothing_but_a_lost_race_is_run_again(pauses: list[float], error: type[Exception]) -> None:
    left: list[type[Exception]] = [error, error]
    with pytest.raises(error):
        retry_on_conflict(lambda: attempt(left))
    assert len(left) == 1
    assert pauses == []
