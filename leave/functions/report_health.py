"""GET and HEAD /health: the API is there. It touches nothing, so it tells nothing."""

from __future__ import annotations

from typing import Any

from leave.functions.replies import reply_json


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    """Answer that the stage's API answers."""
    return reply_json(200, {"status": "ok"})
