"""Employees who could not work with a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.directory.file import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from cli.directory.file import DirectoryFile
    from leave.config import Environment


def unusable(
    read: DirectoryFile, configured: Environment, today: date, *, stage: str
) -> Iterator[Problem]:
    """Yield a mistake for each address and holiday calendar that a stage does not know.

    Employees who have left need neither.
    """
    domain = (configured.optional("LEAVE_COMPANY_DOMAIN") or "").lower()
    calendars = configured.holiday_calendars()
    # Whether an employee has left is unknown where that cell is wrong.
    undated = {problem.line for problem in read.problems if problem.message.startswith("endDate:")}
    for line, employee in read.lines():
        if line in undated or employee.has_left(today):
            continue
        if domain and employee.email and not employee.email.lower().endswith(f"@{domain}"):
            message = (
                f"email: {employee.email} cannot sign in, since the stage lets only addresses at"
                f" {domain} in; correct it, or `leave:company-domain`"
            )
            yield Problem(line=line, message=message)
        if employee.holidays and employee.holidays not in calendars:
            known = f"only {', '.join(sorted(calendars))}" if calendars else "no calendar at all"
            message = (
                f"holidays: the stage does not have the calendar {employee.holidays}, but {known};"
                " correct it, or add it to `leave:holiday-calendars` and run"
                f" `pulumi up -s {stage}`"
            )
            yield Problem(line=line, message=message)
