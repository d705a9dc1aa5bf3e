"""Records of several kinds, read from the table in one call.

BatchGetItem reads up to 100 items, each as consistently as GetItem and at the same price:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
The items are not read at one moment together. Neither are those of two calls, and every write
names the version that it was decided by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.adapters.clock import present_moment
from leave.adapters.dynamodb.directory import email_key, employee_key
from leave.adapters.dynamodb.ledgers import ledger_from_item, ledger_key
from leave.adapters.dynamodb.profiles import employee_from_item
from leave.adapters.dynamodb.records import request_from_item, request_key
from leave.adapters.dynamodb.requests import idempotency_key_of, idempotency_record_from_item
from leave.domain.ledgers import Ledger
from leave.services.record_ports import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from leave.adapters.dynamodb.table import Table
    from leave.domain.employees import Employee


@dataclass(frozen=True, slots=True)
class DynamoRecords:
    """Implements `Records`."""

    table: Table
    now: Callable[[], datetime] = present_moment

    def read(
        self,
        *,
        requests: Collection[str] = (),
        employees: Collection[str] = (),
        emails: Collection[str] = (),
        ledgers: Collection[tuple[str, int]] = (),
        idempotency_records: Collection[tuple[str, str]] = (),
    ) -> Found:
        """Return what there is for these keys; one call for each hundred."""
        items = self.table.get_many(
            [
                *map(request_key, requests),
                *map(employee_key, employees),
                *map(email_key, emails),
                *(ledger_key(*key) for key in ledgers),
                *(idempotency_key_of(*key) for key in idempotency_records),
            ]
        )

        def employee(key: tuple[str, str]) -> Employee | None:
            return employee_from_item(items[key]) if key in items else None

        found = Found(
            employees={who: employee(employee_key(who)) for who in employees},
            emails={email: employee(email_key(email)) for email in emails},
        )
        for request_id in requests:
            item = items.get(request_key(request_id))
            found.requests[request_id] = request_from_item(item) if item else None
        now = self.now()
        for who, year in ledgers:
            item = items.get(ledger_key(who, year))
            empty = Ledger(employee_id=who, year=year)
            found.ledgers[who, year] = ledger_from_item(item).at(now) if item else empty
        for who, key in idempotency_records:
            item = items.get(idempotency_key_of(who, key))
            found.idempotency_records[who, key] = (
                idempotency_record_from_item(who, key, item) if item else None
            )
        return found
