"""A person's clicks on a decision link."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from leave.functions.submit_lead_response import handler
from tests.leave.adapters.markup import Page
from tests.leave.functions.events import CONTEXT, link_event

if TYPE_CHECKING:
    from tests.leave.services.stage import FakeStage


def get(decision: str, link: str) -> tuple[int, Page]:
    return opened(link_event("GET", decision, link))


def post(decision: str, link: str, **form: str) -> tuple[int, Page]:
    return opened(link_event("POST", decision, link, form=form))


def opened(event: dict[str, Any]) -> tuple[int, Page]:
    """Call the handler; check what every page has, and return status and page."""
    reply = handler(event, CONTEXT)
    headers = reply["headers"]
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'; frame-ancestors 'none'; base-uri 'none'" in policy
    assert "unsafe" not in policy
    return reply["statusCode"], Page(reply["body"])


def everything(stage: FakeStage) -> object:
    """Return all that could have changed."""
    workflow = stage.workflow
    return deepcopy(
        (stage.requests.stored, stage.requests.books, workflow.answers, stage.mailer.sent)
    )
