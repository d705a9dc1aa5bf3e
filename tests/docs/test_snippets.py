"""What the README asks to type does what the README says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cli.directory_file import read_directory
from emulator.google import GoogleStandIn
from emulator.summary import working_day_ahead
from tests.docs.markdown import PROJECT, README

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stage import LocalStage

AUDIENCE = "leave-local"
SENDER = "leave@foo.com"
_HERE_DOCUMENT = re.compile(r"<<'EOF'\n(.*?)^EOF$", re.MULTILINE | re.DOTALL)
# A browser that only follows redirects, and does not keep the one who opened it waiting.
_BROWSER = """#!/bin/sh
"{python}" -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1]).read()' "$1" &
"""


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    with GoogleStandIn(port=0, audiences=[AUDIENCE], mailbox=SENDER) as running:
        yield running


def run_python(words: str, folder: Path, *arguments: str) -> str:
    """Run the Python of the README's shell block with `words`; return what it prints."""
    (program,) = _HERE_DOCUMENT.findall(README.block_with("sh", words))
    browser = folder / "browser"
    browser.write_text(_BROWSER.format(python=sys.executable))
    browser.chmod(0o700)
    done = subprocess.run(
        [sys.executable, "-", *arguments],
        input=program,
        env={
            **os.environ,
            "BROWSER": str(browser),
            # The stand-in speaks http, on loopback only.
            "OAUTHLIB_INSECURE_TRANSPORT": "1",
            "no_proxy": "127.0.0.1,localhost",
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_way_to_gmail_credentials_ends_with_what_the_secret_has_to_hold(
    google: GoogleStandIn, tmp_path: Path
) -> None:
    client, value = tmp_path / "client_secret.json", tmp_path / "leave-gmail.json"
    client.write_text(json.dumps(google.client_file()))
    run_python("gmail.send", tmp_path, str(client), str(value))
    written: dict[str, str] = json.loads(value.read_text())
    usable = google.gmail_credentials()
    assert written.keys() == usable.keys() == json.loads(README.block_with("json", "1//")).keys()
    assert {**written, "refresh_token": ""} == {**usable, "refresh_token": ""}
    assert written["refresh_token"]


def test_the_way_to_an_id_token_prints_one_and_nothing_else(
    google: GoogleStandIn, tmp_path: Path
) -> None:
    client = tmp_path / "client_secret.json"
    client.write_text(json.dumps(google.client_file(AUDIENCE)))
    printed = run_python("userinfo.email", tmp_path, str(client))
    assert re.fullmatch(r"ey[\w-]+\.[\w-]+\.[\w-]+\n", printed)


def test_the_sample_of_a_directory_has_no_mistakes() -> None:
    (sample,) = README.blocks("csv")
    assert [employee.employee_id for employee in read_directory(sample)] == ["E001", "E002"]


@pytest.mark.stage
def test_jim_asks_for_leave_by_the_commands_of_the_readme(stage: LocalStage) -> None:
    day = working_day_ahead(datetime.now(UTC).date(), weeks=70)
    said = run_shell(stage, README.block_with("sh", "_fake/id_token"), day.isoformat())
    example: dict[str, Any] = json.loads(README.block_with("json", '"ref"'))
    assert said.keys() == example.keys()
    assert said["status"] == example["status"]
    assert said["workingDays"] == example["workingDays"]


@pytest.mark.stage
def test_a_week_is_asked_for_by_the_command_of_the_readme(stage: LocalStage) -> None:
    sign_in, _ = README.block_with("sh", "_fake/id_token").split("\n\n", 1)
    ask = README.block_with("sh", "Idempotency-Key")
    monday = working_day_ahead(datetime.now(UTC).date(), weeks=72) - timedelta(days=2)
    friday = monday + timedelta(days=4)
    said = run_shell(stage, f"{sign_in}\n{ask}", monday.isoformat(), friday.isoformat())
    assert said["workingDays"] == 5


def run_shell(stage: LocalStage, script: str, *days: str) -> dict[str, Any]:
    """Run commands on the stage, with other days than the page's, and return the JSON answer."""
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
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
