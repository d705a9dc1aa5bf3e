"""The commands of docs/operations.md bring a stage's data back, and what waited goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cli.account.oauth_client import OAuthClient
from cli.account.private_files import config_folder
from cli.account.profiles import Profile, Profiles
from emulator.child_environment import of_emulated_aws
from tests.aws_command import aws_command
from tests.docs.markdown import PROJECT, Page
from tests.end_to_end.employees import ADMIN, Employee
from tests.end_to_end.people import fresh_day
from tests.stage import local_stage

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from tests.stage import LocalStage

pytestmark = [
    pytest.mark.stages,
    pytest.mark.skipif(
        shutil.which("jq") is None, reason="there is no jq, which the commands need"
    ),
]
PAGE = Page(PROJECT / "docs" / "operations.md")
# Of what a restore leaves out, `pulumi up` sets what `leave doctor` asks for. It also
# undoes what was set by hand.
_PULUMI = """#!/bin/sh
case "$*" in
  "stack output functions"*) cat "{functions}";;
  "stack output state_machine_arn"*) echo "{machine}";;
  destroy*) touch "{folder}/destroyed";;
  up*) jq -r '.[]' "{functions}" | while read -r NAME; do
    aws lambda delete-function-concurrency --function-name "$NAME"; done
    aws dynamodb update-continuous-backups --table-name leave-local \\
    --point-in-time-recovery-specification '{{"PointInTimeRecoveryEnabled": true}}';;
esac
"""
_LEAVE = '#!/bin/sh\nPYTHONPATH="{project}" exec "{python}" -m cli "$@"\n'
_DONE = "--- done:"
_BUCKET = """aws s3api create-bucket --bucket BUCKET \
  --create-bucket-configuration '{"LocationConstraint": "%s"}'"""


@contextmanager
def shell(stage: LocalStage, folder: Path) -> Generator[Callable[[str], str]]:
    """Give a function that types a block of the page, as an operator of the stage would."""
    facts = stage.facts
    (folder / "functions.json").write_text(json.dumps(facts.functions))
    commands = {
        "pulumi": _PULUMI.format(
            folder=folder, functions=folder / "functions.json", machine=facts.state_machine_arn
        ),
        "leave": _LEAVE.format(project=PROJECT, python=sys.executable),
    }
    for name, text in commands.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    variables = of_emulated_aws(
        os.environ, endpoint_url=facts.aws_endpoint_url, region=facts.region
    )
    variables["PATH"] = f"{folder}:{os.environ['PATH']}"
    variables |= {
        "XDG_CONFIG_HOME": str(folder / "config"),
        "LEAVE_ID_TOKEN": Employee(facts, ADMIN).token(),
    }
    assert facts.oauth_client
    client = OAuthClient.of(facts.oauth_client, where="the ready file")
    profile = Profile(name=facts.stage, api_url=facts.api_url, client=client)
    Profiles(config_folder(variables)).keep(profile)

    # One shell for all blocks, which goes on after a command that fails, as a person's does.
    terminal = subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-s"],
        env=variables,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert terminal.stdin
    assert terminal.stdout
    keys, screen = terminal.stdin, terminal.stdout

    def type_in(block: str) -> str:
        text = textwrap.dedent(block)
        text = text.replace("BUCKET", "backups").replace("2026", str(datetime.now(UTC).year))
        for before in ("leave-dev", "-s dev", "--stage dev"):
            text = text.replace(before, before.replace("dev", facts.stage))
        keys.write(f"{text}\necho {_DONE} $?\n")
        keys.flush()
        shown = ""
        for line in screen:
            if line.startswith(_DONE):
                assert line == f"{_DONE} 0\n", f"{text}\n{shown}"
                break
            shown += line
        assert "Error" not in shown, f"{text}\n{shown}"
        return shown

    try:
        with aws_command(folder, facts.aws_endpoint_url, facts.region):
            yield type_in
    finally:
        keys.close()
        screen.close()
        terminal.wait(timeout=60)


def block(words: str) -> str:
    """The one block of the page with these words in it, as it is indented there."""
    return PAGE.block_with("sh", words)


# The first of the two: a stage is stopped the same way before it is removed.
STOP = next(text for text in PAGE.blocks("sh") if "put-function-concurrency" in text)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStage]:
    """A stage that is restored first and removed then."""
    with local_stage(tmp_path_factory.mktemp("own")) as running:
        yield running


def test_a_restored_stage_is_as_it_was_and_what_waited_waits_again(
    own: LocalStage, tmp_path: Path
) -> None:
    stage = own
    with shell(stage, tmp_path) as type_in:
        jim, john = (Employee(stage.facts, f"{name}@foo.com") for name in ("jim", "john"))
        day = fresh_day()
        kept = jim.submit(date=day.isoformat())["requestId"]
        link = john.wait_for_mail(kept).link("approved")
        left = jim.account(day.year)

        type_in(_BUCKET % stage.facts.region)
        type_in(block("export-table-to-point-in-time"))
        assert "jim@foo.com" in (tmp_path / "employees.csv").read_text()
        (report,) = tmp_path.glob("balances-*.csv")
        assert ",pending,available" in report.read_text()
        restored = block("restore-table-to-point-in-time --source-table-name")
        type_in(restored.replace("2027-03-08T06:00:00Z", datetime.now(UTC).isoformat()))
        assert john.press(link).status == 200, "decided in the time that will be gone"
        lost = jim.submit(date=fresh_day().isoformat())["requestId"]
        assert "approved" in jim.wait_for_mail(kept).text

        type_in(STOP)
        assert jim.get(f"/leave_requests/{kept}").status >= 429, "the stage stands still"
        assert "is available" in type_in(block("create-backup --table-name leave-dev-restored"))
        type_in(block("delete-table --table-name leave-dev"))
        type_in(block("pulumi refresh"))
        type_in(block("leave doctor --stage dev\n"))
        _wait_until(lambda: any(kept in one["name"] for one in running(stage)))

        assert jim.request(kept)["status"] == "pending"
        assert jim.get(f"/leave_requests/{lost}").status == 404
        assert jim.account(day.year) == left
        told = len(jim.mails(kept))
        assert john.press(link).status == 200, "the link of the mail from before is good again"
        jim.wait_for_mail(kept)
        _wait_until(lambda: len(jim.mails(kept)) == told + 1)
        assert len(john.mails(kept)) == 1, "nobody is asked by a second mail"


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_stage_is_removed_while_somebody_waits(own: LocalStage, tmp_path: Path) -> None:
    stage = own
    with shell(stage, tmp_path) as type_in:
        jim, john = (Employee(stage.facts, f"{name}@foo.com") for name in ("jim", "john"))
        john.wait_for_mail(jim.submit(date=fresh_day().isoformat())["requestId"])
        assert running(stage)

        destroyed, removal = tmp_path / "destroyed", block("pulumi destroy")
        for failing in ("put-function-concurrency", "stop-execution"):
            type_in(f'aws() {{ [ "$2" != {failing} ] && command aws "$@"; }}')
            type_in(f"! {{ {removal} }}")
            assert running(stage)
        type_in('aws() { [ "$2" = stop-execution ] || command aws "$@"; }')
        left = len(running(stage))
        assert f"still: {left}. Paste this again." in type_in(f"! {{ {removal} }}")
        assert not destroyed.exists(), "it stops at the first command that fails"
        type_in("unset -f aws")
        type_in(removal)
        assert destroyed.exists()

        assert not running(stage), "AWS would keep the state machine for as long as one waits"
        assert jim.get("/leave_balance").status >= 429, "nobody can start another one"


def running(stage: LocalStage) -> list[Any]:
    found: dict[str, Any] = stage.aws.workflows.list_executions(
        stateMachineArn=stage.facts.state_machine_arn, statusFilter="RUNNING"
    )
    return found["executions"]
