"""The CSV form of the directory, checked as a whole."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from leave.domain.employees import Employee
from leave.domain.working_time import WorkingWeek

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COLUMNS = (
    "employeeId",
    "name",
    "email",
    "leadId",
    "annualLeaveDays",
    "workingWeek",
    "startDate",
    "endDate",
    "language",
)
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# One plain address: what a person types, not all that RFC 5322 allows.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NAME_LENGTH, _YEAR_DAYS = 200, 366


class DirectoryFileError(Exception):
    """The file has mistakes; `problems` names each with its line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"{len(problems)} mistakes")
        self.problems = problems


def read_directory(text: str) -> list[Employee]:
    """Return the employees of a CSV text, or raise `DirectoryFileError` with every mistake."""
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    if _columns(rows) != COLUMNS:
        raise DirectoryFileError([f"line 1: the columns have to be {','.join(COLUMNS)}"])
    problems: list[str] = []
    employees: dict[int, Employee] = {}
    try:
        for row in rows:
            line = rows.line_num
            if None in row or None in row.values():
                problems.append(f"line {line}: has to have {len(COLUMNS)} columns")
                continue
            try:
                employees[line] = _employee(row)
            except ValueError as error:
                problems.append(f"line {line}: {error}")
    except csv.Error as error:
        # The dictionary reader itself counts the lines of whole rows only.
        problems.append(f"line {rows.reader.line_num}: {error}")
    problems += [f"line {line}: {problem}" for line, problem in _contradictions(employees)]
    if problems:
        raise DirectoryFileError(problems)
    return list(employees.values())


def _columns(rows: csv.DictReader[str]) -> tuple[str, ...]:
    try:
        return tuple(rows.fieldnames or ())
    except csv.Error:
        return ()


def _employee(row: Mapping[str, str]) -> Employee:
    cells = {name: cell.strip() for name, cell in row.items()}
    name = cells["name"]
    if not 0 < len(name) <= _NAME_LENGTH or not name.isprintable():
        raise ValueError(f"name: has to have 1 to {_NAME_LENGTH} printable characters")
    lead = cells["leadId"]
    return Employee(
        employee_id=_matching(_ID, cells, "employeeId", "letters, digits, dot, dash, underscore"),
        name=name,
        email=_matching(_EMAIL, cells, "email", "one mail address"),
        lead_id=_matching(_ID, cells, "leadId", "an employee id or empty") if lead else None,
        annual_leave_days=_days(cells["annualLeaveDays"]),
        working_week=_week(cells["workingWeek"]),
        start_date=_date(cells, "startDate"),
        end_date=_date(cells, "endDate"),
        language=_matching(_LANGUAGE, cells, "language", "a tag such as en or de-AT")
        if cells["language"]
        else "en",
    )


def _matching(pattern: re.Pattern[str], cells: Mapping[str, str], column: str, what: str) -> str:
    if not pattern.fullmatch(cells[column]):
        raise ValueError(f"{column}: has to be {what}, not {cells[column]!r}")
    return cells[column]


def _days(text: str) -> Decimal:
    try:
        days = Decimal(text)
    except InvalidOperation:
        days = Decimal("NaN")
    if not (days.is_finite() and 0 <= days <= _YEAR_DAYS and days * 2 == int(days * 2)):
        raise ValueError(f"annualLeaveDays: has to be 0 to 366 in halves, not {text!r}")
    # Written anew, because the table holds 38 digits and the file may have more.
    return Decimal(int(days * 2)) / 2


def _week(text: str) -> WorkingWeek:
    week = WorkingWeek.parse(text)
    if not any(week.fractions):
        raise ValueError("workingWeek: names no working day; write it as in 'Mon-Thu Fri:0.5'")
    return week


def _date(cells: Mapping[str, str], column: str) -> date | None:
    try:
        return date.fromisoformat(cells[column]) if cells[column] else None
    except ValueError as error:
        raise ValueError(
            f"{column}: has to be a date such as 2027-01-31 or empty, not {cells[column]!r}"
        ) from error


def _contradictions(employees: Mapping[int, Employee]) -> Iterator[tuple[int, str]]:
    by_id: dict[str, Employee] = {}
    emails: set[str] = set()
    for line, employee in employees.items():
        if employee.employee_id in by_id:
            yield line, f"employeeId: {employee.employee_id} stands in an earlier line too"
        if employee.email.lower() in emails:
            yield line, f"email: {employee.email} stands in an earlier line too"
        if employee.start_date and employee.end_date and employee.end_date < employee.start_date:
            yield line, "endDate: lies before startDate"
        by_id.setdefault(employee.employee_id, employee)
        emails.add(employee.email.lower())
    for line, employee in employees.items():
        if employee.lead_id and employee.lead_id not in by_id:
            yield line, f"leadId: there is no employee {employee.lead_id}"
        elif _leads_back(employee, by_id):
            yield line, f"leadId: {employee.employee_id} would be among their own leads"


def _leads_back(employee: Employee, by_id: Mapping[str, Employee]) -> bool:
    seen: set[str] = set()
    lead = employee.lead_id
    while lead and lead in by_id and lead not in seen:
        if lead == employee.employee_id:
            return True
        seen.add(lead)
        lead = by_id[lead].lead_id
    return False
