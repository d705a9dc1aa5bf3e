"""An approver has another employee asked, from the first call to the last mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from emulator.demo.web import Page
from tests.end_to_end.people import fresh_day
from tests.end_to_end.sweeps import make_sweep

if TYPE_CHECKING:
    from tests.end_to_end.employees import Employee
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage


def test_the_substitute_is_asked_what_waits_and_both_get_a_mail(
    stage: LocalStage, newcomers: dict[str, Employee], jane: Employee
) -> None:
    kim, lee = newcomers["kim"], newcomers["lee"]
    request_id = lee.submit(date=fresh_day().isoformat())["requestId"]
    old = kim.wait_for_mail(request_id)
    today = datetime.now(UTC).date()
    wanted = {
        "substituteId": "E003",
        "from": (today + timedelta(days=1)).isoformat(),
        "to": (today + timedelta(days=9)).isoformat(),
    }
    assert kim.call("PUT", "/delegation", wanted).status == 200
    assert kim.get("/delegation").fields() == wanted | {"name": "Jane Cook"}
    assert lee.get("/delegation").status == 403

    from_today = wanted | {"from": today.isoformat()}
    assert kim.call("PUT", "/delegation", from_today).status == 200
    asked = jane.wait_for_mail(request_id)
    assert "You decide for Kim Wells, who has delegated approvals to you." in asked.text
    assert "Another approver decides now" in Page(kim.open(old.link("approved")).body).text
    assert kim.press(old.link("approved")).status == 409
    assert jane.press(asked.link("approved")).status == 200
    assert lee.request(request_id)["status"] == "approved"

    make_sweep(stage)
    kim.wait_for_mail("asked about leave in your place")
    jane.wait_for_mail("by a mail about each request")
    assert kim.call("DELETE", "/delegation").status == 204
    assert kim.get("/delegation").status == 204
