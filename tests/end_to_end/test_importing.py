"""Imports over employees that are there, by conditions that the emulated AWS evaluates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.__main__ import main
from emulator.places import SAMPLE_DIRECTORY
from tests.end_to_end.conftest import NEWCOMERS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stage import LocalStage


@pytest.mark.stage
@pytest.mark.usefixtures("newcomers")
def test_an_import_changes_employees_and_the_next_one_finds_nothing_to_change(
    stage: LocalStage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = SAMPLE_DIRECTORY.read_text(encoding="utf-8") + NEWCOMERS
    married = known.replace("Sam Hill,sam@foo.com,E001,25", "Sam Dale,sam@foo.com,E001,27.5")

    def imported(text: str) -> str:
        file = tmp_path / "directory.csv"
        file.write_text(text, encoding="utf-8")
        assert main(["directory", "import", str(file), "--ready-file", str(stage.ready_file)]) == 0
        return capsys.readouterr().out

    changed = imported(married)
    assert "name: Sam Hill -> Sam Dale" in changed
    assert "annualLeaveDays: 25 -> 27.5" in changed
    assert "1 changed" in changed
    assert "No employee differs from the file." in imported(married)
    assert "name: Sam Dale -> Sam Hill" in imported(known)
