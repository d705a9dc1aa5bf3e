"""Takes out of the installed packages what no function reads, nine tenths of their bytes.

That nothing is missing is shown by calling every function on the trimmed tree alone, which a test
does.
"""

from __future__ import annotations

import gzip
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from pathlib import Path

SERVICES: Final = frozenset(("dynamodb", "secretsmanager", "states", "stepfunctions"))
"""The AWS services `leave/` calls, as folders of botocore's data and as endpoints."""

_DISCOVERY: Final = PurePosixPath("googleapiclient/discovery_cache/documents")
_DISCOVERY_KEPT: Final = frozenset(("gmail.v1.json",))
_AWS_DATA: Final = PurePosixPath("botocore/data")
# Folders and modules that nothing imports on the way to AWS and to Gmail.
_UNUSED: Final = frozenset(
    map(
        PurePosixPath,
        (
            # Scripts, an alias of googleapiclient, and the part of cffi that compiles C.
            *("bin", "apiclient", "cffi"),
            # Time zones of its own, beside tzdata's.
            "dateutil/zoneinfo",
            # For browsers.
            "urllib3/contrib/emscripten",
            # For people who write parsers.
            *("pyparsing/ai", "pyparsing/diagram", "pyparsing/tools"),
            # Credentials of other clouds and of machines, and other HTTP clients.
            *("google/auth/aio", "google/auth/compute_engine"),
            *("google/auth/app_engine", "google/auth/aws", "google/auth/downscoped"),
            *("google/auth/external_account", "google/auth/external_account_authorized_user"),
            *("google/auth/identity_pool", "google/auth/impersonated_credentials"),
            *("google/auth/pluggable", "google/auth/transport/grpc"),
            *("google/auth/transport/requests", "google/auth/transport/_aiohttp_requests"),
            *("google/auth/transport/_custom_tls_signer", "google/auth/transport/urllib3"),
        ),
    )
)
# Of what Google's libraries for gRPC are made of, googleapiclient takes these few modules.
_API_CORE: Final = PurePosixPath("google/api_core")
_API_CORE_KEPT: Final = frozenset(
    (
        *("__init__", "_python_package_support", "_python_version_support", "client_options"),
        *("general_helpers", "universe", "version", "version_header"),
    )
)


def trim_dependencies(packages: Path) -> None:
    """Delete every file below `packages` that is not needed at run time."""
    for path in sorted(packages.rglob("*")):
        if path.is_file() and not is_needed(PurePosixPath(path.relative_to(packages).as_posix())):
            path.unlink()
    for model in (packages / _AWS_DATA).rglob("service-2.json.gz"):
        _trim_model(model)
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
    if path.is_relative_to(_API_CORE):
        return path.parent == _API_CORE and path.stem in _API_CORE_KEPT
    return _UNUSED.isdisjoint((path.with_suffix(""), *path.parents))


def _trim_model(file: Path) -> None:
    """Without its documentation, a service's model is parsed in half the time."""
    model = json.loads(gzip.decompress(file.read_bytes()))
    text = json.dumps(_undocumented(model), separators=(",", ":"))
    # The time is part of the file, and must be the same on every build.
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


def _undocumented(part: Any) -> Any:
    if isinstance(part, dict):
        members = cast("dict[str, Any]", part)
        # A member of a shape may have that name as well, and is no text then.
        return {
            name: _undocumented(inner)
            for name, inner in members.items()
            if name != "documentation" or not isinstance(inner, str)
        }
    if isinstance(part, list):
        return [_undocumented(inner) for inner in cast("list[Any]", part)]
    return part


def _trim_endpoints(file: Path) -> None:
    """Every client reads this file when it is made: 1.3 MB of it for services that are not used."""
    endpoints: dict[str, Any] = json.loads(file.read_text("utf-8"))
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in SERVICES & services.keys()}
    file.write_text(json.dumps(endpoints, sort_keys=True), "utf-8")
