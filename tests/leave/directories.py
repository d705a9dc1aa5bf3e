"""Directory files for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.services import directory_file

if TYPE_CHECKING:
    from pathlib import Path

    from leave.services.directory_file import DirectoryFile

HEADER = (
    "employeeId,name,email,leadId,annualLeaveDays,workingWeek,startDate,endDate,holidays,language"
)
LANGUAGES = frozenset({"de", "en"})
JOHN = "E001,John Carpenter,john@foo.com,,25,Mon-Fri,2020-01-01,,,en"
JIM = "E002,Jim O'Dell,jim@foo.com,E001,25,Mon-Fri,2020-01-01,,,en"
JANE = "E003,Jane Cook,jane@foo.com,E001,25,Mon-Fri,2020-01-01,,,en"
ANN = "E004,Ann Other,ann@foo.com,E001,25,Mon-Fri,2020-01-01,,,en"


def text_of(*lines: str) -> str:
    """Return the text of a file with the header and these lines."""
    return "".join(f"{line}\n" for line in (HEADER, *lines))


def a_line(**cells: str) -> str:
    """Return Jim's line with other cells."""
    columns = HEADER.split(",")
    values = dict(zip(columns, JIM.split(","), strict=True)) | cells
    assert list(values) == columns, "a column of this name exists"
    return ",".join(values.values())


def write(folder: Path, *lines: str) -> Path:
    """Write a file with the header and these lines."""
    file = folder / "directory.csv"
    file.write_text(text_of(*lines), encoding="utf-8", newline="")
    return file


def read_lines(*lines: str) -> DirectoryFile:
    """Return what is read from a file with the header and these lines."""
    return read_text(text_of(*lines))


def read_text(text: str) -> DirectoryFile:
    """Return what is read from the text of a file, whose new employees have accounts since 2027."""
    return directory_file.read_text(text, accounts_since=2027, languages=LANGUAGES)


def read_bytes(raw: bytes) -> DirectoryFile:
    """Return what is read from a file."""
    return directory_file.read_file(raw, accounts_since=2027, languages=LANGUAGES)
