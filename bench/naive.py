"""What the artifact would weigh if nothing was done about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bench.artifact import DEPLOYED
from bench.figures import Figure, table
from bench.shipped import PROJECT
from infrastructure.artifact import ArtifactError
from infrastructure.artifact.cache import built_once, digest
from infrastructure.artifact.install import install_wheels
from infrastructure.artifact.lock import LOCK
from infrastructure.artifact.zipping import write_zip

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# Without a package index there is this.
_RECORDED: Final = {"bytes": 42_004_794, "on": "2026-11-22"}


def measure() -> Iterable[Figure]:
    """Yield what `pip install --target` of the lock and zipping that comes to."""
    found = _found()
    note = f"pip install of the same lock, without bytecode; measured on {found['on']}"
    yield Figure("naive artifact, zipped", found["bytes"], "bytes", kind="timing", note=note)


def _found() -> dict[str, Any]:
    lock = PROJECT / LOCK

    def build(scratch: Path, product: Path) -> None:
        install_wheels(lock, scratch / "tree" / "python", DEPLOYED)
        write_zip(scratch / "tree", scratch / "naive.zip")
        size = (scratch / "naive.zip").stat().st_size
        product.write_text(json.dumps({"bytes": size, "on": str(datetime.now(UTC).date())}))

    name = f"naive-{digest([lock.read_bytes()])}.json"
    try:
        return json.loads(built_once(PROJECT / ".build", name, build).read_text("utf-8"))
    except ArtifactError:
        return _RECORDED


if __name__ == "__main__":
    print(table(measure()))
