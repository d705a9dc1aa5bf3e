"""Replies in API Gateway's payload format 2.0, with their common headers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRY_AFTER_SECONDS = 5
HEADERS = {
    # A page of this host opened once is never asked for without TLS again, for a year. Subdomains
    # are others' to decide about. https://www.rfc-editor.org/rfc/rfc6797#section-6.1
    "strict-transport-security": "max-age=31536000",
    # What a caller sent may come back in an error, and is never to be taken for a page.
    "x-content-type-options": "nosniff",
}


def reply(
    status: int, body: str, *, content_type: str, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return a reply that no cache keeps, unless `headers` say otherwise."""
    own = {"content-type": content_type, "cache-control": "no-store", **(headers or {})}
    if status == 401:  # noqa: PLR2004
        own["www-authenticate"] = "Bearer"
    if status == 503:  # noqa: PLR2004
        own["retry-after"] = str(RETRY_AFTER_SECONDS)
    return {"statusCode": status, "headers": HEADERS | own, "body": body}


def reply_empty() -> dict[str, Any]:
    """Return a reply that says no more than that it is done, or that there is nothing."""
    return {"statusCode": 204, "headers": HEADERS | {"cache-control": "no-store"}, "body": ""}


def reply_json(
    status: int,
    body: Mapping[str, Any],
    *,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return a JSON reply."""
    return reply(status, json.dumps(body), content_type=content_type, headers=headers)
