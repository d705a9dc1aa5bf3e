"""A fake of the port `Records`, over the other two fakes; a contract test holds it to that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.services.record_ports import Found

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.leave.fake_requests import FakeRequests
    from tests.leave.fakes import FakeDirectory


@dataclass(frozen=True, kw_only=True)
class FakeRecords:
    """Reads from the fakes, so that what is hooked to their calls happens."""

    directory: FakeDirectory
    requests: FakeRequests

    def read(
        self,
        *,
        requests: Collection[str] = (),
        employees: Collection[str] = (),
        emails: Collection[str] = (),
        ledgers: Collection[tuple[str, int]] = (),
        idempotency_records: Collection[tuple[str, str]] = (),
    ) -> Found:
        years: dict[tuple[str, ...], list[int]] = {}
        for year in sorted({year for _, year in ledgers}):
            people = tuple(who for who, of in ledgers if of == year)
            years.setdefault(people, []).append(year)
        found = Found(
            requests={one: self.requests.get(one) for one in requests},
            employees={one: self.directory.by_id(one) for one in employees},
            emails={one: self.directory.by_email(one) for one in emails},
            idempotency_records={
                key: self.requests.idempotency_record(*key) for key in idempotency_records
            },
        )
        for people, some in years.items():
            found.ledgers.update(self.requests.ledgers(people, some))
        return found
