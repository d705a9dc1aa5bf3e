"""Leave requests, yearly ledgers and idempotency keys in the table.

| item | pk | sk |
|---|---|---|
| request | `REQUEST#<id>` | `REQUEST` |
| an employee's list of requests, oldest first | `REQUESTS#<employee id>` | `REQUEST#<request id>` |
| ledger of a year | `LEDGER#<employee id>` | `LEDGER#<year>` |
| idempotency key | `IDEMPOTENCY#<id or address of a caller>` | `IDEMPOTENCY#<digest>` |

Each kind has partition keys of its own, since a function's rights are given by them.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import ValidationError

from leave.adapters.dynamodb.ledgers import (
    costs_from_text,
    costs_to_text,
    ledger_from_item,
    ledger_key,
    ledger_to_item,
)
from leave.adapters.dynamodb.table import (
    NewerFormError,
    check_form,
    index_key,
    value_from_item,
    value_to_item,
    values_from_items,
)
from leave.adapters.system import present_moment, request_id_of
from leave.domain.history import Event
from leave.domain.ledger import Ledger
from leave.domain.request import LeaveRequest
from leave.domain.values import replace
from leave.services.ports import IdempotencyKey, IdempotencyRecord, Metric, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from leave.adapters.dynamodb.table import Item, Table
    from leave.services.ports import Metrics

_log = logging.getLogger(__name__)
_BROKEN = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    *(ValidationError, NewerFormError),
)
"""What reading an item raises that was written by hand, or by another version."""
_NEW = "attribute_not_exists(pk)"
_UNCHANGED = "version = :before"
_LISTED = "REQUEST#"
# As many as a client of botocore keeps connections.
_QUERIES_AT_ONCE = 10
_FREE = "attribute_not_exists(pk) OR expiresAt <= :now"
# Its digest is the item's key, and the text itself is stored nowhere.
_NO_KEY = IdempotencyKey(caller="", route="", key="")


def idempotency_key_of(key: IdempotencyKey) -> tuple[str, str]:
    """Return the key of what an Idempotency-Key stands for."""
    # Hashed, because a sort key holds 1,024 bytes and a client's header may hold more.
    digest = hashlib.sha256(json.dumps([key.route, key.key]).encode()).hexdigest()
    return f"IDEMPOTENCY#{key.caller}", f"IDEMPOTENCY#{digest}"


def idempotency_record_from_item(key: IdempotencyKey, item: Item) -> IdempotencyRecord:
    """Read what an Idempotency-Key stands for."""
    check_form(item)
    return replace(value_from_item(item | {"key": _NO_KEY}, IdempotencyRecord), key=key)


def idempotency_puts(table: Table, record: IdempotencyRecord | None) -> Iterator[dict[str, Any]]:
    """Yield the arguments of the put of what a free Idempotency-Key stands for, if there is one."""
    if record is None:
        return
    pk, sk = idempotency_key_of(record.key)
    item = value_to_item(replace(record, key=_NO_KEY)) | {
        "pk": pk,
        "sk": sk,
        # DynamoDB may delete it a good while later.
        "expiresAt": int(record.until.timestamp()),
    }
    del item["key"]
    now = {":now": int(record.at.timestamp())}
    yield table.put_request(item, condition=_FREE, values=now)


def listed_key(employee_id: str, request_id: str) -> tuple[str, str]:
    """Return the key of a request's entry in its employee's list."""
    return f"REQUESTS#{employee_id}", _LISTED + request_id


def read_apart(
    read: Callable[[Sequence[str]], Sequence[LeaveRequest]],
    request_ids: Sequence[str],
    metrics: Metrics | None,
) -> Iterator[LeaveRequest]:
    """Read all at once; one at a time where one of them is no record, to have the others."""
    try:
        yield from read(request_ids)
    except _BROKEN:
        if len(request_ids) == 1:
            _log.exception("record cannot be read", extra={"leaveRequestId": request_ids[0]})
            if metrics is not None:
                metrics.put(Metric.SWEEP_FAILURES)
            return
        for request_id in request_ids:
            yield from read_apart(read, [request_id], metrics)


@dataclass(slots=True, eq=False)
class DynamoRequests:
    """Implements `Requests`."""

    table: Table
    now: Callable[[], datetime] = present_moment
    metrics: Metrics | None = None

    def get(self, request_id: str) -> LeaveRequest | None:
        """Return the request."""
        item = self.table.get(*request_key(request_id))
        return request_from_item(item) if item else None

    def newest(self, employee_id: str, *, before: str | None, limit: int) -> Page:
        """Return up to `limit` requests of an employee that are older than the cursor `before`.

        One that cannot be read is logged and left out.
        """
        listed = self.table.query(
            f"REQUESTS#{employee_id}",
            _LISTED,
            before=before and _LISTED + before,
            limit=limit,
        )
        ids = [item["sk"].removeprefix(_LISTED) for item in listed]
        return Page(
            requests=list(read_apart(self.get_all, ids, self.metrics)),
            cursor=ids[-1] if len(ids) == limit else None,
        )

    def get_all(self, request_ids: Sequence[str]) -> Sequence[LeaveRequest]:
        """Return those of these requests that exist, in this order."""
        keys = [request_key(request_id) for request_id in request_ids]
        items = self.table.get_many(keys)
        return [request_from_item(items[key]) for key in keys if key in items]

    def ledgers(
        self, employee_ids: Sequence[str], years: Sequence[int]
    ) -> Mapping[tuple[str, int], Ledger]:
        """Return the ledger of each employee and year, empty where nothing was ever booked."""
        keys = {(who, year): ledger_key(who, year) for who in employee_ids for year in years}
        items = self.table.get_many(keys.values())
        return {
            (who, year): ledger_from_item(items[key]).at(self.now())
            if key in items
            else Ledger(employee_id=who, year=year)
            for (who, year), key in keys.items()
        }

    def made_since(self, employee_ids: Sequence[str], moment: datetime) -> Sequence[str]:
        """Return the ids of all requests of these employees that were made since a moment.

        A query each, several at a time.
        """
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - few functions need it

        first = request_id_of(moment)

        def ids(employee_id: str) -> list[str]:
            listed = self.table.query(f"REQUESTS#{employee_id}", _LISTED, since=_LISTED + first)
            return [item["sk"].removeprefix(_LISTED) for item in listed]

        with ThreadPoolExecutor(_QUERIES_AT_ONCE) as pool:
            return [one for some in pool.map(ids, employee_ids) for one in some]

    def histories(self, request_ids: Sequence[str]) -> Mapping[str, Sequence[Event]]:
        """Return the histories of those of these requests that exist, and read nothing else."""
        keys = [request_key(request_id) for request_id in request_ids]
        found = self.table.get_many(keys, only=("history", "schema"))
        return {
            pk.removeprefix("REQUEST#"): values_from_items(check_form(item)["history"], Event)
            for (pk, _), item in found.items()
        }

    def add(
        self,
        request: LeaveRequest,
        ledgers: Sequence[Ledger],
        idempotency_record: IdempotencyRecord | None,
    ) -> None:
        """Write the request, the changed ledgers and the Idempotency-Key in one transaction."""
        pk, sk = listed_key(request.employee.employee_id, request.request_id)
        new = [request_to_item(request), {"pk": pk, "sk": sk}]
        puts = [self.table.put_request(item, condition=_NEW) for item in new]
        self._write(*puts, *idempotency_puts(self.table, idempotency_record), *self._puts(ledgers))

    def keep(self, idempotency_record: IdempotencyRecord) -> None:
        """Write what an Idempotency-Key stands for."""
        self._write(*idempotency_puts(self.table, idempotency_record))

    def replace(
        self,
        before: LeaveRequest,
        after: LeaveRequest,
        ledgers: Sequence[Ledger] = (),
        idempotency_record: IdempotencyRecord | None = None,
    ) -> None:
        """Write `after` and the others, if the stored version is `before`'s."""
        put = self.table.put_request(
            request_to_item(after), condition=_UNCHANGED, values={":before": before.version}
        )
        self._write(put, *idempotency_puts(self.table, idempotency_record), *self._puts(ledgers))

    def write_ledgers(
        self, ledgers: Sequence[Ledger], idempotency_record: IdempotencyRecord | None = None
    ) -> None:
        """Write changed ledgers, all or nothing."""
        self._write(*idempotency_puts(self.table, idempotency_record), *self._puts(ledgers))

    def _write(self, *puts: Mapping[str, Any]) -> None:
        if len(puts) == 1:
            self.table.put(puts[0])  # half the price of a transaction
        elif puts:
            self.table.write(*({"Put": put} for put in puts))

    def _puts(self, ledgers: Iterable[Ledger]) -> Iterator[dict[str, Any]]:
        for ledger in ledgers:
            item = ledger_to_item(ledger)
            if ledger.version:
                values = {":before": ledger.version}
                yield self.table.put_request(item, condition=_UNCHANGED, values=values)
            else:
                yield self.table.put_request(item, condition=_NEW)


def request_key(request_id: str) -> tuple[str, str]:
    """Return the key of a request."""
    return f"REQUEST#{request_id}", "REQUEST"


def request_to_item(request: LeaveRequest) -> Item:
    """Return the item of a request."""
    pk, sk = request_key(request.request_id)
    item: Item = {"pk": pk, "sk": sk} | value_to_item(request) | index_key(request)
    counts = request.plan.counts.items()
    item["plan"]["counts"] = {str(year): costs_to_text(count) for year, count in counts}
    return item


def request_from_item(item: Item) -> LeaveRequest:
    """Read a request."""
    check_form(item)
    counts = item["plan"]["counts"].items()
    plan = item["plan"] | {"counts": {int(year): costs_from_text(text) for year, text in counts}}
    read = {"question": item.get("question"), "plan": plan}
    return value_from_item(item | read, LeaveRequest)
