"""That what was measured once still holds: bytes, modules, calls, capacity."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

from bench.__main__ import DETERMINISTIC, TIMING
from bench.figures import Figure, changes
from bench.recording import CURE, record, recorded

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_what_is_deterministic_is_as_recorded_and_meets_its_aim(name: str) -> None:
    figures = list(importlib.import_module(f"bench.{name}").measure())
    assert figures
    different = changes(figures, recorded())
    assert not different, CURE
    assert not [figure for figure in figures if figure.met is False]
    assert all(figure.kind == "deterministic" for figure in figures)


@pytest.mark.parametrize("name", [*DETERMINISTIC, *TIMING])
def test_each_module_can_measure(name: str) -> None:
    assert callable(importlib.import_module(f"bench.{name}").measure)


def test_recording_keeps_what_else_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "recorded.json"
    kept.write_text('{"calls": 3, "bytes": 10}')
    monkeypatch.setattr("bench.recording.RECORDED", kept)
    record([Figure("bytes", 11, "bytes"), Figure("wait", 1, "s", kind="timing")])
    assert recorded() == {"bytes": 11, "calls": 3}
