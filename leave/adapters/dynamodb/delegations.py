"""Delegations in the table: pk `DELEGATION#<employee id>`, sk `DELEGATION`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.adapters.dynamodb.requests import idempotency_puts
from leave.adapters.dynamodb.table import (
    check_form,
    delegation_index_key,
    value_from_item,
    value_to_item,
)
from leave.domain.delegation import Delegation
from leave.domain.values import replace

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Item, Table
    from leave.services.ports import IdempotencyRecord


def delegation_key(employee_id: str) -> tuple[str, str]:
    """Return the key of an employee's delegation."""
    return f"DELEGATION#{employee_id}", "DELEGATION"


def delegation_to_item(delegation: Delegation) -> Item:
    """Return the item of a delegation as it will be once written: one version on."""
    pk, sk = delegation_key(delegation.employee_id)
    written = value_to_item(replace(delegation, version=delegation.version + 1))
    return {"pk": pk, "sk": sk, **written, **delegation_index_key(delegation)}


def delegation_from_item(item: Item) -> Delegation:
    """Read a delegation."""
    check_form(item)
    return value_from_item(item, Delegation)


@dataclass(slots=True, eq=False)
class DynamoDelegations:
    """Implements `Delegations`."""

    table: Table

    def write(
        self, delegation: Delegation, idempotency_record: IdempotencyRecord | None = None
    ) -> None:
        """Write a delegation and what an Idempotency-Key stands for, all or nothing."""
        item = delegation_to_item(delegation)
        if delegation.version:
            values = {":before": delegation.version}
            put = self.table.put_request(item, condition="version = :before", values=values)
        else:
            put = self.table.put_request(item, condition="attribute_not_exists(pk)")
        keeping = [*idempotency_puts(self.table, idempotency_record)]
        if keeping:
            self.table.write(*({"Put": one} for one in (put, *keeping)))
        else:
            self.table.put(put)
