"""Leave requests, yearly ledgers and idempotency keys in the table.

| item | pk | sk |
|---|---|---|
| request | `REQUEST#<id>` | `REQUEST` |
| an employee's list of requests, oldest first | `EMPLOYEE#<id>` | `REQUEST#<request id>` |
| ledger of a year | `EMPLOYEE#<id>` | `LEDGER#<year>` |
| idempotency key | `EMPLOYEE#<id>` | `IDEMPOTENCY#<digest of the key>` |
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leave.adapters.dynamodb.records import (
    booking_to_item,
    ledger_from_item,
    request_from_item,
    request_to_item,
)
from leave.domain.ledgers import Ledger
from leave.services.ports import Replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leave.adapters.dynamodb.table import Table
    from leave.domain.ledgers import Booking
    from leave.domain.requests import LeaveRequest

_NEW = "attribute_not_exists(pk)"
_REPLAY_SECONDS = 7 * 24 * 3600


def _owner(employee_id: str) -> str:
    return f"EMPLOYEE#{employee_id}"


def _ledger_key(employee_id: str, year: int) -> tuple[str, str]:
    return _owner(employee_id), f"LEDGER#{year}"


def _replay_key(employee_id: str, key: str) -> tuple[str, str]:
    # Hashed, because a sort key holds 1,024 bytes and a client's header may hold more.
    return _owner(employee_id), f"IDEMPOTENCY#{hashlib.sha256(key.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class DynamoRequests:
    """Implements `Requests`."""

    table: Table

    def get(self, request_id: str) -> LeaveRequest | None:
        """Return the request."""
        item = self.table.get(f"REQUEST#{request_id}", "REQUEST")
        return request_from_item(item) if item else None

    def ledgers(self, employee_id: str, years: Sequence[int]) -> Mapping[int, Ledger]:
        """Return the employee's ledger of each of these years, in one read."""
        keys = {year: _ledger_key(employee_id, year) for year in years}
        items = self.table.get_many(keys.values())
        return {
            year: ledger_from_item(items[key])
            if key in items
            else Ledger(employee_id=employee_id, year=year)
            for year, key in keys.items()
        }

    def replay(self, employee_id: str, key: str) -> Replay | None:
        """Return what this Idempotency-Key of this employee was used for."""
        item = self.table.get(*_replay_key(employee_id, key))
        if item is None:
            return None
        return Replay(key=key, body_digest=item["bodyDigest"], request_id=item["requestId"])

    def add(
        self, request: LeaveRequest, ledgers: Mapping[int, Ledger], replay: Replay | None
    ) -> None:
        """Write the request, its bookings and the Idempotency-Key in one transaction."""
        owner = _owner(request.employee.employee_id)
        listed = {"pk": owner, "sk": f"REQUEST#{request.request_id}"}
        operations: list[dict[str, Any]] = [
            {"Put": self.table.putting(request_to_item(request), condition=_NEW)},
            {"Put": self.table.putting(listed, condition=_NEW)},
        ]
        for year, booking in request.bookings().items():
            operations.append(self._booked(ledgers[year], booking))
        if replay is not None:
            pk, sk = _replay_key(request.employee.employee_id, replay.key)
            item = {
                "pk": pk,
                "sk": sk,
                "bodyDigest": replay.body_digest,
                "requestId": replay.request_id,
                "expiresAt": int(time.time()) + _REPLAY_SECONDS,
            }
            operations.append({"Put": self.table.putting(item, condition=_NEW)})
        self.table.write(*operations)

    def replace(self, before: LeaveRequest, after: LeaveRequest) -> None:
        """Write `after` and the bookings that differ, if the stored version is `before`'s."""
        put = self.table.putting(
            request_to_item(after),
            condition="version = :before",
            values={":before": before.version},
        )
        if rebooked := list(self._rebooked(before, after)):
            self.table.write({"Put": put}, *rebooked)
        else:
            self.table.put(put)

    def _booked(self, ledger: Ledger, booking: Booking) -> dict[str, Any]:
        pk, sk = _ledger_key(ledger.employee_id, ledger.year)
        if ledger.version == 0:
            item = {
                "pk": pk,
                "sk": sk,
                "employeeId": ledger.employee_id,
                "year": ledger.year,
                "version": 1,
                "bookings": {booking.request_id: booking_to_item(booking)},
            }
            return {"Put": self.table.putting(item, condition=_NEW)}
        return {
            "Update": self.table.updating(
                pk,
                sk,
                update="SET bookings.#id = :booking ADD version :one",
                condition="version = :version",
                names={"#id": booking.request_id},
                values={
                    ":booking": booking_to_item(booking),
                    ":one": 1,
                    ":version": ledger.version,
                },
            )
        }

    def _rebooked(self, before: LeaveRequest, after: LeaveRequest) -> Iterator[dict[str, Any]]:
        """Yield the ledger writes; the request's own version guards them all."""
        old, new = before.bookings(), after.bookings()
        for year in sorted(old.keys() | new.keys()):
            if (booking := new.get(year)) == old.get(year):
                continue
            pk, sk = _ledger_key(after.employee.employee_id, year)
            values: dict[str, Any] = {":one": 1}
            if booking is not None:
                values[":booking"] = booking_to_item(booking)
            yield {
                "Update": self.table.updating(
                    pk,
                    sk,
                    update="SET bookings.#id = :booking ADD version :one"
                    if booking
                    else "REMOVE bookings.#id ADD version :one",
                    condition="attribute_exists(pk)",
                    names={"#id": after.request_id},
                    values=values,
                )
            }
