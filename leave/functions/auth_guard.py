"""Whether a decision link may be used: on a stage that asks for it, by its approver only."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from leave import bootstrap_sign_in
from leave.adapters import pages
from leave.functions.cookies import Cookies
from leave.functions.events import accepted_language, route
from leave.functions.html import reply_html
from leave.services.admission import Admission, ApproverOnly

if TYPE_CHECKING:
    from leave.domain.company import Company
    from leave.domain.statuses import Decision
    from leave.functions.events import Event
    from leave.services.sign_in import Sessions
    from leave.services.submit_lead_response import SubmitLeadResponse


@cache
def sessions() -> tuple[str, Sessions] | None:
    """Return the API's address and who is signed in; None where nobody has to."""
    return bootstrap_sign_in.sessions(os.environ)


def company() -> Company | None:
    """Return the company as pages name it."""
    return bootstrap_sign_in.company(os.environ)


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
    match ApproverOnly(clock=app.clock).admit(app.begin(), link, email):
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
