"""Builds a file once for given inputs, whole or not at all."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from infrastructure.artifact.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def digest(inputs: Iterable[bytes]) -> str:
    """A name for `inputs` and for the builder itself: when either changes, so does the name."""
    builder = (source.read_bytes() for source in sorted(Path(__file__).parent.glob("*.py")))
    total = hashlib.sha256()
    for part in (*builder, *inputs):
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:16]


def built_once(folder: Path, name: str, build: Callable[[Path, Path], None]) -> Path:
    """The file `name` in `folder`; when it is not there, `build(scratch, product)` makes it.

    The product only gets its name when it is complete, in one step. So an interrupted build leaves
    nothing to be found, and two builds at once end with the file of either.
    """
    wanted = folder / name
    if wanted.is_file():
        return wanted
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="building-", dir=folder) as scratch:
            product = Path(scratch, name)
            build(Path(scratch), product)
            product.replace(wanted)
    except OSError as error:
        raise ArtifactError(
            f"{wanted} cannot be written: {error.strerror or error}.",
            cure=f"Make room on the disk, or make {folder} writable.",
        ) from error
    return wanted
