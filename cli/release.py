"""The version of this command line."""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Final

_PYPROJECT: Final = Path(__file__).resolve().parents[1] / "pyproject.toml"


def own_version() -> str:
    """Return the release, such as `1.2.0`: what pyproject.toml says, or else what is installed.

    What is installed may be older than the project's folder, or missing after `pulumi install`.
    """
    if _PYPROJECT.exists():
        return tomllib.loads(_PYPROJECT.read_text("utf-8"))["project"]["version"]
    return version("leave-approval")
