"""Reading in one call what is needed together, and once what is asked for often.

Whatever decides by what it reads makes a new memory for each attempt, so that nothing in it is
older than the attempt. The daily sweep has one for as long as it may be behind.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from leave.services.record_ports import Found

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from leave.domain.employees import Employee
    from leave.domain.ledgers import Ledger
    from leave.domain.requests import LeaveRequest
    from leave.services.ports import IdempotencyRecord
    from leave.services.record_ports import Records

MOST = 2_000
"""How many of each kind are remembered, so that memory stays bounded."""


Key = TypeVar("Key", bound=Hashable)


@dataclass(kw_only=True, slots=True, eq=False)
class Remembering:
    """Fills in for what reads single records; asks for those only that it does not know yet."""

    records: Records
    _known: Found = field(default_factory=Found)

    def expect(
        self,
        *,
        requests: Iterable[str] = (),
        employees: Iterable[str] = (),
        emails: Iterable[str] = (),
        ledgers: Iterable[tuple[str, int]] = (),
        idempotency_records: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Read what will be asked for, all of it in one call."""
        known = self._known
        new_requests = _unknown(known.requests, requests)
        new_employees = _unknown(known.employees, employees)
        new_emails = _unknown(known.emails, map(str.lower, emails))
        new_ledgers = _unknown(known.ledgers, ledgers)
        new_replays = _unknown(known.idempotency_records, idempotency_records)
        if new_requests or new_employees or new_emails or new_ledgers or new_replays:
            found = self.records.read(
                requests=new_requests,
                employees=new_employees,
                emails=new_emails,
                ledgers=new_ledgers,
                idempotency_records=new_replays,
            )
            known.requests.update(found.requests)
            known.employees.update(found.employees)
            known.emails.update(found.emails)
            known.ledgers.update(found.ledgers)
            known.idempotency_records.update(found.idempotency_records)

    def get(self, request_id: str) -> LeaveRequest | None:
        """Return the request."""
        self.expect(requests=[request_id])
        return self._known.requests[request_id]

    def by_id(self, employee_id: str) -> Employee | None:
        """Return the employee with this id."""
        self.expect(employees=[employee_id])
        return self._known.employees[employee_id]

    def by_email(self, email: str) -> Employee | None:
        """Return the employee with this mail address, whatever its case."""
        self.expect(emails=[email])
        return self._known.emails[email.lower()]

    def ledgers(
        self, employee_ids: Sequence[str], years: Sequence[int]
    ) -> Mapping[tuple[str, int], Ledger]:
        """Return the ledger of each employee and year."""
        keys = [(who, year) for who in employee_ids for year in years]
        self.expect(ledgers=keys)
        return {key: self._known.ledgers[key] for key in keys}

    def idempotency_record(self, caller: str, key: str) -> IdempotencyRecord | None:
        """Return what this Idempotency-Key of this caller was used for."""
        self.expect(idempotency_records=[(caller, key)])
        return self._known.idempotency_records[caller, key]


def _unknown(known: dict[Key, Any], keys: Iterable[Key]) -> Collection[Key]:
    """Return which of these keys are to be read: all of them when the memory was full."""
    asked = list(dict.fromkeys(keys))
    missing = [key for key in asked if key not in known]
    if missing and len(known) >= MOST:
        known.clear()
        return asked
    return missing
