"""The directory as a CSV file: UTF-8, one line an employee, ordered by id."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cli.directory.columns import (
    OPTIONAL_COLUMNS,
    REQUIRED_COLUMNS,
    CellsError,
    read_cells,
    write_cells,
)
from cli.errors import CommandError
from leave.domain.errors import quantity
from leave.domain.typed_text import tidy_silently

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from leave.domain.employee import Employee

_KNOWN = f"{','.join(REQUIRED_COLUMNS)}, and optionally {','.join(OPTIONAL_COLUMNS)}"
_FIRST_LINE = f"the first line must name the columns: {_KNOWN}"
_NAME_SHOWN = 40
_SAVE = "save the file as CSV UTF-8, which spreadsheet programs offer beside CSV"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Problem:
    """Something wrong in a line of the file; line 0 is about what the file leaves out."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


@dataclass(kw_only=True, slots=True)
class DirectoryFile:
    """The employees by line, and everything that is wrong.

    `unsound` are the employees of lines with a mistake, in which a wrong cell counts as empty.
    `mentioned` are the ids of all lines, of those with mistakes too. `absent` are the optional
    columns that the file does not have. A file that `is_cut` was not read to its end, so what seems
    to be missing in it may be there.
    """

    employees: dict[int, Employee] = field(default_factory=dict[int, "Employee"])
    unsound: dict[int, Employee] = field(default_factory=dict[int, "Employee"])
    mentioned: set[str] = field(default_factory=set[str])
    problems: list[Problem] = field(default_factory=list[Problem])
    absent: frozenset[str] = frozenset()
    is_cut: bool = False

    def lines(self) -> list[tuple[int, Employee]]:
        """Return all employees by line, to compare what is sound of each with the others."""
        return sorted({**self.employees, **self.unsound}.items(), key=lambda line: line[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A line of the file below the header."""

    line: int
    columns: tuple[str, ...]
    record: list[str]
    separator: str


def read_file(path: Path, *, accounts_since: int) -> DirectoryFile:
    """Read a file; raises `CommandError` when there is none to read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _only(1, f"is UTF-16 text; {_SAVE}")
    try:
        return read_text(raw.decode("utf-8-sig"), accounts_since=accounts_since)
    except UnicodeDecodeError as error:
        return _only(raw.count(b"\n", 0, error.start) + 1, f"is not UTF-8 text; {_SAVE}")


def read_text(text: str, *, accounts_since: int) -> DirectoryFile:
    """Read the text of a file, line by line; what contradicts what is not looked at here.

    Columns are separated as those of the first line are, by commas or by semicolons. Rows of blank
    cells, which spreadsheet programs leave below a table, are skipped.
    """
    header = text.partition("\n")[0]
    separator = ";" if header.count(";") > header.count(",") else ","
    records = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    read = DirectoryFile()
    # A record spans lines when a quoted cell does; it is named by its first one.
    line, columns = 1, REQUIRED_COLUMNS
    try:
        for record in records:
            if line == 1:
                columns = tuple(name.strip() for name in record)
                if wrong := [Problem(line=1, message=text) for text in _header_mistakes(columns)]:
                    return DirectoryFile(problems=wrong, is_cut=True)
                read.absent = frozenset(OPTIONAL_COLUMNS) - set(columns)
            elif any(map(tidy_silently, record)):
                row = _Row(line=line, columns=columns, record=record, separator=separator)
                _read_row(row, read, accounts_since=accounts_since)
            line = records.line_num + 1
    except csv.Error:
        read.problems.append(Problem(line=line, message="is not CSV; check its quotes"))
        read.is_cut = True
    if line == 1 and not read.problems:
        return _only(1, f"the file is empty; {_FIRST_LINE}")
    if not read.mentioned and not read.problems:
        return _only(1, "there are no employees below the header")
    return read


def write_text(employees: Iterable[Employee]) -> str:
    """Return the text of a file, ordered by employee id."""
    text = io.StringIO(newline="")
    ordered = sorted(employees, key=lambda employee: employee.employee_id)
    rows = [write_cells(employee) for employee in ordered]
    used = [column for column in OPTIONAL_COLUMNS if any(row[column] for row in rows)]
    columns = (*REQUIRED_COLUMNS, *used)
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _header_mistakes(columns: Sequence[str]) -> Iterator[str]:
    known = {*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS}
    if columns and ("\t" in columns[0] or columns[0].lower().startswith("sep=")):
        yield f"save the file with commas or semicolons between the columns; {_FIRST_LINE}"
        return
    if known.isdisjoint(columns):
        yield _FIRST_LINE
        return
    for place, name in enumerate(columns, start=1):
        if name not in known:
            shown = f"the name {name[:_NAME_SHOWN]!r}, which is not known" if name else "no name"
            yield f"column {place} has {shown}; the columns are {_KNOWN}"
        elif name in columns[: place - 1]:
            yield f"{name}: column {place} has the name of an earlier column; keep one of them"
    for name in REQUIRED_COLUMNS:
        if name not in columns:
            yield f"{name}: this column is missing; the columns are {_KNOWN}"


def _read_row(row: _Row, read: DirectoryFile, *, accounts_since: int) -> None:
    place = row.columns.index("employeeId")
    if place < len(row.record):
        read.mentioned.add(tidy_silently(row.record[place]))
    if len(row.record) != len(row.columns):
        message = (
            f"has {quantity(len(row.record), 'column')} instead of {len(row.columns)}; put a cell"
            f" with {row.separator!r} in it into double quotes"
        )
        read.problems.append(Problem(line=row.line, message=message))
        return
    cells = dict(zip(row.columns, row.record, strict=True))
    try:
        read.employees[row.line] = read_cells(
            cells, accounts_since=accounts_since, decimal_comma=row.separator == ";"
        )
    except CellsError as error:
        read.unsound[row.line] = error.employee
        read.problems += [Problem(line=row.line, message=text) for text in error.problems]


def _only(line: int, message: str) -> DirectoryFile:
    return DirectoryFile(problems=[Problem(line=line, message=message)], is_cut=True)
