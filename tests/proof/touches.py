"""What a call of a port touches, so that two calls with nothing in common can be told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leave.domain.ledger import Ledger
    from leave.domain.request import LeaveRequest

Key = tuple[object, ...]
"""Names a record; the beginning of a key names all records whose key begins with it."""


@dataclass(frozen=True, kw_only=True)
class Touch:
    """What a call reads and what it writes."""

    reads: frozenset[Key] = frozenset()
    writes: frozenset[Key] = frozenset()

    def meets(self, other: Touch) -> bool:
        """Tell whether it can matter which of the two calls comes first."""
        return _meet(self, other)


@cache
def _meet(one: Touch, other: Touch) -> bool:
    return _common(one.writes, other.reads | other.writes) or _common(one.reads, other.writes)


NOTHING = Touch()
"""What only the actor itself and those who read mail will see."""


def _common(some: frozenset[Key], others: frozenset[Key]) -> bool:
    return any(one[: len(other)] == other[: len(one)] for one in some for other in others)


def reading(*keys: Key) -> Touch:
    """Return the touch of a call that reads these."""
    return Touch(reads=frozenset(keys))


def writing(*keys: Key) -> Touch:
    """Return the touch of a call that writes these, and may look at what was there."""
    return Touch(writes=frozenset(keys))


def _add(request: LeaveRequest, ledgers: Sequence[Ledger], idempotency_record: Any) -> Touch:
    keys = (
        [("idempotency_record", idempotency_record.caller, idempotency_record.key)]
        if idempotency_record
        else []
    )
    return writing(("request", request.request_id), *_ledgers(ledgers), *keys)


def _replace(before: LeaveRequest, _: LeaveRequest, ledgers: Sequence[Ledger] = ()) -> Touch:
    return writing(("request", before.request_id), *_ledgers(ledgers))


def _ledgers(ledgers: Sequence[Ledger]) -> list[Key]:
    keys: list[Key] = [("ledger", ledger.employee_id, ledger.year) for ledger in ledgers]
    return keys + [("adjusted", one.employee_id) for one in ledgers if one.adjustments]


TOUCHES: Mapping[str, Callable[..., Touch]] = {
    # Requests
    "get": lambda request_id: reading(("request", request_id)),
    "ledgers": lambda people, years: reading(*(("ledger", p, y) for p in people for y in years)),
    "idempotency_record": lambda caller, key: reading(("idempotency_record", caller, key)),
    "add": _add,
    "keep": lambda idempotency_record: writing(
        ("idempotency_record", idempotency_record.caller, idempotency_record.key)
    ),
    "replace": _replace,
    "write_ledgers": lambda ledgers: writing(*_ledgers(ledgers)),
    # Open requests: an index over all there are
    "after": lambda *_: reading(("request",)),
    "adjusted": lambda *_: reading(("adjusted",)),
    # Directory
    "by_id": lambda employee_id: reading(("employee", employee_id)),
    "by_email": lambda _: reading(("employee",)),
    "team": lambda _: reading(("employee",)),
    "put": lambda employee: writing(("employee", employee.employee_id)),
    # Workflow
    "start": lambda name, **_: writing(("execution", name)),
    "ensure": lambda name, **_: writing(("execution", name)),
    "end": lambda name: writing(("execution", name)),
    "answer": lambda token, **_: writing(("token", token.reveal())),
    "fail": lambda token, **_: writing(("token", token.reveal())),
    "run_out_of_time": lambda token: writing(("token", token.reveal())),
    # Sweeps
    "last": lambda: reading(("sweep",)),
    "save": lambda _: writing(("sweep",)),
    "reminded": lambda lead_id: reading(("reminder", lead_id)),
    "mark_reminded": lambda lead_id, _: writing(("reminder", lead_id)),
    # Mailer
    "send": lambda _: NOTHING,
    "check": lambda: NOTHING,
}
"""By the name of the call; one that is missing here fails the scene in which it is made."""
