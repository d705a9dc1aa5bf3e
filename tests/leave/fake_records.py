"""A fake of the port `Records`, over the other two fakes; a contract test holds it to that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leave.services.ports import (
    DelegationKey,
    EmailKey,
    EmployeeKey,
    IdempotencyKey,
    LedgerKey,
    RequestKey,
)
from tests.leave.fake_delegations import FakeDelegations

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leave.services.ports import RecordKey
    from tests.leave.fake_requests import FakeRequests
    from tests.leave.fakes import FakeDirectory


@dataclass(frozen=True, kw_only=True)
class FakeRecords:
    """Reads from the fakes, so that what is hooked to their calls happens."""

    directory: FakeDirectory
    requests: FakeRequests
    delegations: FakeDelegations = field(default_factory=FakeDelegations)

    def read(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Any]:
        years: dict[tuple[str, ...], list[int]] = {}
        ledger_keys = [key for key in keys if isinstance(key, LedgerKey)]
        for year in sorted({key.year for key in ledger_keys}):
            people = tuple(key.employee_id for key in ledger_keys if key.year == year)
            years.setdefault(people, []).append(year)
        found: dict[RecordKey, Any] = {
            key: self.one(key) for key in keys if not isinstance(key, LedgerKey)
        }
        for people, some in years.items():
            for (one, year), ledger in self.requests.ledgers(people, some).items():
                found[LedgerKey(employee_id=one, year=year)] = ledger
        return found

    def one(self, key: RecordKey) -> Any:
        match key:
            case RequestKey():
                return self.requests.get(key.request_id)
            case EmployeeKey():
                return self.directory.by_id(key.employee_id)
            case EmailKey():
                return self.directory.by_email(key.email)
            case LedgerKey():
                name = key.employee_id, key.year
                return self.requests.ledgers([name[0]], [name[1]])[name]
            case IdempotencyKey():
                return self.requests.idempotency_record(key)
            case DelegationKey():
                return self.delegations.of(key.employee_id)
