"""Keys of the stored records, by kind."""

from __future__ import annotations

from leave.domain.values import value


@value
class RequestKey:
    """The key of a `LeaveRequest`."""

    request_id: str


@value
class EmployeeKey:
    """The key of an `Employee` by id."""

    employee_id: str


@value
class EmailKey:
    """The key of an `Employee` by mail address, in lower case."""

    email: str


@value
class LedgerKey:
    """The key of a `Ledger`; one that was never written is read as an empty one."""

    employee_id: str
    year: int


@value
class IdempotencyKey:
    """The key of an `IdempotencyRecord`."""

    caller: str
    key: str


RecordKey = RequestKey | EmployeeKey | EmailKey | LedgerKey | IdempotencyKey
