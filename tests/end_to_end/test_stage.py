"""A stage as everybody finds it: what it tells, and that it is alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from emulator.demo import web
from tests.end_to_end.employees import Employee
from tests.end_to_end.people import Someone, fresh_day
from tests.stage import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stage import LocalStage

pytestmark = pytest.mark.stage


def test_the_ready_file_has_every_address_of_the_contract(stage: LocalStage) -> None:
    told = json.loads(stage.ready_file.read_text())
    contract = {"api_url", "aws_endpoint_url", "google_url", "inbox_url", "region"}
    assert contract | {"state_machine_arn", "table_name", "functions"} <= told.keys()
    assert told["functions"].keys() >= {
        "request_leave",
        "process_leave_request",
        "submit_lead_response",
        "process_lead_response",
    }
    assert web.get(f"{told['api_url']}/health").status == 200
    assert web.get(told["inbox_url"]).status == 200


def test_the_summary_has_what_a_person_pastes(stage: LocalStage) -> None:
    said = stage.emulator.said()
    assert f"curl {stage.facts.api_url}/request_leave" in said
    assert stage.facts.inbox_url in said


def test_an_employee_signs_in_on_the_command_line_without_a_browser(
    stage: LocalStage, tmp_path: Path
) -> None:
    def leave(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=PROJECT,
            env=os.environ | {"XDG_CONFIG_HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=120,
            text=True,
        ).stdout

    leave("login", "--ready-file", str(stage.ready_file), "--email", "jane@foo.com")
    shown = json.loads(leave("balance", "show", "--json"))
    answered = Employee(stage.facts, "jane@foo.com").get("/leave_balance").fields()
    assert shown == answered
    assert shown["employeeId"] == "E003"


def test_two_stages_side_by_side_do_not_touch_each_other(
    stage: LocalStage, patient_stage: LocalStage
) -> None:
    """That one goes on when the other stops is asked where that stops."""
    day, other = fresh_day().isoformat(), patient_stage
    said = Someone(other.facts, "jim@foo.com").ask(date=day).fields()
    Someone(other.facts, "john@foo.com").wait_for_mail(said["requestId"])
    assert Someone(stage.facts, "john@foo.com").mails(said["requestId"]) == []
    executions = stage.aws.workflows.list_executions(stateMachineArn=stage.facts.state_machine_arn)[
        "executions"
    ]
    assert said["requestId"] not in {execution["name"] for execution in executions}
    token = Someone(other.facts, "jim@foo.com").token()
    assert Someone(stage.facts, "jim@foo.com").ask(token=token, date=day).status == 401
