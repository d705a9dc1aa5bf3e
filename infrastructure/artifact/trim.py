"""Takes out of the installed packages what no function reads, nine tenths of their bytes.

What may go is found by importing everything from the trimmed tree alone, which a test does.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

SERVICES: Final = frozenset(("dynamodb", "secretsmanager", "states", "stepfunctions"))
"""The AWS services `leave/` calls, as folders of botocore's data and as endpoints."""

_DISCOVERY: Final = PurePosixPath("googleapiclient/discovery_cache/documents")
_DISCOVERY_KEPT: Final = frozenset(("gmail.v1.json",))
_AWS_DATA: Final = PurePosixPath("botocore/data")
# Scripts, an alias of googleapiclient, boto3's resources (only its clients are used), and the part
# of cffi that compiles C.
_UNUSED: Final = tuple(map(PurePosixPath, ("apiclient", "bin", "boto3/data", "cffi")))


def trim_dependencies(packages: Path) -> None:
    """Delete every file below `packages` that is not needed at run time."""
    for path in sorted(packages.rglob("*")):
        if path.is_file() and not is_needed(PurePosixPath(path.relative_to(packages).as_posix())):
            path.unlink()
    _trim_endpoints(packages / _AWS_DATA / "endpoints.json")


def is_needed(path: PurePosixPath) -> bool:
    """Whether the file at `path`, relative to the packages' folder, is needed at run time."""
    if path.parent == _DISCOVERY:
        return path.name in _DISCOVERY_KEPT
    if path.is_relative_to(_AWS_DATA) and path.parent != _AWS_DATA:
        return path.parts[2] in SERVICES and not path.name.startswith("examples-")
    if path.parts[0].endswith(".dist-info"):
        # Scanners read from it which versions are deployed; some packages ask for their own.
        return path.name == "METADATA"
    if path.suffix in {".pyi", ".pyx", ".pxd", ".c", ".h"} or "tests" in path.parts:
        return False
    return not any(path.is_relative_to(unused) for unused in _UNUSED)


def _trim_endpoints(file: Path) -> None:
    """Every client reads this file when it is made: 1.3 MB of it for services that are not used."""
    endpoints: dict[str, Any] = json.loads(file.read_text("utf-8"))
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in SERVICES & services.keys()}
    file.write_text(json.dumps(endpoints, sort_keys=True), "utf-8")
