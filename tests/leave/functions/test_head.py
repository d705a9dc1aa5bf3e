"""HEAD of every route with GET, whichever function answers it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from infrastructure.function_table import FUNCTIONS
from leave.functions import sign_in
from tests.leave.builders import R1
from tests.leave.functions.events import ADMINS_CLAIMS, CONTEXT, JOHNS_CLAIMS, api_event
from tests.leave.functions.replies import everything
from tests.leave.services.stage import FakeStage
from tests.leave.sign_ins import API_URL, FakeSignIn

HEADS = {
    key.removeprefix("HEAD "): spec.name
    for spec in FUNCTIONS
    for key in spec.routes.values()
    if key.startswith("HEAD ")
}


@pytest.mark.parametrize(("path", "function"), HEADS.items())
def test_head_is_answered_as_get_is_and_changes_nothing(
    stage: FakeStage, link: str, monkeypatch: pytest.MonkeyPatch, path: str, function: str
) -> None:
    """API Gateway leaves the body out, and gives the length that GET has."""
    monkeypatch.setattr(sign_in, "application", lambda: (API_URL, FakeSignIn().sign_in))
    monkeypatch.setenv("LEAVE_VERSION", "1.2.3")
    span, year = {"from": "2027-01-01", "to": "2027-12-31"}, {"year": "2027"}
    decision = {"decision": "approved", "link": link}
    needed: dict[str, dict[str, Any]] = {
        "/calendar/{feed}": {"feed": "feed-of-E003.ics"},
        "/delegation": {"claims": JOHNS_CLAIMS},
        "/employees": {"claims": ADMINS_CLAIMS},
        "/employees/{employeeId}/adjustments": {"claims": ADMINS_CLAIMS, "employeeId": "E002"},
        "/leave_lead_response/{decision}/{link}": decision,
        "/leave_requests/{requestId}": {"requestId": R1},
        "/reports/absences": {"claims": ADMINS_CLAIMS, "query": span},
        "/reports/adjustments": {"claims": ADMINS_CLAIMS, "query": year},
        "/reports/balances": {"claims": ADMINS_CLAIMS, "query": year},
        "/sign_in": {"query": decision},
    }
    handler = import_module(f"leave.functions.{function}").handler
    before = everything(stage)
    got, head = (
        handler(api_event(f"{method} {path}", **needed.get(path, {})), CONTEXT)
        for method in ("GET", "HEAD")
    )
    assert got["statusCode"] == {"/delegation": 204, "/sign_in": 303}.get(path, 200)
    # Each sign-in begins with a new secret.
    secret = {"cookies", "location"} if path == "/sign_in" else set[str]()
    for reply in (got, head):
        for name in secret:
            reply.pop(name, None)
            reply["headers"].pop(name, None)
    assert head == got
    assert everything(stage) == before
