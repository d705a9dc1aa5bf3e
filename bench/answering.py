"""Calling a function as Lambda does; imports nothing that is not in the standard library."""

from __future__ import annotations

import json
from typing import Any


class Context:
    """What Lambda tells of a call."""

    aws_request_id = "8f5c2a1e-1111-2222-3333-444455556666"

    def get_remaining_time_in_millis(self) -> int:
        """Return as much as the longest function has."""
        return 840_000


def answer_of(module: Any, event: dict[str, Any]) -> Any:
    """Call a handler and return its answer, of an HTTP reply the body; raises if it is refused."""
    answer = module.handler(event, Context())
    if answer.get("statusCode", 200) >= 400:  # noqa: PLR2004
        raise RuntimeError(f"{module.__name__}: {answer}")
    body = answer.get("body", "")
    return json.loads(body) if body.startswith("{") else answer
