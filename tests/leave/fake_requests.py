"""A fake of the port `Requests`, no kinder than DynamoDB; a contract test holds it to that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError
from leave.domain.ledger import Ledger
from leave.domain.values import replace
from leave.services.ports import Page
from tests.leave.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leave.domain.history import Event
    from leave.domain.request import LeaveRequest
    from leave.services.ports import IdempotencyKey, IdempotencyRecord


def the_end_of_time() -> datetime:
    """Return when every answer is final."""
    return datetime.max.replace(tzinfo=UTC)


@dataclass(kw_only=True)
class FakeRequests:
    """Requests, ledgers and keys in memory, under real optimistic locking.

    `now` tells which answers are final. `read_years` tells which years of whom were read, call by
    call.
    """

    now: Callable[[], datetime] = the_end_of_time
    hooks: Hooks = field(default_factory=Hooks)
    stored: dict[str, LeaveRequest] = field(default_factory=dict)
    books: dict[tuple[str, int], Ledger] = field(default_factory=dict)
    keys: dict[IdempotencyKey, IdempotencyRecord] = field(default_factory=dict)
    read_years: list[tuple[tuple[str, ...], tuple[int, ...]]] = field(default_factory=list)

    def get(self, request_id: str) -> LeaveRequest | None:
        with self.hooks.around("get"):
            return self.stored.get(request_id)

    def newest(self, employee_id: str, *, before: str | None, limit: int) -> Page:
        with self.hooks.around("newest"):
            ids = sorted(
                request_id
                for request_id, request in self.stored.items()
                if request.employee.employee_id == employee_id
                and (before is None or request_id < before)
            )[: -limit - 1 : -1]
            return Page(
                requests=[self.stored[request_id] for request_id in ids],
                cursor=ids[-1] if len(ids) == limit else None,
            )

    def made_since(self, employee_ids: Sequence[str], moment: datetime) -> Sequence[str]:
        with self.hooks.around("made_since"):
            return [
                request_id
                for who in employee_ids
                for request_id, request in sorted(self.stored.items())
                if request.employee.employee_id == who and request.history[0].at >= moment
            ]

    def histories(self, request_ids: Sequence[str]) -> Mapping[str, Sequence[Event]]:
        with self.hooks.around("histories"):
            stored = self.stored
            return {one: list(stored[one].history) for one in request_ids if one in stored}

    def ledgers(
        self, employee_ids: Sequence[str], years: Sequence[int]
    ) -> Mapping[tuple[str, int], Ledger]:
        with self.hooks.around("ledgers"):
            self.read_years.append((tuple(employee_ids), tuple(years)))
            return {(who, year): self.book(who, year) for who in employee_ids for year in years}

    def idempotency_record(self, key: IdempotencyKey) -> IdempotencyRecord | None:
        with self.hooks.around("idempotency_record"):
            return self.keys.get(key)

    def add(
        self,
        request: LeaveRequest,
        ledgers: Sequence[Ledger],
        idempotency_record: IdempotencyRecord | None,
    ) -> None:
        with self.hooks.around("add"):
            is_known = request.request_id in self.stored
            self._write(ledgers, idempotency_record, conflict=is_known)
            self.stored[request.request_id] = request

    def keep(self, idempotency_record: IdempotencyRecord) -> None:
        with self.hooks.around("keep"):
            self._write((), idempotency_record)

    def replace(
        self,
        before: LeaveRequest,
        after: LeaveRequest,
        ledgers: Sequence[Ledger] = (),
        idempotency_record: IdempotencyRecord | None = None,
    ) -> None:
        with self.hooks.around("replace"):
            stored = self.stored.get(before.request_id)
            is_another = stored is None or stored.version != before.version
            self._write(ledgers, idempotency_record, conflict=is_another)
            self.stored[after.request_id] = after

    def write_ledgers(
        self, ledgers: Sequence[Ledger], idempotency_record: IdempotencyRecord | None = None
    ) -> None:
        with self.hooks.around("write_ledgers"):
            self._write(ledgers, idempotency_record)

    def put(self, request: LeaveRequest) -> None:
        """Store a request as a test's starting point, booked, whatever was there."""
        owner, bookings = request.employee.employee_id, request.bookings()
        self.stored[request.request_id] = request
        for year in {*bookings, *(year for who, year in self.books if who == owner)}:
            old = self.book(owner, year)
            new = old.without(request.request_id)
            if year in bookings:
                new = new.with_booking(bookings[year])
            if new != old:
                self._write([new])

    def book(self, employee_id: str, year: int) -> Ledger:
        """Return the ledger of a year as it is now."""
        book = self.books.get((employee_id, year), Ledger(employee_id=employee_id, year=year))
        return book.at(self.now())

    def booked(self, employee_id: str, year: int) -> float:
        """Return the days booked in a year as they are now."""
        return float(sum(booking.days for booking in self.book(employee_id, year).bookings))

    def __getitem__(self, request_id: str) -> LeaveRequest:
        return self.stored[request_id]

    def _write(
        self,
        ledgers: Sequence[Ledger],
        record: IdempotencyRecord | None = None,
        *,
        conflict: bool = False,
    ) -> None:
        earlier = record and self.keys.get(record.key)
        conflict = conflict or bool(record and earlier and record.at < earlier.until)
        keys = [(ledger.employee_id, ledger.year) for ledger in ledgers]
        assert len(keys) == len(set(keys)), "DynamoDB writes an item once in a transaction"
        if conflict or any(
            self.book(*key).version != ledger.version
            for key, ledger in zip(keys, ledgers, strict=True)
        ):
            raise ConflictError("somebody else wrote first")
        for key, ledger in zip(keys, ledgers, strict=True):
            self.books[key] = replace(ledger, version=ledger.version + 1)
        if record is not None:
            self.keys[record.key] = record
