"""What is wrong gets its clear answer, and leaves no trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from emulator.demo import web
from tests.end_to_end.people import Someone, fresh_day
from tests.end_to_end.traces import nothing_written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stage import LocalStage

pytestmark = pytest.mark.stage


@pytest.fixture
def jim(stage: LocalStage) -> Someone:
    return Someone(stage.facts, "jim@foo.com")


@pytest.fixture(autouse=True)
def nothing_is_written(stage: LocalStage) -> Iterator[None]:
    """Whatever a test of this file sends, no item is written and no workflow started."""
    with nothing_written(stage):
        yield


def test_a_body_that_is_no_json_is_malformed(stage: LocalStage, jim: Someone) -> None:
    url = f"{stage.facts.api_url}/request_leave"
    answer = web.send(url, b"{", {"Authorization": f"Bearer {jim.token()}"})
    assert answer.status == 400
    assert answer.fields()["status"] == 400


@pytest.mark.parametrize(
    "body",
    [
        {"date": "2026-02-30"},
        {"date": "soon"},
        {"date": 5},
        {},
        {"start": "2030-01-10", "end": "2030-01-09"},
        {"date": "2030-01-10", "colour": "blue"},
    ],
    ids=str,
)
def test_what_is_no_request_is_malformed(jim: Someone, body: dict[str, Any]) -> None:
    answer = jim.ask(**body)
    assert answer.status == 400
    assert answer.fields()["errors"]


def test_a_day_in_the_past_breaks_a_rule(jim: Someone) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=7)
    assert jim.ask(date=yesterday.isoformat()).status == 422


def test_a_body_over_16_kb_is_too_large(jim: Someone) -> None:
    assert jim.ask(date=fresh_day().isoformat(), reason="x" * 17_000).status == 413


def test_nobody_asks_without_a_token(stage: LocalStage) -> None:
    url = f"{stage.facts.api_url}/request_leave"
    assert web.post_json(url, {"date": fresh_day().isoformat()}).status == 401


@pytest.mark.parametrize(
    "claims",
    [{"aud": "somebody-else"}, {"expires_in": -60}, {"iss": "https://evil.example"}],
    ids=str,
)
def test_a_wrong_token_is_none(jim: Someone, claims: dict[str, Any]) -> None:
    answer = jim.ask(token=jim.token(**claims), date=fresh_day().isoformat())
    assert answer.status == 401


def test_a_forged_token_is_none(jim: Someone) -> None:
    token = jim.token(forged=True)
    assert jim.ask(token=token, date=fresh_day().isoformat()).status == 401


@pytest.mark.parametrize(
    "claims", [{"email_verified": False}, {"hd": "evil.example"}, {"hd": None}], ids=str
)
def test_an_account_the_company_does_not_vouch_for_may_not_ask(
    jim: Someone, claims: dict[str, Any]
) -> None:
    answer = jim.ask(token=jim.token(**claims), date=fresh_day().isoformat())
    assert answer.status == 403


def test_who_is_no_employee_may_not_ask(stage: LocalStage) -> None:
    stranger = Someone(stage.facts, "stranger@foo.com")
    assert stranger.ask(date=fresh_day().isoformat()).status == 403


def test_nobody_asks_for_somebody_elses_leave(jim: Someone) -> None:
    assert jim.ask(employeeId="E003", date=fresh_day().isoformat()).status == 403


def test_an_unknown_employee_is_told_to_admins(stage: LocalStage) -> None:
    admin = Someone(stage.facts, "admin@foo.com")
    assert admin.ask(employeeId="E999", date=fresh_day().isoformat()).status == 404


def test_an_employee_without_a_lead_has_nobody_to_decide(stage: LocalStage) -> None:
    john = Someone(stage.facts, "john@foo.com")
    answer = john.ask(date=fresh_day().isoformat())
    assert answer.status == 422
    assert "lead" in answer.body


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("link", ["x", "01m81xek7d0fd2azgyk0tzddsp.forged", "%2e%2e", "a" * 2000])
def test_a_forged_link_leads_nowhere(stage: LocalStage, method: str, link: str) -> None:
    url = f"{stage.facts.api_url}/leave_lead_response/approved/{link}"
    answer = web.get(url) if method == "GET" else web.post_form(url, {"comment": ""})
    assert answer.status == 404
    assert "Traceback" not in answer.body
