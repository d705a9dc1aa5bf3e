"""How many bytes a stage deploys: layer and code, for arm64."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Final

from bench.figures import Figure, table
from bench.shipped import CALENDARS, PROJECT
from infrastructure.artifact import Target, build_artifacts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DEPLOYED: Final = Target(python="3.13", platform="manylinux2014_aarch64")
AIM: Final = 11_000_000
# Two more pages and a new module are no regression; a package that is not trimmed is.
TOLERANCE: Final = 0.02


def measure() -> Iterable[Figure]:
    """Yield the sizes; without Python 3.13 there is no bytecode, and nothing to compare with."""
    artifacts = build_artifacts(PROJECT, DEPLOYED, calendars=CALENDARS, tell=lambda _: None)
    layer, code = artifacts.layer.stat().st_size, artifacts.code.stat().st_size
    kind = "deterministic" if DEPLOYED.compiles_here else "timing"
    yield Figure(
        "artifact, zipped",
        layer + code,
        "bytes",
        aim=AIM,
        kind=kind,
        tolerance=TOLERANCE,
        note=f"layer {layer:,}, code {code:,}",
    )
    yield Figure(
        "artifact, unpacked",
        _unpacked(artifacts.layer) + _unpacked(artifacts.code),
        "bytes",
        kind=kind,
        tolerance=TOLERANCE,
        note="Lambda takes 262,144,000",
    )


def _unpacked(archive: Path) -> int:
    with zipfile.ZipFile(archive) as packed:
        return sum(entry.file_size for entry in packed.infolist())


if __name__ == "__main__":
    print(table(measure()))
