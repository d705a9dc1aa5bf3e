"""What `.ci/run` does before `make check`."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.stage import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

USED = ("env", "bash", "dirname", "timeout")
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, USED)), reason="there is no coreutils timeout"
)


def ci(folder: Path, **commands: str) -> list[str]:
    """Run it with these commands and no others; return what they wrote, and what was printed."""
    binaries, log = folder / "bin", folder / "log"
    binaries.mkdir()
    log.touch()
    for name in USED:
        (binaries / name).symlink_to(str(shutil.which(name)))
    for name, script in {"make": f"echo make $* >>{log}", "id": "echo 0", **commands}.items():
        (binaries / name).write_text(f"#!/bin/sh\n{script.format(log=log)}\n")
        (binaries / name).chmod(0o755)
    (folder / ".ci").mkdir()
    shutil.copy(PROJECT / ".ci" / "run", folder / ".ci")
    done = subprocess.run(
        [str(folder / ".ci" / "run")],
        env={"PATH": str(binaries)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [*log.read_text().splitlines(), *done.stdout.splitlines()]


APT = "echo apt-get $* >>{log}"
MISSING = "Chromium is not there and was not installed."


def test_a_browser_that_is_there_is_taken(tmp_path: Path) -> None:
    assert ci(tmp_path, **{"google-chrome": "exit 0", "apt-get": APT}) == ["make check"]


def test_a_missing_browser_is_installed_quietly(tmp_path: Path) -> None:
    update, install, *rest = ci(tmp_path, **{"chromium": "exit 1", "apt-get": f"echo!\n{APT}"})
    assert update.endswith(" update")
    assert " install -y --no-install-recommends chromium " in install
    assert rest == ["make check"]


@pytest.mark.parametrize(
    "commands", [{"apt-get": "exit 100"}, {"id": "echo 1000", "apt-get": APT}, {}]
)
def test_what_can_not_be_installed_fails_nothing(tmp_path: Path, commands: dict[str, str]) -> None:
    assert ci(tmp_path, **commands) == ["make check", MISSING]
