"""Calls from web pages of another origin (CORS), on a stage that allows one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.employees import Employee, call
from tests.stage import ALLOWED_ORIGIN

if TYPE_CHECKING:
    from tests.end_to_end.employees import Reply
    from tests.stage import LocalStage

pytestmark = pytest.mark.sign_in_stage
OTHER_ORIGIN = "https://evil.example.com"
SENT = {"authorization", "content-type", "idempotency-key", "if-match"}


def allowed(reply: Reply, what: str) -> set[str]:
    """Return the items of an `Access-Control-…` header, in small letters."""
    told: str = reply.headers.get(f"Access-Control-{what}") or ""
    return {item.strip().lower() for item in told.split(",") if item.strip()}


def preflight(stage: LocalStage, origin: str) -> Reply:
    """Ask for a PUT as a browser does before it sends one."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": ",".join(sorted(SENT)),
    }
    return call(f"{stage.facts.api_url}/leave_requests", "OPTIONS", headers=headers)


def test_a_page_of_the_allowed_origin_may_call_but_not_with_cookies(
    sign_in_stage: LocalStage,
) -> None:
    asked = preflight(sign_in_stage, ALLOWED_ORIGIN)
    assert asked.status == 204
    assert allowed(asked, "Allow-Origin") == {ALLOWED_ORIGIN}
    assert allowed(asked, "Allow-Methods") == {"delete", "get", "head", "patch", "post", "put"}
    assert allowed(asked, "Allow-Headers") == SENT

    jim = Employee(sign_in_stage.facts, "jim@foo.com")
    answer = jim.call("GET", "/leave_balance", Origin=ALLOWED_ORIGIN)
    assert answer.status == 200
    assert allowed(answer, "Allow-Origin") == {ALLOWED_ORIGIN}
    assert allowed(answer, "Expose-Headers") == {"etag", "link", "retry-after"}
    for reply in (asked, answer):
        assert reply.headers["Access-Control-Allow-Credentials"] is None


def test_a_page_of_another_origin_learns_nothing(sign_in_stage: LocalStage) -> None:
    jim = Employee(sign_in_stage.facts, "jim@foo.com")
    for reply in (
        preflight(sign_in_stage, OTHER_ORIGIN),
        jim.call("GET", "/leave_balance", Origin=OTHER_ORIGIN),
    ):
        assert [name for name in reply.headers if name.lower().startswith("access-control-")] == []
