from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from emulator import guard, state
from emulator.errors import StageError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_state_directory_is_made_when_it_is_not_there(tmp_path: Path) -> None:
    with state.held(tmp_path / "a" / "b", print) as directory:
        assert directory.is_dir()


def test_two_stages_can_not_run_on_the_same_state(tmp_path: Path) -> None:
    with (
        state.held(tmp_path, print),
        pytest.raises(StageError, match="Another stage is running on the state"),
        state.held(tmp_path, print),
    ):
        pytest.fail("the second one got in")


def test_the_state_is_free_again_when_its_stage_has_ended(tmp_path: Path) -> None:
    with state.held(tmp_path, print):
        pass
    with state.held(tmp_path, print) as again:
        assert again == tmp_path


def test_a_state_directory_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StageError, match="cannot be used"),
        state.held(tmp_path / "file" / "state", print),
    ):
        pytest.fail("it was held")


def test_a_start_waits_until_the_last_run_has_written_its_state(tmp_path: Path) -> None:
    aws, told, done = state.of_aws(tmp_path), list[str](), threading.Event()
    lock = guard.hold(aws)

    def write_and_end(text: str) -> None:
        told.append(text)
        if not done.is_set():
            (aws / "dynamodb.json").write_text("{}")
            guard.note_what_was_written(aws, lock)
            done.set()
            threading.Timer(0.3, os.close, [lock]).start()

    with (
        state.held(tmp_path, write_and_end),
        pytest.raises(OSError, match="Bad file descriptor"),
    ):
        os.fstat(lock)
    assert told == ["The last run is still writing its state …"]


def test_a_start_says_that_the_last_run_wrote_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    os.close(guard.hold(state.of_aws(tmp_path)))
    with state.held(tmp_path, told.append):
        assert len(told) == 1
    assert "ended before it had written what AWS held" in told[0]


def test_a_start_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "WRITE_SECONDS", 0.2)
    lock = guard.hold(state.of_aws(tmp_path))
    with (
        pytest.raises(StageError, match="is still writing its state"),
        state.held(tmp_path, print),
    ):
        pytest.fail("it read what was not written yet")
    os.close(lock)
    with state.held(tmp_path, print):
        pass
