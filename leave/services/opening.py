"""Opening an employee's accounts from the stored ledgers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.accounts import Accounts

if TYPE_CHECKING:
    from datetime import date

    from leave.domain.employees import Employee
    from leave.domain.ledgers import Ledger
    from leave.domain.rules import Rules
    from leave.services.approvers import Ledgers


def open_accounts(  # noqa: PLR0913 - where, whose, by what, when, and how far
    stored: Ledgers,
    employee: Employee,
    rules: Rules,
    today: date,
    *,
    year: int | None = None,
    until: int | None = None,
) -> Accounts:
    """Return the accounts from last year to the planning horizon, and from `year` to `until`.

    One read, however long the employee's history: last year's ledger holds what came before it.
    Only where that ledger was never written are the years before it read too.
    """
    since = employee.accounts_since
    years = usual_years(rules, today, since=since, year=year, until=until)
    first = years.start
    ledgers = _read(stored, employee, years)
    while not ledgers[first].version and first > since:
        first -= 1
        ledgers = _read(stored, employee, range(first, first + 1)) | ledgers
    return Accounts.opened(employee, rules, dict(sorted(ledgers.items())))


def usual_years(
    rules: Rules,
    today: date,
    *,
    since: int | None = None,
    year: int | None = None,
    until: int | None = None,
) -> range:
    """Return the years whose ledgers open the accounts of whoever has them `since` a year."""
    last = max(rules.horizon(today).year, year or 0, until or 0)
    first = min(today.year - 1, last if year is None else year)
    return range(first if since is None else max(since, first), last + 1)


def _read(stored: Ledgers, employee: Employee, years: range) -> dict[int, Ledger]:
    found = stored.ledgers([employee.employee_id], list(years))
    return {year: ledger for (_, year), ledger in found.items()}
