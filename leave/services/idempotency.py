"""Calls that are done once, however often they are sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from leave.domain.errors import IdempotencyMismatchError
from leave.domain.values import Value
from leave.domain.views import VisibleRequest
from leave.services.ports import IdempotencyKey, IdempotencyRecord

if TYPE_CHECKING:
    from datetime import datetime

    from leave.domain.request import LeaveRequest
    from leave.services.unit_of_work import UnitOfWork


class Answered(Value):
    """A request after a call; `numbers` are those of the first answer to a repeated one."""

    visible: VisibleRequest
    numbers: Mapping[str, Decimal] = {}


class KeyedCall(Value):
    """A call with an Idempotency-Key, and a digest of what it asks for."""

    key: IdempotencyKey
    body_digest: str

    @classmethod
    def of(cls, key: IdempotencyKey, *body: str) -> KeyedCall:
        """Return the call by the parts of its body, with what its path names."""
        digest = hashlib.sha256(json.dumps(body).encode()).hexdigest()
        return cls(key=key, body_digest=digest)

    def earlier(self, uow: UnitOfWork, now: datetime) -> IdempotencyRecord | None:
        """Return what came of the call when it was done before.

        Raises `IdempotencyMismatchError` when the key was used for another body.
        """
        record = uow.idempotency_record(self.key)
        if record is None or now >= record.until:
            return None
        if record.body_digest != self.body_digest:
            raise IdempotencyMismatchError
        return record

    def about(self, request: LeaveRequest, *, at: datetime, status: int) -> IdempotencyRecord:
        """Return what is kept of a call that answers with the request."""
        numbers = {
            "workingDays": request.plan.working_days,
            "revision": Decimal(request.asked_revision),
        }
        ids = {"requestId": request.request_id}
        return self.record(at=at, status=status, ids=ids, numbers=numbers)

    def record(
        self,
        *,
        at: datetime,
        status: int,
        ids: Mapping[str, str],
        numbers: Mapping[str, Decimal],
    ) -> IdempotencyRecord:
        """Return what is kept of the call."""
        return IdempotencyRecord(
            key=self.key,
            body_digest=self.body_digest,
            status=status,
            ids=ids,
            numbers=numbers,
            at=at,
        )
