"""Mail that can not vanish: Google fails in every way, and the brief arrives, twice at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.demo import web
from tests.end_to_end.people import Someone, fresh_day
from tests.end_to_end.workflows import end_of, wait_until_mailed

if TYPE_CHECKING:
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage


def let_google_fail(stage: LocalStage, *faults: str) -> None:
    order = {"endpoint": "send", "faults": list(faults)}
    assert web.post_json(f"{stage.facts.google_url}/_fake/faults", order).status < 300


@pytest.mark.parametrize(
    ("faults", "most"),
    [
        pytest.param(["500"], 1, id="for-a-moment"),
        pytest.param(["429"], 1, id="a-quota"),
        pytest.param(["drop"], 1, id="before-it-was-taken"),
        pytest.param(["drop_after"], 2, id="after-it-was-taken"),
    ],
)
def test_the_brief_arrives_whatever_google_does(
    stage: LocalStage, faults: list[str], most: int
) -> None:
    jim, john = Someone(stage.facts, "jim@foo.com"), Someone(stage.facts, "john@foo.com")
    let_google_fail(stage, *faults)
    said = jim.ask(date=fresh_day().isoformat()).fields()
    brief = john.wait_for_mail(said["requestId"])
    wait_until_mailed(stage, said["requestId"])
    assert 1 <= len(john.mails(said["requestId"])) <= most
    assert john.press(brief.link("approved")).status == 200
    assert "approved" in jim.wait_for_mail(said["requestId"]).text
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    assert 1 <= len(john.mails(said["requestId"])) <= most


def test_a_lead_who_can_not_be_reached_is_told_to_the_administrators(stage: LocalStage) -> None:
    """There is nobody else to ask, so the lead is tried again."""
    jane, john = Someone(stage.facts, "jane@foo.com"), Someone(stage.facts, "john@foo.com")
    admin = Someone(stage.facts, "admin@foo.com")
    let_google_fail(stage, "400")
    said = jane.ask(date=fresh_day().isoformat()).fields()
    told = admin.wait_for_mail(said["requestId"])
    assert "John Carpenter" in told.text
    assert john.wait_for_mail(said["requestId"])
