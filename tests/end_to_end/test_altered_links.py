from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.demo import web
from tests.end_to_end.people import Someone, fresh_day

if TYPE_CHECKING:
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage


def test_neither_an_altered_nor_a_foreign_link_decides(stage: LocalStage) -> None:
    john = Someone(stage.facts, "john@foo.com")
    said: dict[str, dict[str, str]] = {}
    links: dict[str, str] = {}
    for name in ("jim", "jane"):
        said[name] = (
            Someone(stage.facts, f"{name}@foo.com").ask(date=fresh_day().isoformat()).fields()
        )
        links[name] = john.wait_for_mail(said[name]["requestId"]).link("approved")
    before, _, secret = links["jim"].rpartition(".")
    _, _, foreign_secret = links["jane"].rpartition(".")
    last = "A" if secret[-2] != "A" else "B"
    for altered in (
        f"{before}.{secret[:-2]}{last}{secret[-1]}",
        f"{before}.{foreign_secret}",
        f"{before}.",
        before,
    ):
        assert web.get(altered).status == 404
        assert web.post_form(altered, {"comment": "mine"}).status == 404
    for asked in said.values():
        workflows = stage.aws.workflows
        found = workflows.describe_execution(executionArn=asked["ref"])["status"]
        assert found == "RUNNING"
