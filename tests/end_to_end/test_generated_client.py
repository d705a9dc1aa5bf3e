"""A client that a generator makes of the API's own description is typed, and works."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import API
from tests.end_to_end.employees import call
from tests.end_to_end.people import fresh_day

if TYPE_CHECKING:
    from tests.end_to_end.employees import Employee
    from tests.stage import LocalStage

pytestmark = pytest.mark.stage
JOURNEY = Path(__file__).with_name("generated_journey.py")


def run(folder: Path, *arguments: str) -> str:
    """Run a program or a module in a folder; it must succeed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def generated(stage: LocalStage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client, and with the program that uses it."""
    folder = tmp_path_factory.mktemp("client")
    described = call(f"{stage.facts.api_url}/openapi.json", headers={}).body
    (folder / "openapi.json").write_text(described, encoding="utf-8")
    # Without its formatter, which would not change what the code does.
    overrides = json.loads(API.block_with("json", "content_type_overrides"))
    settings = json.dumps({"post_hooks": []} | overrides)
    (folder / "generator.json").write_text(settings, encoding="utf-8")
    said = run(
        folder,
        *("-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none"),
        *("--output-path", "leave_client", "--config", "generator.json", "--fail-on-warning"),
    )
    assert "warning" not in said.lower()
    shutil.copy(JOURNEY, folder / "journey.py")
    return folder


def test_every_body_has_a_type_of_its_own(generated: Path) -> None:
    bodies = {
        (file.stem, body)
        for file in (generated / "leave_client" / "api" / "default").glob("*.py")
        for body in re.findall(r"^    body: (.*),$", file.read_text("utf-8"), re.MULTILINE)
    }
    assert bodies == {
        ("request_leave", "LeaveBody"),
        ("change_leave_request", "ChangeBody"),
        ("decide_approval", "AnswerBody"),
        ("delegate_approvals", "DelegationBody"),
        ("adjust_balance", "AdjustmentBody"),
        ("import_employees", "File"),
    }


def test_the_client_and_a_program_that_uses_it_have_types_that_agree(generated: Path) -> None:
    settings = {"include": ["leave_client", "journey.py"], "typeCheckingMode": "standard"}
    (generated / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    run(generated, "-m", "basedpyright", "--project", ".", "--pythonpath", sys.executable)


def test_the_program_gets_what_it_asks_for(
    stage: LocalStage, generated: Path, jane: Employee
) -> None:
    run(generated, "journey.py", stage.facts.api_url, jane.token(), fresh_day().isoformat())
