"""How a request looks as an item: pk `REQUEST#<id>`, sk `REQUEST`.

While something is left to be done about it, it is in the index `open` as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.adapters.dynamodb.ledgers import costs_from_text, costs_to_text
from leave.adapters.dynamodb.table import index_key, value_from_item, value_to_item
from leave.domain.request import LeaveRequest

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Item


def request_key(request_id: str) -> tuple[str, str]:
    """Return the key of a request."""
    return f"REQUEST#{request_id}", "REQUEST"


def request_to_item(request: LeaveRequest) -> Item:
    """Return the item of a request."""
    pk, sk = request_key(request.request_id)
    item: Item = {"pk": pk, "sk": sk} | value_to_item(request) | index_key(request)
    counts = request.plan.counts.items()
    item["plan"]["counts"] = {str(year): costs_to_text(count) for year, count in counts}
    return item


def request_from_item(item: Item) -> LeaveRequest:
    """Read a request."""
    counts = item["plan"]["counts"].items()
    plan = item["plan"] | {"counts": {int(year): costs_from_text(text) for year, text in counts}}
    read = {"question": item.get("question"), "plan": plan}
    return value_from_item(item | read, LeaveRequest)
