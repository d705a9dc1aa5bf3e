"""What the pages ask to type does what they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from emulator.summary import working_day_ahead
from tests.docs.markdown import API, DEPLOY, PROJECT, README
from tests.leave.directories import read_text

if TYPE_CHECKING:
    from tests.stage import LocalStage


def test_the_sample_of_a_directory_has_no_mistakes() -> None:
    (sample,) = DEPLOY.blocks("csv")
    read = read_text(sample)
    assert not read.mistakes
    assert [employee.employee_id for employee in read.employees.values()] == ["E001", "E002"]


@pytest.mark.stage
def test_jim_asks_for_leave_by_the_commands_of_the_readme(stage: LocalStage) -> None:
    day = working_day_ahead(datetime.now(UTC).date(), weeks=70)
    script = README.block_with("sh", "_fake/id_token")
    said: dict[str, Any] = json.loads(shell(stage, script, day.isoformat()))
    example: dict[str, Any] = json.loads(README.block_with("json", '"ref"'))
    assert said.keys() == example.keys()
    assert said["status"] == example["status"]
    assert said["workingDays"] == example["workingDays"]


@pytest.mark.stage
def test_a_week_is_asked_for_looked_at_changed_and_withdrawn_by_the_commands_of_the_page(
    stage: LocalStage,
) -> None:
    sign_in, _ = README.block_with("sh", "_fake/id_token").split("\n\n", 1)
    monday = working_day_ahead(datetime.now(UTC).date(), weeks=72) - timedelta(days=2)
    thursday, friday = (monday + timedelta(days=days) for days in (3, 4))

    def run(block: str, *days: date, request_id: str = "") -> list[dict[str, Any]]:
        script = f"{sign_in}\nID={request_id}\n{API.block_with('sh', block)}"
        return documents(shell(stage, script, *map(date.isoformat, days)))

    (asked,) = run("sailing-2027", monday, friday)
    assert asked["workingDays"] == 5
    request_id = asked["requestId"]
    listed, one, balance, team = run("status=pending", monday, friday, request_id=request_id)
    assert "leaveRequests" in listed
    assert (one["requestId"], one["status"]) == (request_id, "pending")
    assert [account["type"] for account in balance["balances"]] == ["annual"]
    assert team["absences"] == []
    changed, withdrawn = run("-X PATCH", monday, thursday, request_id=request_id)
    assert (changed["workingDays"], changed["revision"]) == (4, 2)
    assert withdrawn["status"] == "withdrawn"


@pytest.mark.stage
def test_a_calendar_is_subscribed_to_by_the_commands_of_the_page(stage: LocalStage) -> None:
    sign_in, _ = README.block_with("sh", "_fake/id_token").split("\n\n", 1)
    said = shell(stage, f"{sign_in}\n{API.block_with('sh', 'FEED=')}")
    assert said.startswith("BEGIN:VCALENDAR")


def documents(text: str) -> list[dict[str, Any]]:
    """The JSON documents in a text, one after the other."""
    found: list[dict[str, Any]] = []
    while text := text.strip():
        document, end = json.JSONDecoder().raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


def shell(stage: LocalStage, script: str, *days: str) -> str:
    """Run commands on the stage, with other days than the page's, and return what they say."""
    examples = iter(days)
    script = re.sub(r"\b2027-\d\d-\d\d\b", lambda _: next(examples), script)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={
            "PATH": os.environ["PATH"],
            "API": stage.facts.api_url,
            "GOOGLE": stage.facts.google_url,
            "no_proxy": "127.0.0.1",
        },
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
