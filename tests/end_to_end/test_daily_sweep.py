"""The daily sweep on the local stage: what was left half done is done."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from cli.__main__ import main
from tests.end_to_end.employees import ADMIN
from tests.end_to_end.people import Someone, fresh_day
from tests.end_to_end.sweeps import make_sweep, set_start
from tests.end_to_end.workflows import (
    end_of,
    record_of,
    run_out_of_time,
    status,
    token_of,
    wait_until_mailed,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.employees import Employee
    from tests.stage import LocalStage


pytestmark = pytest.mark.stage


def test_a_workflow_that_was_stopped_waits_again_and_the_same_link_decides(
    stage: LocalStage,
) -> None:
    jim, john = Someone(stage.facts, "jim@foo.com"), Someone(stage.facts, "john@foo.com")
    said = jim.ask(date=fresh_day().isoformat()).fields()
    brief = john.wait_for_mail(said["requestId"])
    stage.aws.workflows.stop_execution(executionArn=said["ref"])
    make_sweep(stage)
    assert status(stage, f"{said['ref']}.1") == "RUNNING"
    assert john.press(brief.link("approved")).status == 200
    assert "approved" in jim.wait_for_mail(said["requestId"]).text
    assert len(john.mails(said["requestId"])) == 1, "nobody is asked twice"


def test_what_nobody_answered_before_its_first_day_expires_and_is_told(stage: LocalStage) -> None:
    jane, john = Someone(stage.facts, "jane@foo.com"), Someone(stage.facts, "john@foo.com")
    said = jane.ask(date=fresh_day().isoformat()).fields()
    brief = john.wait_for_mail(said["requestId"])
    set_start(stage, said["requestId"], days=-1)
    make_sweep(stage)
    assert "expired" in jane.wait_for_mail(said["requestId"]).text
    late = john.press(brief.link("approved"))
    assert late.status == 409


def test_what_one_execution_waits_for_does_not_expire_with_another(stage: LocalStage) -> None:
    jim, john = Someone(stage.facts, "jim@foo.com"), Someone(stage.facts, "john@foo.com")
    said = jim.ask(date=fresh_day().isoformat()).fields()
    request_id = said["requestId"]
    john.wait_for_mail(request_id)
    own = token_of(stage, request_id)
    machine = said["ref"].replace(":execution:", ":stateMachine:").rpartition(":")[0]
    other = stage.aws.workflows.start_execution(
        stateMachineArn=machine,
        name=f"{request_id}.7",
        input=json.dumps({"requestId": request_id, "inquiry": 1}),
    )["executionArn"]
    run_out_of_time(stage, token_of(stage, request_id, other_than=own))
    assert end_of(stage, other) == "SUCCEEDED"
    assert status(stage, said["ref"]) == "RUNNING"
    assert jim.mails(request_id) == []
    run_out_of_time(stage, own)
    assert end_of(stage, said["ref"]) == "SUCCEEDED"
    assert "expired" in jim.wait_for_mail(request_id).text


def test_a_second_sweep_finds_nothing_to_do(stage: LocalStage) -> None:
    jim, john = Someone(stage.facts, "jim@foo.com"), Someone(stage.facts, "john@foo.com")
    said = jim.ask(date=fresh_day().isoformat()).fields()
    john.wait_for_mail(said["requestId"])
    wait_until_mailed(stage, said["requestId"])
    make_sweep(stage)
    before = record_of(stage, said["requestId"])
    make_sweep(stage)
    assert record_of(stage, said["requestId"]) == before
    assert status(stage, said["ref"]) == "RUNNING"
    assert len(john.mails(said["requestId"])) == 1


def test_adjustments_by_token_are_reported_and_mailed_once(
    stage: LocalStage, admin: Employee, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The day of an administrator who needs nothing but a token."""
    year, why = datetime.now(UTC).year, "Moved on a Saturday, and back"
    path = "/employees/E001/adjustments"
    for days in (0.5, -0.5):
        body = {"year": year, "type": "annual", "days": days, "reason": why}
        # The same call twice counts once.
        given = [admin.call("POST", path, body, Idempotency_Key=f"{days}") for _ in range(2)]
        assert [reply.status for reply in given] == [201, 201]
        assert given[0].fields() == given[1].fields()
    listed = admin.get(path, year=year).fields()["adjustments"]
    assert [(one["days"], one["by"]) for one in listed] == [(0.5, ADMIN), (-0.5, ADMIN)]
    absences = admin.get("/reports/absences", **{"from": f"{year}-01-01", "to": f"{year}-12-31"})
    balances = admin.get("/reports/balances", year=year)
    assert (absences.status, balances.status) == (200, 200)
    reported = admin.get("/reports/adjustments", year=year)
    for days in (0.5, -0.5):
        assert f',annual,{year},{days},"{why}",{ADMIN},' in reported.body
    monkeypatch.setenv("LEAVE_ID_TOKEN", admin.token())
    file = tmp_path / "report.csv"
    options = ["--year", str(year), "--output", str(file), "--ready-file", str(stage.ready_file)]
    assert main(["report", "adjustments", *options]) == 0
    assert file.read_bytes() == reported.body.encode()
    for _ in range(2):
        make_sweep(stage)
    (mail,) = Someone(stage.facts, "john@foo.com").mails(why)
    assert "0.5 working days more" in mail.text
    assert "0.5 working days fewer" in mail.text
    assert "This mail comes from the leave system of Foo Ltd." in mail.text
