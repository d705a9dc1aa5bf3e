"""Employees who could not sign in at a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.directory.file import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from cli.directory.file import DirectoryFile


def unusable(read: DirectoryFile, domain: str, today: date) -> Iterator[Problem]:
    """Yield a mistake for each address outside the domain of a stage, but for those who left."""
    for line, employee in read.employees.items():
        if not employee.has_left(today) and not employee.email.lower().endswith(f"@{domain}"):
            message = (
                f"email: {employee.email} cannot sign in, since the stage lets only addresses at"
                f" {domain} in; correct it, or `leave:company-domain`"
            )
            yield Problem(line=line, message=message)
