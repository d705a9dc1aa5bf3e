"""Records of several kinds, read from the table in one call.

BatchGetItem reads up to 100 items, each as consistently as GetItem and at the same price:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
The items are not read at one moment together. Neither are those of two calls, and every write
names the version that it was decided by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leave.adapters.dynamodb.delegations import delegation_from_item, delegation_key
from leave.adapters.dynamodb.directory import email_key, employee_from_item, employee_key
from leave.adapters.dynamodb.ledgers import ledger_from_item, ledger_key
from leave.adapters.dynamodb.requests import (
    idempotency_key_of,
    idempotency_record_from_item,
    request_from_item,
    request_key,
)
from leave.adapters.system import present_moment
from leave.domain.ledger import Ledger
from leave.services.ports import (
    DelegationKey,
    EmailKey,
    EmployeeKey,
    IdempotencyKey,
    LedgerKey,
    RecordKey,
    RequestKey,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from leave.adapters.dynamodb.table import Item, Table


@dataclass(frozen=True, slots=True)
class DynamoRecords:
    """Implements `Records`."""

    table: Table
    now: Callable[[], datetime] = present_moment

    def read(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Any]:
        """Return the record of each key; one call for each hundred, GetItem for a single one."""
        item_keys = {key: _item_key(key) for key in keys}
        if len(item_keys) == 1:
            ((key, item_key),) = item_keys.items()
            return {key: _record(key, self.table.get(*item_key), self.now())}
        items = self.table.get_many(list(item_keys.values()))
        now = self.now()
        return {key: _record(key, items.get(item_keys[key]), now) for key in keys}


def _item_key(key: RecordKey) -> tuple[str, str]:
    match key:
        case RequestKey():
            return request_key(key.request_id)
        case EmployeeKey():
            return employee_key(key.employee_id)
        case EmailKey():
            return email_key(key.email)
        case LedgerKey():
            return ledger_key(key.employee_id, key.year)
        case IdempotencyKey():
            return idempotency_key_of(key)
        case DelegationKey():
            return delegation_key(key.employee_id)


def _record(key: RecordKey, item: Item | None, now: datetime) -> Any:
    if item is None:
        is_ledger = isinstance(key, LedgerKey)
        return Ledger(employee_id=key.employee_id, year=key.year) if is_ledger else None
    match key:
        case RequestKey():
            return request_from_item(item)
        case EmployeeKey() | EmailKey():
            return employee_from_item(item)
        case LedgerKey():
            return ledger_from_item(item).at(now)
        case IdempotencyKey():
            return idempotency_record_from_item(key, item)
        case DelegationKey():
            return delegation_from_item(item)
