"""What an artifact is built for."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from typing import Final

# For the glibc of every Amazon Linux that a Python runtime of Lambda is based on.
PLATFORMS: Final = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}


@dataclass(frozen=True, kw_only=True)
class Target:
    """A Python version such as `3.13`, and pip's tag of a platform: `manylinux2014_aarch64`."""

    python: str
    platform: str

    @property
    def compiles_here(self) -> bool:
        """Whether this interpreter writes the bytecode that the target reads."""
        return self.python == _running_python() and sys.implementation.name == "cpython"


def host_target() -> Target:
    """The target for this interpreter on this machine."""
    return Target(python=_running_python(), platform=_host_platform())


def _running_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _host_platform() -> str:
    machine = platform.machine().lower()
    if sys.platform == "darwin":
        major = platform.mac_ver()[0].partition(".")[0]
        return f"macosx_{major}_0_{machine}"
    if platform.libc_ver()[0] == "glibc":
        return f"manylinux2014_{machine}"
    return f"musllinux_1_2_{machine}"
