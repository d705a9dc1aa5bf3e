"""Reading employees and ledgers once where many requests ask for the same ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leave.domain.employees import Employee
    from leave.domain.ledgers import Ledger
    from leave.services.ports import Directory, Requests

MOST = 2_000
"""How many of each kind are remembered, so that memory stays bounded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembering:
    """Fills in for `Employees` and `Ledgers`, for as long as one round may be behind."""

    directory: Directory
    requests: Requests
    _employees: dict[str, Employee | None] = field(default_factory=dict[str, "Employee | None"])
    _ledgers: dict[tuple[str, int], Ledger] = field(default_factory=dict[tuple[str, int], "Ledger"])

    def expect(self, employee_ids: Iterable[str]) -> None:
        """Read the employees that will be asked for, all at once."""
        wanted = {employee_id for employee_id in employee_ids if employee_id not in self._employees}
        if wanted:
            if len(self._employees) >= MOST:
                self._employees.clear()
            found = self.directory.by_ids(wanted)
            self._employees.update({who: found.get(who) for who in wanted})

    def by_id(self, employee_id: str) -> Employee | None:
        """Return the employee with this id."""
        self.expect([employee_id])
        return self._employees[employee_id]

    def ledgers(
        self, employee_ids: Sequence[str], years: Sequence[int]
    ) -> Mapping[tuple[str, int], Ledger]:
        """Return the ledger of each employee and year."""
        keys = [(who, year) for who in employee_ids for year in years]
        if not all(key in self._ledgers for key in keys):
            if len(self._ledgers) >= MOST:
                self._ledgers.clear()
            self._ledgers.update(self.requests.ledgers(employee_ids, years))
        return {key: self._ledgers[key] for key in keys}
