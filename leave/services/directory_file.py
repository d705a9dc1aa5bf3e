"""The directory as a CSV file, a line for each employee."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeVar

from leave.domain.calendar import Dated, WorkingWeek
from leave.domain.employee import (
    DIRECTORY_LINES,
    EMPLOYEE_ID,
    AdministrativeRole,
    Employee,
    Employment,
)
from leave.domain.errors import FileTooLongError, Mistake, quantity
from leave.domain.typed_text import is_formula, says_something, tidy_line, tidy_silently

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

_WRITTEN: Final[Mapping[str, Callable[[Employee], str]]] = {
    "employeeId": lambda e: e.employee_id,
    "name": lambda e: e.name,
    "email": lambda e: e.email,
    "leadId": lambda e: e.lead_id or "",
    "annualLeaveDays": lambda e: e.annual_leave_days.format(lambda days: f"{days.normalize():f}"),
    "workingWeek": lambda e: e.working_time.format(str),
    "startDate": lambda e: f"{e.start_date or ''}",
    "endDate": lambda e: f"{e.end_date or ''}",
    "holidays": lambda e: e.holidays,
    "language": lambda e: e.language,
    "substituteId": lambda e: e.substitute_id or "",
    "earlierEmployments": lambda e: "; ".join(map(str, e.employments[:-1])),
    "role": lambda e: e.role or "",
}
OPTIONAL_COLUMNS: Final = ("substituteId", "earlierEmployments", "role")
"""Columns that a file can leave out; what they hold then stays as it is."""
REQUIRED_COLUMNS: Final = tuple(name for name in _WRITTEN if name not in OPTIONAL_COLUMNS)
_KNOWN = f"{','.join(REQUIRED_COLUMNS)}, and optionally {','.join(OPTIONAL_COLUMNS)}"
_FIRST_LINE = f"the first line must name the columns: {_KNOWN}"
_NAME_SHOWN = 40
_SAVE = "save the file as CSV UTF-8, which spreadsheet programs offer beside CSV"

# One plain address: what a person types, not all that RFC 5322 allows, and nothing that begins an
# encoded word, which mail programs decode.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{1,64}}@)(?!.*=\?){_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# ISO 3166-1, then the part of ISO 3166-2 after the dash.
_CALENDAR = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# As spreadsheet programs save a day whose cell has the format of their country.
_NATIONAL_DAY = re.compile(r"[0-9]+([./])[0-9]+\1[0-9]+")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_NAME_LENGTH, _EMAIL_LENGTH, _YEAR_DAYS = 200, 254, 366
_CELL_LENGTH = 2_000
"""Room for more contracts than anybody has; every call of an employee reads all of them."""
# Not all that `Decimal` reads: other scripts' digits, underscores, exponents.
_DAYS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
_COMMA_DAYS = re.compile(r"[0-9]{1,3},[0-9]{1,2}")
_DEFAULT_LANGUAGE = "en"

V = TypeVar("V")


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
    mistakes: list[Mistake] = field(default_factory=list["Mistake"])
    absent: frozenset[str] = frozenset()
    is_cut: bool = False

    def lines(self) -> list[tuple[int, Employee]]:
        """Return all employees by line, to compare what is sound of each with the others."""
        return sorted({**self.employees, **self.unsound}.items(), key=lambda line: line[0])


def read_file(raw: bytes, *, accounts_since: int, languages: Collection[str]) -> DirectoryFile:
    """Read a file, in whatever encoding it is; raises `FileTooLongError`."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _only(f"is UTF-16 text; {_SAVE}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _only(f"is not UTF-8 text; {_SAVE}", line=raw.count(b"\n", 0, error.start) + 1)
    return read_text(text, accounts_since=accounts_since, languages=languages)


def read_text(text: str, *, accounts_since: int, languages: Collection[str]) -> DirectoryFile:
    """Read the text of a file, line by line; what contradicts what is not looked at here.

    Columns are separated as those of the first line are, by commas or by semicolons. Rows of blank
    cells, which spreadsheet programs leave below a table, are skipped.
    """
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    if ends + (not text.endswith(("\n", "\r"))) > DIRECTORY_LINES:
        raise FileTooLongError(DIRECTORY_LINES)
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
                if wrong := list(_header_mistakes(columns)):
                    return DirectoryFile(mistakes=wrong, is_cut=True)
                read.absent = frozenset(OPTIONAL_COLUMNS) - set(columns)
            elif any(map(tidy_silently, record)):
                reader = _CellReader(
                    line=line,
                    languages=languages,
                    accounts_since=accounts_since,
                    decimal_comma=separator == ";",
                )
                _read_record(reader, columns, record, separator, read)
            line = records.line_num + 1
    except csv.Error:
        read.mistakes.append(Mistake(line=line, message="is not CSV; check its quotes"))
        read.is_cut = True
    if line == 1 and not read.mistakes:
        return _only(f"the file is empty; {_FIRST_LINE}")
    if not read.mentioned and not read.mistakes:
        return _only("there are no employees below the header")
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


def write_cells(employee: Employee) -> dict[str, str]:
    """Return the cells of an employee, by column, as they are read."""
    return {column: write(employee) for column, write in _WRITTEN.items()}


def _only(message: str, *, line: int = 1) -> DirectoryFile:
    return DirectoryFile(mistakes=[Mistake(line=line, message=message)], is_cut=True)


def _header_mistakes(columns: Sequence[str]) -> Iterator[Mistake]:
    if columns and ("\t" in columns[0] or columns[0].lower().startswith("sep=")):
        message = f"save the file with commas or semicolons between the columns; {_FIRST_LINE}"
        yield Mistake(line=1, message=message)
        return
    if _WRITTEN.keys().isdisjoint(columns):
        yield Mistake(line=1, message=_FIRST_LINE)
        return
    for place, name in enumerate(columns, start=1):
        if name not in _WRITTEN:
            shown = f"the name {name[:_NAME_SHOWN]!r}, which is not known" if name else "no name"
            message = f"column {place} has {shown}; the columns are {_KNOWN}"
            yield Mistake(line=1, message=message)
        elif name in columns[: place - 1]:
            message = f"column {place} has the name of an earlier column; keep one of them"
            yield Mistake(line=1, column=name, message=message)
    for name in REQUIRED_COLUMNS:
        if name not in columns:
            message = f"this column is missing; the columns are {_KNOWN}"
            yield Mistake(line=1, column=name, message=message)


def _read_record(
    reader: _CellReader,
    columns: Sequence[str],
    record: Sequence[str],
    separator: str,
    read: DirectoryFile,
) -> None:
    place = columns.index("employeeId")
    if place < len(record):
        read.mentioned.add(tidy_silently(record[place]))
    if len(record) != len(columns):
        message = (
            f"has {quantity(len(record), 'column')} instead of {len(columns)}; put a cell with"
            f" {separator!r} in it into double quotes"
        )
        read.mistakes.append(Mistake(line=reader.line, message=message))
        return
    employee = reader.employee(dict(zip(columns, record, strict=True)))
    (read.unsound if reader.mistakes else read.employees)[reader.line] = employee
    read.mistakes += reader.mistakes


@dataclass(kw_only=True, slots=True)
class _CellReader:
    """Reads the cells of one line, one by one, and collects what is wrong.

    A spreadsheet that separates columns by semicolons writes half a day as "0,5": `decimal_comma`.
    """

    line: int
    languages: Collection[str]
    accounts_since: int
    decimal_comma: bool
    cells: Mapping[str, str] = field(default_factory=dict[str, str])
    mistakes: list[Mistake] = field(default_factory=list["Mistake"])

    def employee(self, cells: Mapping[str, str]) -> Employee:
        """Return the employee of a line, without a feed; a wrong cell reads as an empty one.

        A column that is absent reads as empty as well; the comparison knows what then stays.
        """
        self.cells = cells
        earlier, latest = self._employments()
        return Employee(
            employee_id=self._read("employeeId", _id, ""),
            name=self._read("name", _name, ""),
            email=self._read("email", _email, ""),
            lead_id=self._read("leadId", _optional_id, None),
            annual_leave_days=self._read("annualLeaveDays", self._dated(_days), Dated(Decimal(0))),
            working_time=self._read(
                "workingWeek", self._dated(_week), Dated(WorkingWeek.parse(""))
            ),
            accounts_since=self.accounts_since,
            employments=(*earlier, latest),
            holidays=self._read("holidays", _calendar, ""),
            language=self._read("language", self._language, ""),
            substitute_id=self._read("substituteId", _optional_id, None),
            role=self._read("role", _role, None),
        )

    def _employments(self) -> tuple[tuple[Employment, ...], Employment]:
        start = self._read("startDate", _day, None)
        start_is_wrong = bool(self.mistakes)
        end = self._read("endDate", _day, None)
        if start and end and end < start:
            self._wrong("endDate", f"{end} is before startDate {start}")
            end = None
        latest = Employment(start=start, end=end)
        earlier = self._read("earlierEmployments", _earlier_employments, ())
        if not earlier or earlier[-1].precedes(latest):
            return earlier, latest
        if not start_is_wrong:
            shown = f" {start}" if start else ", which is empty"
            message = f"{earlier[-1]} must end before the startDate{shown}"
            self._wrong("earlierEmployments", message)
        return (), latest

    def _read(self, column: str, parse: Callable[[str], V], default: V) -> V:
        try:
            return parse(_checked(tidy_line(self.cells.get(column, ""))))
        except ValueError as error:
            self._wrong(column, str(error))
            return default

    def _wrong(self, column: str, message: str) -> None:
        self.mistakes.append(Mistake(line=self.line, column=column, message=message))

    def _dated(self, parse: Callable[[str], V]) -> Callable[[str], Dated[V]]:
        def read(cell: str) -> Dated[V]:
            return Dated.parse(cell.replace(",", ".") if self.decimal_comma else cell, parse)

        return read

    def _language(self, cell: str) -> str:
        if cell and not _LANGUAGE.fullmatch(cell):
            raise ValueError(f"must be a tag such as en or de-AT, or empty, not {cell!r}")
        if cell and cell.partition("-")[0] not in self.languages:
            known = ", ".join(sorted(self.languages))
            raise ValueError(f"there are no texts in {cell}; the languages are {known}")
        return cell or _DEFAULT_LANGUAGE


def _checked(cell: str) -> str:
    # No sound cell begins like that, and some spreadsheet will open this file one day.
    if is_formula(cell):
        raise ValueError(
            f"begins with {cell[0]!r}, so a spreadsheet would read it as a formula"
            if is_formula(cell[0])
            else "has a part that a spreadsheet would read as a formula"
        )
    if len(cell) > _CELL_LENGTH:
        raise ValueError(f"has {len(cell)} characters, and at most {_CELL_LENGTH} are read")
    return cell


def _id(cell: str) -> str:
    if not EMPLOYEE_ID.fullmatch(cell):
        raise ValueError(f"must be 1 to 64 letters, digits, dots, dashes, not {cell!r}")
    return cell


def _optional_id(cell: str) -> str | None:
    return _id(cell) if cell else None


def _name(cell: str) -> str:
    if not says_something(cell) or len(cell) > _NAME_LENGTH:
        raise ValueError(f"must have 1 to {_NAME_LENGTH} characters")
    # A line of a mail may begin with a name, and is not to look like its link.
    if "://" in cell:
        raise ValueError("contains a web address")
    return cell


def _email(cell: str) -> str:
    if len(cell) > _EMAIL_LENGTH or not _EMAIL.fullmatch(cell):
        raise ValueError(f"must be one mail address, not {cell!r}")
    return cell


def _days(text: str) -> Decimal:
    if _COMMA_DAYS.fullmatch(text):
        raise ValueError(f"must have a point and not a comma, as in {text.replace(',', '.')}")
    days = Decimal(text) if _DAYS.fullmatch(text) else None
    if days is None or days > _YEAR_DAYS or days * 2 != int(days * 2):
        raise ValueError(f"must be 0 to {_YEAR_DAYS} in halves, not {text!r}")
    return days


def _week(text: str) -> WorkingWeek:
    if not text:
        raise ValueError("must name at least one working day, such as 'Mon-Fri'")
    return WorkingWeek.parse(text)


def _day(cell: str) -> date | None:
    if not cell:
        return None
    wrong = f"must be a day such as 2027-01-31 or empty, not {cell!r}"
    if _NATIONAL_DAY.fullmatch(cell):
        wrong += "; write year-month-day, in a spreadsheet by the cell format YYYY-MM-DD"
    if not _DAY.fullmatch(cell):
        raise ValueError(wrong)
    try:
        day = date.fromisoformat(cell)
    except ValueError as error:
        raise ValueError(wrong) from error
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"must be between {_FIRST_YEAR} and {_LAST_YEAR}, not in {day.year}")
    return day


def _earlier_employments(cell: str) -> tuple[Employment, ...]:
    employments = tuple(_employment(text.strip()) for text in cell.split(";")) if cell else ()
    for one, other in pairwise(employments):
        if not one.precedes(other):
            raise ValueError(f"{one} must end before {other} begins")
    return employments


def _employment(text: str) -> Employment:
    start, slash, end = text.partition("/")
    if not slash or not end:
        raise ValueError(
            f"must name first and last days such as 2020-01-01/2027-06-30, not {text!r}"
        )
    return Employment(start=_day(start), end=_day(end))


def _calendar(cell: str) -> str:
    if cell and not _CALENDAR.fullmatch(cell):
        raise ValueError(f"must be a country or region such as DE or DE-BE, not {cell!r}")
    return cell


def _role(cell: str) -> AdministrativeRole | None:
    if cell and cell not in set(AdministrativeRole):
        raise ValueError(f"must be {', '.join(AdministrativeRole)} or empty, not {cell!r}")
    return AdministrativeRole(cell) if cell else None
