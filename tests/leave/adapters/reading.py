"""All mails and pages, and reading them as their readers do."""

import re
from typing import Any

from leave.adapters.presentation import pages
from leave.domain.history import Decision
from leave.domain.invitations import RevokedLink
from leave.domain.request import LeaveRequest
from leave.domain.values import replace
from leave.domain.views import DecisionSummary, DecisionView, Mail, PendingItem
from tests.leave.adapters.markup import Page
from tests.leave.adapters.samples import API_URL, APPROVED, LETTERS, OPENED, ZONE, Cast
from tests.leave.builders import JIM, JOHN, TODAY, a_plan, link_text

CAST = Cast()
MAILS = CAST.mails()
GERMAN = Cast(language="de").mails()
PAGES = CAST.pages()
MARY = replace(JOHN, employee_id=CAST.other.employee_id)
DAYS = "Mon 3 – Sun 9 May 2027"
URL = re.compile(r"https?://[^\s<>\"]+")


def brief_mail(
    request: LeaveRequest | None = None, summary: DecisionSummary | None = None, **people: Any
) -> Mail:
    """Return what John is asked about Jim's request, a plain one by default."""
    return LETTERS.approval_request(
        request or CAST.asked(a_plan()),
        decision_summary=summary or DecisionSummary(),
        **({"employee": JIM, "lead": JOHN} | people),
    )


def tell(request: LeaveRequest) -> Mail:
    """Return what Jim is told of the outcome."""
    return LETTERS.outcome_notice(request, employee=JIM)


def pending(request: LeaveRequest, days: int = 0, **changes: Any) -> PendingItem:
    """Return a request that waits since today."""
    return PendingItem(request=request, since=TODAY, days=days, **changes)


def links_of(*requests: LeaveRequest) -> list[str]:
    """Return the addresses to decide about these requests, in their order."""
    return [
        f"{API_URL}/leave_lead_response/{decision}/{link_text(request)}"
        for request in requests
        for decision in ("approved", "denied")
    ]


def parts(mail: Mail) -> tuple[str, str]:
    """Return both parts as they are read, each line end a space."""
    return " ".join(mail.text.split()), Page(mail.html).text


def says(mail: Mail, *texts: str) -> None:
    for part in parts(mail):
        for text in texts:
            assert text in part


def says_not(mail: Mail, *texts: str) -> None:
    for part in (*parts(mail), mail.subject):
        for text in texts:
            assert text not in part


def links(mail: Mail) -> list[str]:
    """Return the addresses of a mail, which are those of both parts."""
    found = URL.findall(mail.text)
    assert found == [url for url, _ in Page(mail.html).links]
    return found


def form(view: DecisionView | LeaveRequest, decision: Decision = APPROVED, **options: Any) -> Page:
    """Return the page with the form for what a link opens, or for a whole request."""
    view = view if isinstance(view, DecisionView) else CAST.view(view)
    return Page(pages.decide(view, decision, link="x", time_zone=ZONE, **options))


def told(view: DecisionView | LeaveRequest, **options: Any) -> Page:
    """Return the page that says what became of a request; options change what a link opens."""
    view = view if isinstance(view, DecisionView) else CAST.view(view)
    changes = {name: options.pop(name) for name in OPENED if name in options}
    options = {"now": False, "link": "x.y"} | options
    return Page(pages.decided(replace(view, **changes), **options))


def retired(request: LeaveRequest, revoked: RevokedLink) -> Page:
    """Return what a link shows that no longer decides."""
    return told(request, revoked=revoked)
