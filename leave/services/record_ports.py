"""What reading several records in one call needs from the outside."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Collection

    from leave.domain.employees import Employee
    from leave.domain.ledgers import Ledger
    from leave.domain.requests import LeaveRequest
    from leave.services.ports import IdempotencyRecord


@value
class Found:
    """What there is for each key that was asked for; None for what is not there.

    Requests and employees are named by id, mail addresses in lower case, ledgers by employee and
    year, and replays by caller and Idempotency-Key.
    """

    requests: dict[str, LeaveRequest | None] = field(
        default_factory=dict[str, "LeaveRequest | None"]
    )
    employees: dict[str, Employee | None] = field(default_factory=dict[str, "Employee | None"])
    emails: dict[str, Employee | None] = field(default_factory=dict[str, "Employee | None"])
    ledgers: dict[tuple[str, int], Ledger] = field(default_factory=dict[tuple[str, int], "Ledger"])
    idempotency_records: dict[tuple[str, str], IdempotencyRecord | None] = field(
        default_factory=dict[tuple[str, str], "IdempotencyRecord | None"]
    )


class Records(Protocol):
    """Single records of any kind, always as last written."""

    def read(
        self,
        *,
        requests: Collection[str] = (),
        employees: Collection[str] = (),
        emails: Collection[str] = (),
        ledgers: Collection[tuple[str, int]] = (),
        idempotency_records: Collection[tuple[str, str]] = (),
    ) -> Found:
        """Return what there is for these keys, named as in `Found`, in as few calls as can be."""
        ...
