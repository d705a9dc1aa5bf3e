"""Compiles a tree ahead of time, because Lambda has nowhere to keep bytecode between starts."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from infrastructure.artifact.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path


def compile_tree(tree: Path, *, installed_at: str) -> None:
    """Write bytecode next to every module of `tree`, which will be unpacked to `installed_at`.

    The bytecode is trusted without a look at its source's time, which the zip file does not keep,
    and names the final paths; so it is the same on every machine.
    """
    command = [sys.executable, "-P", "-m", "compileall", "-q", "-j", "0"]
    command += ["--invalidation-mode", "unchecked-hash", "-s", str(tree), "-p", installed_at]
    # The person's own switches, such as to write no bytecode at all, are for other programs.
    environment = {name: os.environ[name] for name in os.environ if not name.startswith("PYTHON")}
    result = subprocess.run(
        [*command, str(tree)], env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise ArtifactError(
            f"A module does not compile: {(result.stdout or result.stderr).strip()}",
            cure="Correct it, then try again.",
        )
