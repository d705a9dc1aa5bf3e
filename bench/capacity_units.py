"""Capacity units that DynamoDB would charge, worked out from the calls themselves.

Rules: a consistent read costs one unit for each 4 KB of an item, a write one unit for each 1 KB,
twice that in a transaction, and an item that is not there costs as much as the smallest. Sources:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_READ, _WRITE = 4096, 1024


@dataclass
class Meter:
    """Counts the calls and units of one client; `attach` it, then read the fields."""

    reads: int = 0
    writes: int = 0
    calls: list[str] = field(default_factory=list)
    _request: dict[str, Any] = field(default_factory=dict)

    def attach(self, client: Any) -> None:
        """Listen to every call of this DynamoDB client."""
        self.listen(client.meta.events.register)

    def listen(self, register: Callable[[str, Any], None]) -> None:
        """Listen to every call of the clients for which `register` registers."""
        register("provide-client-params.dynamodb.*", self._asked)
        register("after-call.dynamodb.*", self._answered)

    def reset(self) -> None:
        """Begin again."""
        self.reads, self.writes = 0, 0
        self.calls.clear()

    def _asked(self, params: dict[str, Any], **_: Any) -> None:
        self._request = params

    def _answered(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        self.calls.append(model.name)
        asked = self._request
        if model.name == "GetItem":
            self.reads += _units(parsed.get("Item", {}), _READ)
        elif model.name == "BatchGetItem":
            for table, wanted in asked["RequestItems"].items():
                found = parsed["Responses"].get(table, [])
                self.reads += sum(_units(item, _READ) for item in found)
                self.reads += len(wanted["Keys"]) - len(found)
        elif model.name == "Query":
            size = sum(item_bytes(item) for item in parsed["Items"])
            self.reads += max(1, -(-size // _READ))
        elif model.name == "PutItem":
            self.writes += _units(asked["Item"], _WRITE)
        elif model.name == "TransactWriteItems":
            puts = [o["Put"]["Item"] for o in asked["TransactItems"]]
            self.writes += 2 * sum(_units(item, _WRITE) for item in puts)
        else:
            raise ValueError(f"no rule for {model.name}: add one here")


def item_bytes(item: dict[str, Any]) -> int:
    """Return the size of an item: its names in UTF-8, and its values."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _units(item: dict[str, Any], unit: int) -> int:
    return max(1, -(-item_bytes(item) // unit))


def _value_bytes(value: dict[str, Any]) -> int:
    kind, content = next(iter(value.items()))
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        digits = content.replace("-", "").replace(".", "").strip("0")
        return -(-len(digits) // 2) + 1
    if kind in {"BOOL", "NULL"}:
        return 1
    if kind == "M":
        return 3 + sum(
            1 + len(name.encode()) + _value_bytes(inner) for name, inner in content.items()
        )
    if kind == "L":
        return 3 + sum(1 + _value_bytes(inner) for inner in content)
    raise ValueError(f"no size for the type {kind}: add one here")
