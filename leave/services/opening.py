"""Opening an employee's accounts from the stored ledgers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leave.domain.accounts import Accounts, carry_over_basis
from leave.domain.rules import FURTHEST_DAYS

if TYPE_CHECKING:
    from datetime import date

    from leave.domain.employees import Employee
    from leave.domain.ledgers import Ledger
    from leave.domain.rules import Rules
    from leave.services.unit_of_work import UnitOfWork


def open_accounts(  # noqa: PLR0913 - where, whose, by what, when, and how far
    uow: UnitOfWork,
    employee: Employee,
    rules: Rules,
    today: date,
    *,
    year: int | None = None,
    until: int | None = None,
) -> Accounts:
    """Return the accounts from last year to the furthest leave there can be, with `year`, `until`.

    One read, however long the employee's history: last year's ledger holds what came before it.
    Where it was never written, or was worked out by other rules or contracts than today's, all
    years before it are read too, in one more read.
    """
    years = usual_years(today, since=employee.accounts_since, year=year, until=until)
    ledgers = _read(uow, employee, years)
    if earlier := earlier_years(employee, rules, ledgers[years.start]):
        ledgers |= _read(uow, employee, earlier)
    return Accounts.opened(employee, rules, dict(sorted(ledgers.items())))


def earlier_years(employee: Employee, rules: Rules, first: Ledger) -> range:
    """Return the years that are read too when the usual ones begin with the ledger `first`."""
    since, year = employee.accounts_since, first.year
    if year > since and first.carried_by != carry_over_basis(employee, rules, year):
        return range(since, year)
    return range(0)


def usual_years(
    today: date,
    *,
    since: int | None = None,
    year: int | None = None,
    until: int | None = None,
) -> range:
    """Return the years whose ledgers open the accounts of whoever has them `since` a year."""
    last = max(furthest_year(today), year or 0, until or 0)
    first = min(today.year - 1, last if year is None else year)
    return range(first if since is None else max(since, first), last + 1)


def furthest_year(today: date) -> int:
    """Return the last year with accounts: no leave can have been booked after it.

    Not today's horizon: leave may have been booked while it was further away.
    """
    return (today + timedelta(days=FURTHEST_DAYS)).year


def _read(uow: UnitOfWork, employee: Employee, years: range) -> dict[int, Ledger]:
    found = uow.ledgers([employee.employee_id], list(years))
    return {year: ledger for (_, year), ledger in found.items()}
