"""GET /openapi.json: the description of the API."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from leave.functions.openapi import document


@cache
def _text() -> str:
    return json.dumps(document(), separators=(",", ":"))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    """Return the OpenAPI document."""
    headers = {
        "content-type": "application/json",
        "cache-control": "public, max-age=300",
        "x-content-type-options": "nosniff",
    }
    return {"statusCode": 200, "headers": headers, "body": _text()}
