"""Imports on the local stage: over employees that are there, and of a whole company."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from cli.__main__ import main
from emulator.places import SAMPLE_DIRECTORY
from tests.end_to_end.conftest import NEWCOMERS
from tests.end_to_end.employees import ADMIN, Employee
from tests.stage import local_stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stage import LocalStage


@pytest.mark.stage
@pytest.mark.usefixtures("newcomers")
def test_an_import_changes_employees_and_the_next_one_finds_nothing_to_change(
    stage: LocalStage,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    admin: Employee,
) -> None:
    known = SAMPLE_DIRECTORY.read_text(encoding="utf-8") + NEWCOMERS
    married = known.replace("Sam Hill,sam@foo.com,E001,25", "Sam Dale,sam@foo.com,E001,27.5")

    monkeypatch.setenv("LEAVE_ID_TOKEN", admin.token())

    def imported(text: str) -> str:
        file = tmp_path / "directory.csv"
        file.write_text(text, encoding="utf-8")
        arguments = ["directory", "import", str(file), "--ready-file", str(stage.ready_file)]
        assert main(arguments) == 0
        return capsys.readouterr().out

    changed = imported(married)
    assert "name: Sam Hill -> Sam Dale" in changed
    assert "annualLeaveDays: 25 -> 27.5" in changed
    assert "1 changed" in changed
    assert "No employee differs from the file." in imported(married)
    assert "name: Sam Dale -> Sam Hill" in imported(known)


COMPANY = 2_000
CALLS, SECONDS = 4, 90


@pytest.mark.stages
def test_a_company_moves_in_by_few_calls(tmp_path: Path) -> None:
    rest = "25,Mon-Fri,2020-01-01,,,en"
    leads = [f"L{n},Lead {n},l{n}@foo.com,,{rest}" for n in range(COMPANY // 10)]
    people = [
        f"C{n},Employee {n},e{n}@foo.com,L{n % len(leads)},{rest}"
        for n in range(COMPANY - len(leads))
    ]
    sample = SAMPLE_DIRECTORY.read_text(encoding="utf-8")
    file = (sample + "\n".join([*leads, *people]) + "\n").encode()
    with local_stage(tmp_path) as stage:
        admin = Employee(stage.facts, ADMIN)
        tag, added, calls, began = "", [], 0, time.monotonic()
        reply = None
        while reply is None or reply.status == 202:
            reply = admin.put_employees(file, tag=tag, dryRun="false")
            assert reply.status in {200, 202}, reply.body
            tag, calls = reply.headers["ETag"], calls + 1
            added += [one["employeeId"] for one in reply.fields()["added"]]
        took = time.monotonic() - began
        assert len(added) == len(set(added)) == COMPANY
        assert (calls <= CALLS, took < SECONDS) == (True, True), (calls, took)
        known = admin.get("/employees")
        assert len(known.body.splitlines()) == COMPANY + 3 + 1
        assert known.headers["ETag"] == tag
        again = admin.put_employees(known.body.encode(), tag=tag, dryRun="false")
        assert (again.status, again.fields()["added"], again.fields()["changed"]) == (200, [], [])
