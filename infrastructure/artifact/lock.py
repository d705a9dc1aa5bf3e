"""The lock of the functions' dependencies, less the packages that nothing imports."""

from __future__ import annotations

import re
import sys
from pathlib import Path, PurePosixPath
from typing import Final

LOCK: Final = PurePosixPath("requirements/lambda.txt")
"""Where the lock is in the project."""

UNUSED_PACKAGES: Final = frozenset(
    (
        # google-api-core: for gRPC and protobuf, while Gmail is called with JSON over HTTP.
        "googleapis-common-protos",
        "proto-plus",
        "protobuf",
        # google-api-core: for traces, and for its other HTTP client.
        "charset-normalizer",
        "idna",
        "opentelemetry-api",
        "requests",
        # google-auth: for signing without cryptography.
        "pyasn1",
        "pyasn1-modules",
        # cffi: for compiling C.
        "pycparser",
        # For Python versions before the oldest runtime.
        "typing-extensions",
    )
)
"""Declared by packages that are needed, for features of theirs that are not."""

# A requirement starts at the margin; its hashes are indented below it.
_BREAK: Final = re.compile(r"\n(?=\S)")


def needed_requirements(lock: str) -> str:
    """The requirements of `lock`, each with its hashes, that are needed at run time."""
    blocks = (block for block in _BREAK.split(lock.strip()) if not block.startswith("#"))
    return "".join(f"{block}\n" for block in blocks if _name(block) not in UNUSED_PACKAGES)


def _name(requirement: str) -> str:
    """Its package's one name, of all the ways to write it: https://peps.python.org/pep-0503/."""
    return re.sub(r"[-_.]+", "-", requirement.partition("==")[0]).lower()


if __name__ == "__main__":  # for `make sbom`
    sys.stdout.write(needed_requirements(Path(LOCK).read_text("utf-8")))
