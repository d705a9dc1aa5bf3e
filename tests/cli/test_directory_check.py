"""`leave directory check FILE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.leave.directories import JIM, JOHN, a_line, text_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

pytestmark = pytest.mark.usefixtures("stage")


def test_a_sound_file_is_shown_and_not_written(
    leave: Terminal, stage: AwsStage, tmp_path: Path
) -> None:
    file = write(tmp_path, JOHN, JIM)
    assert leave.done("directory", "check", file).out == (
        "added    E001  John Carpenter\n"
        "added    E002  Jim O'Dell\n"
        "2 added, 0 changed, 0 leaving.\n"
        "Nothing was written.\n"
    )
    assert leave.done("directory", "check", file, "--json").json["written"] is False
    assert list(stage.directory.everybody()) == []


def test_every_mistake_is_told_in_the_order_of_the_lines(leave: Terminal, tmp_path: Path) -> None:
    file = write(tmp_path, a_line(leadId="E009"), JOHN, a_line(endDate="soon"), a_line())
    assert leave.told("directory", "check", file) == (
        "The file has mistakes:\n"
        "  line 2: leadId: there is no employee E009\n"
        "  line 4: employeeId: E002 is already used in line 2\n"
        "  line 4: endDate: must be a day such as 2027-01-31 or empty, not 'soon'\n"
        "  line 5: employeeId: E002 is already used in line 2\n"
        "The file has 4 mistakes; nothing was written.\n"
    )


def test_every_mistake_is_told_to_scripts(leave: Terminal, tmp_path: Path) -> None:
    file = write(tmp_path, a_line(leadId="E009"))
    result = leave("directory", "check", file, "--json")
    assert result.code == 1
    assert result.json["errors"] == [
        {"line": 2, "column": "leadId", "message": "there is no employee E009"}
    ]


def test_a_file_that_is_not_there_is_told(leave: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "none.csv"
    told = leave.told("directory", "check", file)
    assert told == f"{file} cannot be read: No such file or directory.\n"


def test_a_byte_that_is_not_utf_8_is_told_with_its_line(leave: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "latin.csv"
    file.write_bytes(text_of(JOHN, a_line(name="Jürgen")).encode("latin-1"))
    assert "line 3: is not UTF-8 text; save the file as CSV UTF-8, which" in leave.told(
        "directory", "check", file
    )


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
def test_the_unicode_text_of_a_spreadsheet_is_told(
    leave: Terminal, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "unicode.csv"
    file.write_bytes(f"\ufeff{text_of(JOHN)}".encode(encoding))
    told = leave.told("directory", "check", file)
    assert "line 1: is UTF-16 text; save the file as CSV UTF-8, which spreadsheet" in told


def test_the_mark_that_windows_puts_before_utf_8_is_skipped(
    leave: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "windows.csv"
    file.write_bytes(text_of(JOHN).encode("utf-8-sig"))
    leave.done("directory", "check", file)


def test_an_action_has_to_be_named(leave: Terminal) -> None:
    assert leave("directory").code == 2
    assert leave("directory", "check").code == 2
