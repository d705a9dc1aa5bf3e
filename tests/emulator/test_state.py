from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import state
from emulator.errors import StageError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_state_directory_is_made_when_it_is_not_there(tmp_path: Path) -> None:
    with state.held(tmp_path / "a" / "b") as directory:
        assert directory.is_dir()


def test_two_stages_can_not_run_on_the_same_state(tmp_path: Path) -> None:
    with (
        state.held(tmp_path),
        pytest.raises(StageError, match="Another stage is running on the state"),
        state.held(tmp_path),
    ):
        pytest.fail("the second one got in")


def test_the_state_is_free_again_when_its_stage_has_ended(tmp_path: Path) -> None:
    with state.held(tmp_path):
        pass
    with state.held(tmp_path) as again:
        assert again == tmp_path


def test_a_state_directory_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StageError, match="can not be used"),
        state.held(tmp_path / "file" / "state"),
    ):
        pytest.fail("it was held")
