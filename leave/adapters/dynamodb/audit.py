"""Who changed what in the directory, month by month.

| pk | sk |
|---|---|
| `AUDIT#<year>-<month>` | `<moment, in UTC>#<employee id>` |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leave.adapters.dynamodb.table import Item


@value
class AuditEntry:
    """A change of what the stage knows about an employee.

    `actor` is who AWS took the operator for. `changes` are the old and the new text of each field;
    there is never a secret among them.
    """

    at: datetime
    kind: str
    actor: str
    channel: str
    employee_id: str
    what: str
    changes: Mapping[str, tuple[str, str]]


def audit_to_item(entry: AuditEntry) -> Item:
    """Return the item of an entry."""
    at = entry.at.isoformat(timespec="microseconds")
    return {
        "pk": f"AUDIT#{entry.at:%Y-%m}",
        "sk": f"{at}#{entry.employee_id}",
        "at": at,
        "kind": entry.kind,
        "actor": entry.actor,
        "channel": entry.channel,
        "employeeId": entry.employee_id,
        "what": entry.what,
        "changes": {field: list(texts) for field, texts in entry.changes.items()},
    }
