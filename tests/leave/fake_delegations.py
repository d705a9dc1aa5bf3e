"""A fake of the port `Delegations`, no kinder than DynamoDB; a contract test holds it to that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError
from leave.domain.values import replace
from tests.leave.fake_requests import FakeRequests
from tests.leave.hooks import Hooks

if TYPE_CHECKING:
    from leave.domain.delegation import Delegation
    from leave.services.ports import IdempotencyRecord


@dataclass(kw_only=True)
class FakeDelegations:
    """Delegations in memory, under real optimistic locking."""

    hooks: Hooks = field(default_factory=Hooks)
    requests: FakeRequests = field(default_factory=FakeRequests)
    stored: dict[str, Delegation] = field(default_factory=dict)

    def of(self, employee_id: str) -> Delegation | None:
        with self.hooks.around("of"):
            return self.stored.get(employee_id)

    def write(
        self, delegation: Delegation, idempotency_record: IdempotencyRecord | None = None
    ) -> None:
        with self.hooks.around("write"):
            stored = self.stored.get(delegation.employee_id)
            if delegation.version != (stored.version if stored else 0):
                raise ConflictError("somebody else wrote first")
            if idempotency_record is not None:
                self.requests.keep(idempotency_record)
            self.stored[delegation.employee_id] = replace(
                delegation, version=delegation.version + 1
            )
