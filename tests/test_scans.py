"""What `make check` scans for is found."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import PROJECT

TOOLS = Path(sys.executable).parent
LOCKS = ("lambda", "stage", "dev")
# Put together here, so that it is in no file.
SECRETS = {
    "a key of AWS": 'KEY = "AKIA' + "IOSFODNN7EXAMPL2" + '"',
    "a private key": "-----BEGIN RSA" + " PRIVATE KEY-----",
    "a token of Google": 'TOKEN = "1//0gV3xK9' + 'qLmZ2CgYIARAAGBASNwF-L9IrT4uHs7Xn"',
}
WORKFLOW = """\
on: pull_request_target
jobs:
  any:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
      - run: echo ${{ github.event.pull_request.title }}
"""


def tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(TOOLS / name), *map(str, arguments)]
    return subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=300
    )


def secrets_in(path: Path) -> subprocess.CompletedProcess[str]:
    return tool("detect-secrets-hook", "--baseline", PROJECT / ".secrets.baseline", path)


@pytest.mark.parametrize("line", SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_is_found(tmp_path: Path, line: str) -> None:
    file = tmp_path / "settings.py"
    file.write_text(f"{line}\n")
    assert secrets_in(file).returncode == 1


def test_no_secret_is_found_where_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "settings.py"
    file.write_text('NAME = "leave-approval"\n')
    found = secrets_in(file)
    assert found.returncode == 0, found.stdout


def test_no_secret_is_accepted_by_its_line_number() -> None:
    baseline = json.loads((PROJECT / ".secrets.baseline").read_text("utf-8"))
    assert baseline["results"] == {}


def test_an_unsafe_workflow_is_found(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "any.yml").write_text(WORKFLOW)
    found = tool("zizmor", "--offline", "--no-progress", tmp_path)
    assert found.returncode != 0
    for rule in ("dangerous-triggers", "unpinned-uses", "template-injection"):
        assert rule in found.stdout


@pytest.mark.parametrize("name", LOCKS)
def test_a_smaller_set_has_the_versions_of_the_largest(name: str) -> None:
    """Dependabot raises versions file by file; `make lock` brings them together again."""
    own, largest = (
        pins((PROJECT / "requirements" / f"{lock}.txt").read_text("utf-8"))
        for lock in (name, LOCKS[-1])
    )
    assert set(own) <= set(largest)


def pins(lock: str) -> list[str]:
    """What a lock pins, without markers and hashes."""
    return re.findall(r"^[\w.-]+==[^\s;]+", lock, re.MULTILINE)
