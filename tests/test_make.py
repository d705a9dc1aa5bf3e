"""What `make` does before anything is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
MAKEFILE = PROJECT / "Makefile"
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(MAKEFILE, folder)
    return subprocess.run(
        ["make", "-C", str(folder), *arguments], capture_output=True, text=True, check=False
    )


def shim(folder: Path) -> Path:
    """A command such as version managers leave on the PATH: it is there and does not work."""
    path = folder / "python3.13"
    path.write_text("#!/bin/sh\necho 'python3.13: command not found' >&2\nexit 127\n")
    path.chmod(0o755)
    return path


def test_no_folder_or_file_stands_for_what_a_target_does() -> None:
    """Make would find it there already, and do nothing."""
    targets = re.findall(r"^([a-z-]+):.*## ", MAKEFILE.read_text("utf-8"), re.MULTILINE)
    assert len(targets) > 15
    for target in targets:
        planned = subprocess.run(
            ["make", "-C", str(MAKEFILE.parent), "--dry-run", target],
            capture_output=True,
            text=True,
            check=False,
        )
        assert planned.returncode == 0, planned.stderr
        assert not re.search("up to date|Nothing to be done", planned.stdout), target


def test_make_proof_tries_all_of_what_make_test_tries_in_part() -> None:
    """What is on the stage says itself how much it tries."""
    (named,) = re.findall(r"^PROVEN := ((?:.*\\\n)*.*)$", MAKEFILE.read_text("utf-8"), re.MULTILINE)
    proven = tuple(PROJECT / path for path in named.replace("\\\n", "").split())
    assert all(path.exists() for path in proven)
    partly = re.compile(
        r"^from (?:hypothesis|tests\.examples) import|mark\.full|Option\(\"--proof\"\)",
        re.MULTILINE,
    )
    for path in (PROJECT / "tests").rglob("test_*.py"):
        text = path.read_text("utf-8")
        if partly.search(text) and "pytest.mark.stage" not in text:
            assert any(path == one or one in path.parents for one in proven), path


def test_make_alone_lists_what_there_is(tmp_path: Path) -> None:
    listed = make(tmp_path).stdout
    for target in ("demo", "local", "pictures", "test", "check", "lock", "clean"):
        assert re.search(rf"^make {target} +\w", listed, re.MULTILINE)


def test_without_a_python_that_works_it_says_what_to_install(tmp_path: Path) -> None:
    done = make(tmp_path, ".venv/bin/python", f"PYTHONS={shim(tmp_path)}")
    assert done.returncode != 0
    assert "No working Python 3.11 or newer was found" in done.stderr
    assert "Cure: install Python" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_first_python_that_works_makes_anew_what_pulumi_left_half_made(tmp_path: Path) -> None:
    venv.create(tmp_path / ".venv", symlinks=True, with_pip=False)
    for file in ("requirements/stage.txt", "pyproject.toml"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    done = make(tmp_path, ".venv/.stage", f"PYTHONS={shim(tmp_path)} {sys.executable}")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"Creating .venv with Python {version}" in done.stdout
    made = [str(tmp_path / ".venv" / "bin" / "python"), "-c", "import pip, sys; print(sys.prefix)"]
    prefix = subprocess.run(made, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(prefix).samefile(tmp_path / ".venv")


@pytest.mark.parametrize(("provider", "outcome"), [("real", "1 error"), ("", "1 skipped")])
def test_make_provider_fails_without_pulumi(tmp_path: Path, provider: str, outcome: str) -> None:
    """The workflow of the same name would be green otherwise."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/engine/test_story.py", "-q", "-n0"],
        cwd=PROJECT,
        env={"PATH": str(tmp_path), "LEAVE_AWS_PROVIDER": provider},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in done.stdout, done.stdout
    assert done.returncode == (1 if provider else 0)


def test_what_make_installs_is_all_that_pulumi_would_install() -> None:
    """`pulumi install`, and `pulumi up` where there is no .venv, install requirements.txt."""
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--no-input"]
    done = subprocess.run(
        [*pip, "--require-hashes", "-r", "requirements.txt"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Would install" not in done.stdout
    assert "pulumi-aws==" in done.stdout
