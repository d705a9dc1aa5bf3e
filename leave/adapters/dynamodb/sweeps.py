"""How far the daily sweep has come, and who was reminded when.

| item | pk | sk |
|---|---|---|
| the last sweep | `SYSTEM` | `SYSTEM` |
| an approver's last reminder | `REMINDER#<employee id>` | `REMINDER` |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from leave.services.sweep_ports import Sweep

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Table

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
        return Sweep(
            day=date.fromisoformat(item["day"]),
            cursor=item["cursor"],
            finished=item["finished"],
            leased_until=datetime.fromisoformat(item["leasedUntil"]),
            oldest=int(item["oldest"]),
            passing=tuple(item["passing"]),
            version=int(item["version"]),
        )

    def save(self, made: Sweep) -> Sweep:
        """Write how far it has come, if nobody else has written since."""
        written = replace(made, version=made.version + 1)
        item = {
            "pk": _SWEEP,
            "sk": _SWEEP,
            "day": written.day.isoformat(),
            "cursor": written.cursor,
            "finished": written.finished,
            "leasedUntil": written.leased_until.isoformat(),
            "oldest": written.oldest,
            "passing": list(written.passing),
            "version": written.version,
        }
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
        return date.fromisoformat(item["day"]) if item else None

    def mark_reminded(self, lead_id: str, day: date) -> None:
        """Remember that this lead was reminded."""
        pk, sk = _reminder_key(lead_id)
        self.table.put(self.table.put_request({"pk": pk, "sk": sk, "day": day.isoformat()}))


def _reminder_key(lead_id: str) -> tuple[str, str]:
    return f"REMINDER#{lead_id}", "REMINDER"
