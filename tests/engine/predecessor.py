"""The program that an update begins with: that of the previous commit."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.engine.workshop import PROJECT

if TYPE_CHECKING:
    from tests.engine.workshop import Clone, Workshop

FORMAT = "tests/engine/stored-format"
"""The number of what is stored; CONTRIBUTING.md says when it is raised."""


def previous_commit() -> str:
    """Return its name; skips the test where there is none."""
    parent = git("rev-parse", "--verify", "--quiet", "HEAD~1^{commit}").decode().strip()
    if not parent:
        pytest.skip("there is no commit before the last one here; cure: git fetch --deepen 1")
    return parent


def predecessor(workshop: Workshop, parent: str) -> Clone:
    """A clone of the previous commit, or of this one if it changes what is stored."""
    if git("show", f"{parent}:{FORMAT}") != (PROJECT / FORMAT).read_bytes():
        return workshop.clone("before")
    return workshop.clone_of(git("archive", parent), "before")


def git(*command: str) -> bytes:
    """Return what git prints; nothing where it fails, or is not there."""
    if shutil.which("git") is None:
        return b""
    return subprocess.run(
        ["git", "-C", str(PROJECT), *command], capture_output=True, check=False
    ).stdout
