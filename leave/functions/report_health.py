"""GET and HEAD /health: the API is there. It touches nothing, so it tells nothing."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    """Answer that the stage's API answers."""
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    body = "" if event.get("routeKey", "").startswith("HEAD ") else '{"status": "ok"}'
    return {"statusCode": 200, "headers": headers, "body": body}
