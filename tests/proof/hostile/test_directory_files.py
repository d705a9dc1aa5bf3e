"""A directory file, however broken, is refused with every mistake, in time, and changes nothing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import strategies as st

from leave.services.directory_comparison import Comparison
from leave.services.directory_file import REQUIRED_COLUMNS as COLUMNS
from leave.services.directory_file import DirectoryFile
from tests.leave.directories import read_bytes, read_text
from tests.leave.services.stage import FakeStage
from tests.proof.conftest import ANY_TEXT, Size, each
from tests.proof.reporting import Recorder

pytestmark = pytest.mark.timeout(1800)
PROMISE = "A broken directory file changes nothing"
HEADER = ",".join(COLUMNS)
GOOD = "E1,Jim,jim@foo.com,,25,Mon-Fri,,,,en"


def told(read: DirectoryFile) -> list[str]:
    """Return what is wrong, and check that a file with mistakes is never half taken."""
    stage = FakeStage()
    rules = stage.import_directory.directory_rules
    compare = Comparison(rules=rules, clock=stage.clock, end_missing=None, new_feed=lambda: "feed")
    changes, problems = compare(read, {}, stage.begin())
    assert bool(problems) or len(changes.changes) == len(read.employees)
    return [str(problem) for problem in problems]


def cells(line: str, **changes: str) -> str:
    values = dict(zip(COLUMNS, line.split(","), strict=True)) | changes
    quoted = (f'"{value.replace(chr(34), chr(34) * 2)}"' for value in values.values())
    return ",".join(quoted)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("annualLeaveDays", "1e-999999999"),
        ("annualLeaveDays", "1e999999999"),
        ("annualLeaveDays", "\uff12\uff15"),
        ("annualLeaveDays", "\u0662\u0665"),
        ("annualLeaveDays", "2_5"),
        ("annualLeaveDays", "-1"),
        ("annualLeaveDays", "NaN"),
        ("annualLeaveDays", "25; 2027-W01-1: 26"),
        ("annualLeaveDays", "25" + "; 2027-01-01: 26" * 2_000),
        ("workingWeek", "Mon-Fri Mon-Fri"),
        ("workingWeek", "\u039con-Fri"),
        ("workingWeek", "Mon" + " Tue" * 900),
        ("employeeId", "E\uff11"),
        ("employeeId", "E1#PROFILE"),
        ("employeeId", "E" * 65),
        ("employeeId", "../E1"),
        ("name", "Jim\u202egpj.exe"),
        ("name", "Jim\r\nBcc: evil@evil.example"),
        ("name", "Jim\u2028Bcc"),
        ("name", "J\u200bim"),
        ("name", "Approve: https://evil.example/"),
        ("name", "Jim\x00"),
        ("name", '=HYPERLINK("https://evil.example")'),
        ("name", "Jim;=1+1"),
        ("name", "\uff1d1+1"),
        ("name", "x" * 201),
        ("email", "jim@foo.com,evil@evil.example"),
        ("email", "jim@foo.com\r\nBcc: evil@evil.example"),
        ("email", '"jim"@foo.com'),
        ("email", "jim(comment)@foo.com"),
        ("email", "j\u0131m@foo.com"),
        ("email", "jim@f\u043eo.com"),
        ("email", ".jim@foo.com"),
        ("email", "ji..m@foo.com"),
        ("email", "jim@-foo.com"),
        ("email", "jim@[127.0.0.1]"),
        ("startDate", "0001-01-01"),
        ("startDate", "2026-W01-1"),
        ("startDate", "20260101"),
        ("endDate", "2026-02-30"),
        ("holidays", "../../etc/passwd"),
        ("language", "../de"),
        ("language", "d" * 3_000),
    ],
    ids=ascii,
)
def test_a_crafted_cell_is_told_with_its_line_and_column(column: str, cell: str) -> None:
    read = read_text(f"{HEADER}\n{cells(GOOD, **{column: cell})}\n")
    problems = told(read)
    assert any(problem.startswith(f"line 2: {column}: ") for problem in problems), problems
    assert read.employees == {}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 100,
        b"\xff\xfe" + f"{HEADER}\n{GOOD}\n".encode("utf-16-le"),
        f"{HEADER}\n{GOOD}\n".encode("utf-32"),
        f"{HEADER}\n".encode() + b"\xc3\x28",
        f'{HEADER}\nE1,"Jim'.encode(),
        f'{HEADER}\nE1,"{"x" * 200_000}"'.encode(),
        HEADER.replace(",", ";").encode(),
        b"PK\x03\x04" + bytes(range(256)),
    ],
    ids=lambda raw: ascii(raw)[:30],
)
def test_what_is_no_such_file_is_told(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "directory.csv"
    file.write_bytes(raw)
    assert told(read_bytes(file.read_bytes()))


def test_random_files_are_read_or_told(tmp_path: Path, size: Size, report: Recorder) -> None:
    file = tmp_path / "directory.csv"
    text = f"{HEADER}\n{GOOD}\nE2,Jane,jane@foo.com,E1,25,Mon-Fri,,,,en\n"
    raw = text.encode()
    cut = st.integers(0, len(raw))
    broken = st.one_of(
        st.binary(max_size=200),
        st.builds(lambda at, new: raw[:at] + new + raw[at:], cut, st.binary(max_size=9)),
        st.builds(lambda at, new: raw[:at] + new.encode("utf-8", "surrogatepass"), cut, ANY_TEXT),
        st.lists(ANY_TEXT, min_size=10, max_size=10).map(
            lambda row: f"{HEADER}\n{','.join(row)}".encode("utf-8", "surrogatepass")
        ),
    )

    def check(content: bytes) -> None:
        file.write_bytes(content)
        told(read_bytes(file.read_bytes()))

    report(PROMISE, "random files", each(broken, check, examples=size(small=100, full=5_000)))


def test_a_chain_or_a_circle_through_a_whole_file_is_found_in_time(
    size: Size, report: Recorder
) -> None:
    number = size(small=2_000, full=50_000)
    rows = [f"E{n},N{n},e{n}@foo.com,E{n + 1},25,Mon-Fri,,,,en" for n in range(number)]
    chain = [*rows, f"E{number},Top,top@foo.com,,25,Mon-Fri,,,,en"]
    circle = [*rows, f"E{number},Top,top@foo.com,E0,25,Mon-Fri,,,,en"]
    began = time.monotonic()
    assert told(read_text("\n".join([HEADER, *chain]))) == []
    problems = told(read_text("\n".join([HEADER, *circle])))
    took = time.monotonic() - began
    report(PROMISE, "employees in one circle of leads", number)
    report(PROMISE, "time for it", took, "s")
    assert len(problems) == number + 1
    assert max(map(len, problems)) < 200
    # Following every lead anew took half an hour for a tenth of it.
    assert took < 120


def test_every_mistake_of_a_large_file_is_told(size: Size, report: Recorder) -> None:
    number = size(small=1_000, full=200_000)
    rows = (f"E{n},,e{n},,-1,never,,,," for n in range(number))
    problems = told(read_text("\n".join([HEADER, *rows])))
    report(PROMISE, "mistakes told of one file", len(problems))
    assert len(problems) == 4 * number
