"""What each column of the directory file holds: how a cell is read, and how it is written."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from cli.directory.holiday_calendars import check_calendar
from leave.adapters.presentation.i18n import languages
from leave.domain.calendar import Dated, WorkingWeek
from leave.domain.employee import EMPLOYEE_ID, Employee, Employment
from leave.domain.typed_text import is_formula, says_something, tidy_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REQUIRED_COLUMNS: tuple[str, ...] = (
    "employeeId",
    "name",
    "email",
    "leadId",
    "annualLeaveDays",
    "workingWeek",
    "startDate",
    "endDate",
    "holidays",
    "language",
)
OPTIONAL_COLUMNS: tuple[str, ...] = ("substituteId", "earlierEmployments")
"""Columns that a file can leave out; what they hold then stays as it is."""
# One plain address: what a person types, not all that RFC 5322 allows, and nothing that begins an
# encoded word, which mail programs decode.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{1,64}}@)(?!.*=\?){_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
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


class CellsError(Exception):
    """Some cells of a row are wrong; `problems` names each with its column."""

    def __init__(self, problems: list[str], employee: Employee) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems
        self.employee = employee


class _Row:
    """The cells of a row, read one by one; what is wrong is collected."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells
        self.problems: list[str] = []

    def read(self, column: str, parse: Callable[[str], V], default: V) -> V:
        try:
            cell = tidy_line(self._cells.get(column, ""))
            # No sound cell begins like that, and some spreadsheet will open this file one day.
            if is_formula(cell):
                raise ValueError(  # noqa: TRY301 - told like any other mistake
                    f"begins with {cell[0]!r}, so a spreadsheet would read it as a formula"
                    if is_formula(cell[0])
                    else "has a part that a spreadsheet would read as a formula"
                )
            if len(cell) > _CELL_LENGTH:
                raise ValueError(  # noqa: TRY301
                    f"has {len(cell)} characters, and at most {_CELL_LENGTH} are read"
                )
            return parse(cell)
        except ValueError as error:
            self.problems.append(f"{column}: {error}")
            return default


def read_cells(
    cells: Mapping[str, str], *, accounts_since: int, decimal_comma: bool = False
) -> Employee:
    """Return the employee of a row, without a feed; raises `CellsError` with every mistake.

    A column that is absent reads as an empty cell; what it leaves as it is, `compare` knows. A
    spreadsheet that separates columns by semicolons writes half a day as "0,5": `decimal_comma`.
    """
    numbers = ("annualLeaveDays", "workingWeek")
    if decimal_comma:
        cells = {**cells, **{name: cells.get(name, "").replace(",", ".") for name in numbers}}
    row = _Row(cells)
    start = row.read("startDate", _day, None)
    end = row.read("endDate", _day, None)
    if start and end and end < start:
        row.problems.append(f"endDate: {end} is before startDate {start}")
        end = None
    latest = Employment(start=start, end=end)
    earlier = row.read("earlierEmployments", _employments, ())
    if earlier and not earlier[-1].precedes(latest):
        if not any(problem.startswith("startDate:") for problem in row.problems):
            shown = f" {start}" if start else ", which is empty"
            row.problems.append(
                f"earlierEmployments: {earlier[-1]} must end before the startDate{shown}"
            )
        earlier = ()
    employee = Employee(
        employee_id=row.read("employeeId", _id, ""),
        name=row.read("name", _name, ""),
        email=row.read("email", _email, ""),
        lead_id=row.read("leadId", _optional_id, None),
        annual_leave_days=row.read("annualLeaveDays", _dated(_days), Dated(Decimal(0))),
        working_time=row.read("workingWeek", _dated(_week), Dated(WorkingWeek.parse(""))),
        accounts_since=accounts_since,
        employments=(*earlier, latest),
        holidays=row.read("holidays", check_calendar, ""),
        language=row.read("language", _language, ""),
        substitute_id=row.read("substituteId", _optional_id, None),
    )
    if row.problems:
        raise CellsError(row.problems, employee)
    return employee


def write_cells(employee: Employee) -> dict[str, str]:
    """Return the cells of an employee, by column, as `read_cells` reads them."""
    start, end = employee.start_date, employee.end_date
    texts = (
        employee.employee_id,
        employee.name,
        employee.email,
        employee.lead_id or "",
        employee.annual_leave_days.format(lambda days: f"{days.normalize():f}"),
        employee.working_time.format(str),
        start.isoformat() if start else "",
        end.isoformat() if end else "",
        employee.holidays,
        employee.language,
        employee.substitute_id or "",
        "; ".join(map(str, employee.employments[:-1])),
    )
    return dict(zip((*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS), texts, strict=True))


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


def _dated(read: Callable[[str], V]) -> Callable[[str], Dated[V]]:
    return lambda cell: Dated.parse(cell, read)


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


def _employments(cell: str) -> tuple[Employment, ...]:
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


def _language(cell: str) -> str:
    if cell and not _LANGUAGE.fullmatch(cell):
        raise ValueError(f"must be a tag such as en or de-AT, or empty, not {cell!r}")
    if cell and cell.partition("-")[0] not in languages():
        known = ", ".join(sorted(languages()))
        raise ValueError(f"there are no texts in {cell}; the languages are {known}")
    return cell or _DEFAULT_LANGUAGE
