"""The version of this release, which pyproject.toml says."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

_PROJECT: Final = Path(__file__).resolve().parent.parent


@cache
def version() -> str:
    """Return it, such as `1.2.0`."""
    return tomllib.loads((_PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
