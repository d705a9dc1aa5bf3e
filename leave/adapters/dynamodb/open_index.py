"""Reading the index `open`, which only the daily sweep does."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.adapters.dynamodb.open_key import ADJUSTED, INDEX, SHARDS
from leave.services.metrics import Metric
from leave.services.sweep_ports import OpenRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leave.adapters.dynamodb.table import Table
    from leave.domain.requests import LeaveRequest
    from leave.services.ports import Metrics

_log = logging.getLogger(__name__)
_BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading an item raises that was written by hand, or by another version."""


@dataclass(kw_only=True, slots=True, eq=False)
class DynamoOpenRequests:
    """Implements `OpenRequests`; `read` returns the requests with these ids, as last written.

    A cursor is `<shard>/<openKey>`.
    """

    table: Table
    read: Callable[[Sequence[str]], Sequence[LeaveRequest]]
    metrics: Metrics

    def after(self, cursor: str, limit: int) -> Sequence[OpenRequest]:
        """Return the next open requests; those that the index knows and nobody needs are left out.

        The index is a moment behind, so what it finds is read again from the table.
        """
        shard, _, key = cursor.partition("/")
        for number in range(int(shard or 0), SHARDS):
            keys = self.table.query_index(
                INDEX, ("openShard", f"{number:02}"), ("openKey", key), limit=limit
            )
            while keys:
                if found := self._found(f"{number:02}", keys):
                    return found
                keys = self.table.query_index(
                    INDEX, ("openShard", f"{number:02}"), ("openKey", keys[-1]), limit=limit
                )
            key = ""
        return ()

    def adjusted(self, after: tuple[str, int] | None, limit: int) -> Sequence[tuple[str, int]]:
        """Return the next ledgers with adjustments that nobody was mailed about."""
        last = f"{after[0]}#{after[1]}" if after else ""
        keys = self.table.query_index(
            INDEX, ("openShard", ADJUSTED), ("openKey", last), limit=limit
        )
        return [(who, int(year)) for who, _, year in (key.rpartition("#") for key in keys)]

    def _found(self, shard: str, keys: Sequence[str]) -> Sequence[OpenRequest]:
        by_id = {key.rpartition("#")[2]: key for key in keys}
        return [
            OpenRequest(
                request=request,
                approver_id=by_id[request.request_id].rpartition("#")[0],
                cursor=f"{shard}/{by_id[request.request_id]}",
            )
            for request in self._readable(list(by_id))
            if request.is_open
        ]

    def _readable(self, request_ids: Sequence[str]) -> Iterator[LeaveRequest]:
        """Read all at once; one at a time where one of them is no record, to have the others."""
        try:
            yield from self.read(request_ids)
        except _BROKEN:
            if len(request_ids) == 1:
                _log.exception("record cannot be read", extra={"leaveRequestId": request_ids[0]})
                self.metrics.put(Metric.SWEEP_FAILURES)
                return
            for request_id in request_ids:
                yield from self._readable([request_id])
