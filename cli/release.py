"""The version of this command line."""

from __future__ import annotations

from importlib.metadata import version


def own_version() -> str:
    """Return the release that is installed, such as `1.2.0`."""
    return version("leave-approval")
