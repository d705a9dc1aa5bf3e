"""HTML replies that nothing foreign can run in, frame, cache or be told the address of."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def reply_html(status: int, html: str) -> dict[str, Any]:
    """Return a page; its own style sheet is allowed by hash, and nothing else is."""
    styles = " ".join(f"'sha256-{_digest(text)}'" for text in _STYLE.findall(html)) or "'none'"
    policy = (
        f"default-src 'none'; style-src {styles}; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": policy,
        # The address is the key to the decision, so it goes nowhere.
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, nofollow",
    }
    return {"statusCode": status, "headers": headers, "body": html}


def without_body(reply: dict[str, Any]) -> dict[str, Any]:
    """Return what HEAD gets in place of `reply`: the same status and headers, and no page.

    API Gateway calls the function for HEAD as it does for GET, and passes its reply on.
    https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2
    """
    return {**reply, "body": ""}


def redirect(location: str, *cookies: str) -> dict[str, Any]:
    """Return the way to another page, with `Set-Cookie` values for the browser.

    The page is fetched with GET, and told nothing of where the browser comes from.
    """
    headers = {
        "location": location,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
    }
    return {"statusCode": 303, "headers": headers, "cookies": list(cookies), "body": ""}


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
