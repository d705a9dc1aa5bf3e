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


def predecessor(workshop: Workshop) -> Clone:
    """A clone of the previous commit; of this one, if what is stored was changed since.

    The test is skipped where there is no previous commit to be had.
    """
    parent = git("rev-parse", "--verify", "--quiet", "HEAD~1^{commit}").decode().strip()
    if not parent:
        pytest.skip("this clone has no commit before its last one; cure: git fetch --deepen 1")
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
