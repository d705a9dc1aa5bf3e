"""Installs the locked wheels of another platform, and says in words why it could not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from infrastructure.artifact.errors import ArtifactError
from infrastructure.artifact.lock import LOCK
from infrastructure.artifact.target import PLATFORMS

if TYPE_CHECKING:
    from pathlib import Path

    from infrastructure.artifact.target import Target

_NO_NETWORK: Final = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError"
    r"|SSLError|Max retries exceeded|Connection refused|Connection broken|timed out"
)
_NO_WHEEL: Final = re.compile(r"No matching distribution found for (\S+)")
_LAST_ERROR: Final = re.compile(r"^ERROR: (.*)$", re.MULTILINE)


def install_wheels(requirements: Path, into: Path, target: Target) -> None:
    """Install exactly the `requirements`, checked by hash, into the folder `into`.

    Only wheels are taken: building a package would run its code here, for the wrong machine.
    """
    command = [
        *(sys.executable, "-m", "pip", "install", "--requirement", str(requirements)),
        *("--require-hashes", "--no-deps", "--only-binary=:all:", "--implementation", "cp"),
        *("--python-version", target.python, "--platform", target.platform),
        *("--target", str(into), "--no-compile", "--quiet", "--no-input", "--retries", "2"),
        "--disable-pip-version-check",
    ]
    # PIP_USER contradicts --target. Everything else of the person's pip, such as an index of the
    # company's own, holds.
    environment = {**os.environ, "PIP_USER": "0"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise explain(result.stderr, target)


def explain(errors: str, target: Target) -> ArtifactError:
    """What pip's `errors` mean, and what to do about them."""
    if "No module named pip" in errors:
        return ArtifactError(
            f"{sys.executable} has no pip, which installs the dependencies of the functions.",
            cure=f"Run: {sys.executable} -m ensurepip --upgrade",
        )
    if "DO NOT MATCH THE HASHES" in errors:
        return ArtifactError(
            f"The package index serves a file other than the one {LOCK} was locked with.",
            cure="Do not deploy it. Compare the index pip uses (pip config list) with the lock.",
        )
    if _NO_NETWORK.search(errors):
        return ArtifactError(
            "The package index cannot be reached.",
            cure="Connect to the network, or name an index that can be reached in PIP_INDEX_URL.",
        )
    if missing := _NO_WHEEL.search(errors):
        return ArtifactError(
            f"{missing[1]} has no wheel for Python {target.python} on {target.platform}.",
            cure="Use a package index that has it (pip config list)."
            if target.platform in PLATFORMS.values()
            else "Follow the processor: pulumi config rm -s STAGE leave:wheel-platform",
        )
    found = _LAST_ERROR.findall(errors)
    return ArtifactError(
        f"The dependencies cannot be installed: {found[-1] if found else errors.strip()}",
        cure=f"Correct {LOCK}, or the settings of pip (pip config list).",
    )
