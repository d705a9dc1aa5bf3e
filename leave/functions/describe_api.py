"""GET and HEAD /openapi.json: the description of the API."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from leave.functions.openapi import document
from leave.functions.replies import reply


@cache
def _text() -> str:
    return json.dumps(document(), separators=(",", ":"))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    """Return the OpenAPI document."""
    kept = {"cache-control": "public, max-age=300"}
    return reply(200, _text(), content_type="application/json", headers=kept)
