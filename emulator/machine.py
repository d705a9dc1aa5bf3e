"""The configuration that says for which machine the Lambda artifact is built: this one."""

from __future__ import annotations

import platform

from emulator.errors import StageError
from infrastructure.artifact import host_target

_ARCHITECTURES = {
    "aarch64": "arm64",
    "amd64": "x86_64",
    "arm64": "arm64",
    "x86_64": "x86_64",
}


def settings_of_this_machine() -> dict[str, str]:
    """Return the configuration keys that make the artifact run on this Python and processor."""
    machine = platform.machine().lower()
    if machine not in _ARCHITECTURES:
        raise StageError(
            f"Lambda has no {machine} processors, so its artifact cannot be built for this one.",
            cure="Use a machine with an x86_64 or arm64 processor.",
        )
    target = host_target()
    return {
        "leave:lambda-runtime": f"python{target.python}",
        "leave:lambda-architecture": _ARCHITECTURES[machine],
        "leave:wheel-platform": target.platform,
    }
