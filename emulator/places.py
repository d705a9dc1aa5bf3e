"""Where the local stage finds the project and keeps what it makes."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
"""The directory of `Pulumi.yaml` and of the Pulumi program."""

STACK = "local"
"""The Pulumi stack of the local stage."""

LOCAL = PROJECT / ".local"
"""Everything the local stage makes for itself; safe to delete while no stage runs."""

MINISTACK_LOCK = PROJECT / "requirements" / "ministack.txt"
SAMPLE_DIRECTORY = Path(__file__).resolve().parent / "sample" / "directory.csv"
