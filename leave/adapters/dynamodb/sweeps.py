"""Open requests, and the progress of the daily sweep, in the table."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from leave.adapters.dynamodb.requests import read_apart
from leave.adapters.dynamodb.table import (
    DELEGATION,
    INDEX,
    SHARDS,
    UNMAILED,
    check_form,
    shard_of,
    value_from_item,
    value_to_item,
)
from leave.domain.errors import ConflictError
from leave.domain.values import replace
from leave.services.ports import OpenRequest, Sweep, Unmailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leave.adapters.dynamodb.table import Table
    from leave.domain.request import LeaveRequest
    from leave.services.ports import Metrics


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

    def of_approver(self, approver_id: str) -> Sequence[str]:
        """Return the ids of an approver's open requests, which stand together in one shard."""
        prefix = f"{approver_id}#"
        keys = self.table.query_index_prefix(
            INDEX, ("openShard", shard_of(approver_id)), ("openKey", prefix)
        )
        parts = (key.rpartition("#") for key in keys)
        return [request_id for owner, _, request_id in parts if owner == approver_id]

    def unmailed(self, after: Unmailed | None, limit: int) -> Sequence[Unmailed]:
        """Return what the next employees were not mailed about."""
        keys = self.table.query_index(
            INDEX, ("openShard", UNMAILED), ("openKey", _unmailed_key(after)), limit=limit
        )
        return [
            Unmailed(employee_id=who, year=None if what == DELEGATION else int(what))
            for who, _, what in (key.rpartition("#") for key in keys)
        ]

    def _found(self, shard: str, keys: Sequence[str]) -> Sequence[OpenRequest]:
        by_id = {key.rpartition("#")[2]: key for key in keys}
        return [
            OpenRequest(
                request=request,
                approver_id=by_id[request.request_id].rpartition("#")[0],
                cursor=f"{shard}/{by_id[request.request_id]}",
            )
            for request in read_apart(self.read, list(by_id), self.metrics)
            if request.is_open
        ]


def _unmailed_key(unmailed: Unmailed | None) -> str:
    return f"{unmailed.employee_id}#{unmailed.year or DELEGATION}" if unmailed else ""


# | item | pk | sk |
# |---|---|---|
# | the last sweep | `SWEEP` | `SWEEP` |
# | an approver's last reminder | `REMINDER#<employee id>` | `REMINDER` |


_SWEEP = "SWEEP"


@dataclass(slots=True, eq=False)
class DynamoSweeps:
    """Implements `Sweeps`."""

    table: Table

    def last(self) -> Sweep | None:
        """Return the last sweep that was begun."""
        item = self.table.get(_SWEEP, _SWEEP)
        if item is None:
            return None
        check_form(item)
        return value_from_item(item, Sweep)

    def save(self, made: Sweep) -> Sweep:
        """Write how far it has come, if no other person has written since."""
        written = replace(made, version=made.version + 1)
        item = {"pk": _SWEEP, "sk": _SWEEP} | value_to_item(written)
        if made.version:
            put = self.table.put_request(
                item, condition="version = :before", values={":before": made.version}
            )
        else:
            put = self.table.put_request(item, condition="attribute_not_exists(pk)")
        self.table.put(put)
        return written

    def reminded(self, lead_id: str) -> date | None:
        """Return the day of the last reminder to this lead."""
        item = self.table.get(*_reminder_key(lead_id))
        if item is None:
            return None
        check_form(item)
        return date.fromisoformat(item["day"])

    def mark_reminded(self, lead_id: str, day: date) -> None:
        """Remember that this lead was reminded; an earlier day than the stored one is left out."""
        pk, sk = _reminder_key(lead_id)
        put = self.table.put_request(
            {"pk": pk, "sk": sk, "day": day},
            condition="attribute_not_exists(pk) OR #day <= :day",
            values={":day": day},
            names={"#day": "day"},
        )
        # A sweep of yesterday that goes on after today's has nothing to add.
        with suppress(ConflictError):
            self.table.put(put)


def _reminder_key(lead_id: str) -> tuple[str, str]:
    return f"REMINDER#{lead_id}", "REMINDER"
