"""GET and HEAD /health, which call no other service."""

from __future__ import annotations

import os
from typing import Any

from leave.functions.replies import reply_json


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    """Answer that the stage's API answers, and the release that it is of."""
    return reply_json(200, {"status": "ok", "version": os.environ["LEAVE_VERSION"]})
