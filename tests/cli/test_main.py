"""The command as a whole."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.terminal import Terminal

PROJECT = Path(__file__).resolve().parents[2]
COMMANDS = (
    "login",
    "request",
    "change",
    "withdraw",
    "remind",
    "approvals",
    "approve",
    "deny",
    "undo",
    "delegate",
    "status",
    "calendar",
    "balance",
    "directory",
    "report",
    "doctor",
)


def test_the_help_names_every_command_and_every_exit_code(leave: Terminal) -> None:
    text = " ".join(leave.done("--help").out.split())
    for command in COMMANDS:
        assert f" {command} " in text
    assert "0 done, 1 error (see stderr), 2 wrong usage" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help(command: str, leave: Terminal) -> None:
    assert leave.done(command, "--help").out.startswith(f"usage: leave {command}")


@pytest.mark.parametrize("arguments", [(), ("fly",), ("status", "--fly")])
def test_wrong_usage_is_told_on_standard_error(arguments: tuple[str, ...], leave: Terminal) -> None:
    result = leave(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("usage: leave")


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "--help"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("usage: leave")


def test_whoever_stops_reading_is_no_error() -> None:
    shell = f"{sys.executable} -m cli --help | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell], cwd=PROJECT, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_that_lacks_a_letter_gets_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "Bücher.csv"
    done = subprocess.run(
        [sys.executable, "-m", "cli", "directory", "check", str(file)],
        cwd=PROJECT,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.stderr.endswith(b"B\\xfccher.csv cannot be read: No such file or directory.\n")


def test_the_command_knows_neither_the_emulator_nor_the_program() -> None:
    files = list((PROJECT / "cli").rglob("*.py"))
    assert files
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            packages = {name.partition(".")[0] for name in names}
            assert packages.isdisjoint({"emulator", "infrastructure", "tests"}), file
