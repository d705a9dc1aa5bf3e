"""HTML replies that nothing foreign can run in, frame, cache or be told the address of."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from leave.functions.replies import HEADERS, reply

# What a page could ask a browser for, and none does. Browsers log a name that they do not know:
# https://github.com/w3c/webappsec-permissions-policy/blob/main/features.md
_PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope"),
        *("magnetometer", "microphone", "payment", "usb"),
    )
)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def reply_html(status: int, html: str) -> dict[str, Any]:
    """Return a page; its own style sheet is allowed by hash, and nothing else is."""
    styles = " ".join(f"'sha256-{_digest(text)}'" for text in _STYLE.findall(html)) or "'none'"
    policy = (
        f"default-src 'none'; style-src {styles}; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "content-security-policy": policy,
        # No window that opened a page, and no other site that embeds it, gets hold of it.
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": _PERMISSIONS,
        # The address is the key to the decision, so it goes nowhere.
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, nofollow",
    }
    return reply(status, html, content_type="text/html; charset=utf-8", headers=headers)


def redirect(location: str, *cookies: str) -> dict[str, Any]:
    """Return the way to another page, with `Set-Cookie` values for the browser.

    The page is fetched with GET, and told nothing of where the browser comes from.
    """
    headers = HEADERS | {
        "location": location,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
    }
    return {"statusCode": 303, "headers": headers, "cookies": list(cookies), "body": ""}


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
