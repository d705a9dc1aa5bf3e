"""One attempt: cached reads, tracked writes, one conditional commit."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from leave.domain.errors import (
    ConflictError,
    UnavailableError,
    UnknownEmployeeError,
    UnknownRequestError,
)
from leave.domain.history import EventType, is_answer
from leave.services.ports import (
    DelegationKey,
    EmailKey,
    EmployeeKey,
    IdempotencyKey,
    LedgerKey,
    Metric,
    RequestKey,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from leave.domain.delegation import Delegation
    from leave.domain.employee import Employee
    from leave.domain.ledger import Ledger
    from leave.domain.request import LeaveRequest
    from leave.services.ports import (
        Directory,
        IdempotencyRecord,
        Metrics,
        Page,
        RecordKey,
        Records,
        Requests,
    )


_EVENTS: Mapping[EventType, Metric] = {
    EventType.REQUESTED: Metric.REQUESTS_MADE,
    EventType.RECORDED: Metric.REQUESTS_MADE,
    EventType.APPROVED: Metric.REQUESTS_APPROVED,
    EventType.DENIED: Metric.REQUESTS_DENIED,
    EventType.CANCELLATION_DECLINED: Metric.REQUESTS_DENIED,
    EventType.WITHDRAWN: Metric.REQUESTS_WITHDRAWN,
    EventType.CANCELLED: Metric.REQUESTS_CANCELLED,
    EventType.EXPIRED: Metric.REQUESTS_EXPIRED,
    EventType.CANCELLATION_EXPIRED: Metric.REQUESTS_EXPIRED,
    EventType.UNDONE: Metric.ANSWERS_UNDONE,
}
# What was undone and decided again has kept the employee waiting all the time.
_QUESTIONS = frozenset((EventType.REQUESTED, EventType.CHANGED, EventType.CANCELLATION_ASKED))


def count_events(metrics: Metrics, request: LeaveRequest, *, known: int) -> None:
    """Report the events of a request after the first `known`, once they are written.

    A call that is repeated writes nothing, so an event is counted once.
    """
    for event in request.history[known:]:
        if (metric := _EVENTS.get(event.type)) is not None:
            metrics.put(metric)
        if is_answer(event, request.history):
            asked = next(e.at for e in reversed(request.history) if e.type in _QUESTIONS)
            metrics.put(Metric.ANSWER_SECONDS, (event.at - asked).total_seconds())


CACHED = 2_000
"""How many cached records are too many: the next read of others begins with an empty cache.

So a long sweep needs a bounded amount of memory, whatever one read adds.
"""
ATTEMPTS = 8
_FIRST_PAUSE_SECONDS = 0.02

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(kw_only=True, slots=True, eq=False)
class UnitOfWork:
    """Reads each record once, and writes all changes in one conditional transaction.

    Whatever decides by what it reads needs a new unit for each attempt, so that no record is older
    than the attempt: the commit fails when one that is written was changed since. Without `metrics`
    no event is counted.
    """

    records: Records
    requests: Requests
    directory: Directory
    metrics: Metrics | None = None
    _cache: dict[RecordKey, Any] = field(default_factory=dict["RecordKey", Any])
    _assumed: dict[str, Employee] = field(default_factory=dict[str, "Employee"])
    _teams: dict[str, Sequence[Employee]] = field(default_factory=dict[str, "Sequence[Employee]"])
    _before: LeaveRequest | None = None
    _after: LeaveRequest | None = None
    _ledgers: tuple[Ledger, ...] = ()
    _idempotency_record: IdempotencyRecord | None = None

    def prefetch(  # noqa: PLR0913 - one for each kind of record
        self,
        *,
        requests: Iterable[str] = (),
        employees: Iterable[str] = (),
        emails: Iterable[str] = (),
        ledgers: Iterable[tuple[str, int]] = (),
        delegations: Iterable[str] = (),
        idempotency_records: Iterable[IdempotencyKey] = (),
    ) -> None:
        """Read records that will be needed, all of them in one call."""
        self._read(
            [
                *(RequestKey(request_id=one) for one in requests),
                *(EmployeeKey(employee_id=one) for one in employees),
                *(EmailKey(email=one.lower()) for one in emails),
                *(LedgerKey(employee_id=one, year=year) for one, year in ledgers),
                *(DelegationKey(employee_id=one) for one in delegations),
                *idempotency_records,
            ]
        )

    def find_request(self, request_id: str) -> LeaveRequest | None:
        """Return the request."""
        return self._one(RequestKey(request_id=request_id))

    def request(self, request_id: str) -> LeaveRequest:
        """Return the request, or raise `UnknownRequestError`."""
        if (request := self.find_request(request_id)) is None:
            raise UnknownRequestError(request_id)
        return request

    def find_employee(self, employee_id: str) -> Employee | None:
        """Return the employee with this id."""
        if employee_id in self._assumed:
            return self._assumed[employee_id]
        return self._one(EmployeeKey(employee_id=employee_id))

    def employee(self, employee_id: str) -> Employee:
        """Return the employee with this id, or raise `UnknownEmployeeError`."""
        if (employee := self.find_employee(employee_id)) is None:
            raise UnknownEmployeeError(employee_id)
        return employee

    def employee_by_email(self, email: str) -> Employee | None:
        """Return the employee with this mail address, whatever its case."""
        return self._one(EmailKey(email=email.lower()))

    def employee_by_feed(self, feed: str) -> Employee | None:
        """Return the employee whose calendar feed this opens, without its secret."""
        return self.directory.by_feed(feed)

    def newest(self, employee_id: str, *, before: str | None, limit: int) -> Page:
        """Return up to `limit` requests of an employee that are older than the cursor `before`."""
        return self.requests.newest(employee_id, before=before, limit=limit)

    def ledgers(
        self, employee_ids: Iterable[str], years: Iterable[int]
    ) -> Mapping[tuple[str, int], Ledger]:
        """Return the ledger of each employee and year."""
        keys = {
            (one, year): LedgerKey(employee_id=one, year=year)
            for one in employee_ids
            for year in years
        }
        self._read(keys.values())
        return {name: self._cache[key] for name, key in keys.items()}

    def delegation(self, employee_id: str) -> Delegation | None:
        """Return the last delegation of an employee, which may be over."""
        return self._one(DelegationKey(employee_id=employee_id))

    def idempotency_record(self, key: IdempotencyKey) -> IdempotencyRecord | None:
        """Return what an Idempotency-Key was used for."""
        return self._one(key)

    def team(self, lead_id: str) -> Sequence[Employee]:
        """Return the employees who have this lead, without the secrets of their feeds."""
        if lead_id not in self._teams:
            self._teams[lead_id] = self.directory.team(lead_id)
        return self._teams[lead_id]

    def assume(self, employees: Iterable[Employee]) -> None:
        """Take these employees as stored, such as those of a directory that is to be imported."""
        self._assumed.update((employee.employee_id, employee) for employee in employees)

    def add(self, request: LeaveRequest) -> None:
        """Write a new request with the commit."""
        self._refuse_second("request", self._after)
        self._after = request

    def replace(self, before: LeaveRequest, after: LeaveRequest) -> None:
        """Write `after` in the place of `before` with the commit."""
        self._refuse_second("request", self._after)
        self._before, self._after = before, after

    def save_ledgers(self, ledgers: Iterable[Ledger]) -> None:
        """Write changed ledgers with the commit, all of them given at once."""
        self._refuse_second("ledgers", self._ledgers)
        self._ledgers = tuple(ledgers)

    def save_idempotency_record(self, record: IdempotencyRecord) -> None:
        """Write what an Idempotency-Key stands for, with the commit."""
        self._refuse_second("idempotency record", self._idempotency_record)
        self._idempotency_record = record

    def commit(self) -> None:
        """Write all changes since the last commit, all or nothing, and count the new events.

        Raises `ConflictError` when one of the records is no longer what was read.
        """
        before, after, ledgers = self._before, self._after, self._ledgers
        record = self._idempotency_record
        self._before = self._after = self._idempotency_record = None
        self._ledgers = ()
        if after is not None and before is not None:
            self.requests.replace(before, after, ledgers, record)
        elif after is not None:
            self.requests.add(after, ledgers, record)
        elif ledgers:
            self.requests.write_ledgers(ledgers, record)
        elif record is not None:
            self.requests.keep(record)
        for ledger in ledgers:
            self._cache.pop(LedgerKey(employee_id=ledger.employee_id, year=ledger.year), None)
        if after is not None:
            self._cache[RequestKey(request_id=after.request_id)] = after
            if self.metrics is not None:
                known = len(before.history) if before else 0
                count_events(self.metrics, after, known=known)

    @staticmethod
    def _refuse_second(kind: str, first: object) -> None:
        if first:
            raise NotImplementedError(f"One commit writes one {kind}: commit the first one before.")

    def _one(self, key: RecordKey) -> Any:
        self._read([key])
        return self._cache[key]

    def _read(self, keys: Iterable[RecordKey]) -> None:
        wanted = list(dict.fromkeys(keys))
        missing = [key for key in wanted if key not in self._cache]
        if missing and len(self._cache) >= CACHED:
            self._cache.clear()
            missing = wanted
        if missing:
            self._cache.update(self.records.read(missing))


class UseCase(Protocol):
    """What `retry_on_conflict` needs of an object: `begin` returns a new unit of work."""

    @property
    def begin(self) -> Callable[[], UnitOfWork]:
        """Return the factory."""
        ...


U = TypeVar("U", bound=UseCase)


def retry_on_conflict(
    attempt: Callable[Concatenate[U, UnitOfWork, P], T],
) -> Callable[Concatenate[U, P], T]:
    """Give a method a unit of work and commit it, again with a new one after a `ConflictError`.

    Raises `UnavailableError` after `ATTEMPTS`.
    """

    @wraps(attempt)
    def call(self: U, /, *args: P.args, **kwargs: P.kwargs) -> T:
        for number in range(ATTEMPTS):
            if number:
                # Full jitter spreads the attempts of those who collided.
                pause = _FIRST_PAUSE_SECONDS * 2 ** (number - 1)
                time.sleep(random.uniform(0, pause))  # noqa: S311
            uow = self.begin()
            try:
                result = attempt(self, uow, *args, **kwargs)
                uow.commit()
            except ConflictError:
                continue
            else:
                return result
        raise UnavailableError("Too many changes to the same record at once. Please try again.")

    return call
