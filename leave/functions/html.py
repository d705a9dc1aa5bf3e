"""Pages behind links, and the guard in front of them."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from leave import bootstrap
from leave.adapters.presentation import pages
from leave.functions.http import Cookies, accepted_language, route
from leave.functions.replies import HEADERS, reply
from leave.services.authorization import Admission, ApproverOnly

if TYPE_CHECKING:
    from leave.domain.employee import Company
    from leave.domain.history import Decision
    from leave.functions.http import Event
    from leave.services.sign_in import Sessions
    from leave.services.submit_lead_response import SubmitLeadResponse


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


@cache
def sessions() -> tuple[str, Sessions] | None:
    """Return the API's address and who is signed in; None where nobody has to."""
    return bootstrap.sessions(os.environ)


def company() -> Company | None:
    """Return the company as pages name it."""
    return bootstrap.company(os.environ)


def require_approver(
    event: Event, decision: Decision, link: str, app: SubmitLeadResponse
) -> dict[str, Any] | None:
    """Return what is shown in the place of the request, None when the caller may go on."""
    asked = sessions()
    if asked is None:
        return None
    api_url, kept = asked
    answering = route(event).startswith("POST ")
    language = accepted_language(event)
    email = kept.email(Cookies(api_url=api_url).read(event, "session"))
    match ApproverOnly(clock=app.clock).check(app.begin(), link, email):
        case Admission.GRANTED:
            return None
        case Admission.SIGN_IN:
            url = sign_in_url(api_url, decision, link)
            page = pages.sign_in(url, answered=answering, language=language, company=company())
            return reply_html(403 if answering else 200, page)
        case Admission.ANOTHER_PERSON:
            other = sign_in_url(api_url, decision, link, choose=True)
            page = pages.another_person(email or "", other, language=language, company=company())
            return reply_html(403, page)
        case Admission.OWN_LINK:
            page = pages.own_link(language=language, company=company())
            return reply_html(409 if answering else 200, page)


def sign_in_url(api_url: str, decision: Decision, link: str, *, choose: bool = False) -> str:
    """Return where a sign-in for a decision link begins."""
    query = {"decision": decision.value, "link": link}
    return f"{api_url}/sign_in?{urlencode(query | ({'choose': 'account'} if choose else {}))}"
