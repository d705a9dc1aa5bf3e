"""Pulumi archives as zip files, the only form Lambda takes."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any, cast

import pulumi

from emulator.errors import StageError

if TYPE_CHECKING:
    from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16


def zip_of(archive: Any, program: Path) -> bytes:
    """Return `archive`, whose paths are relative to the directory `program`, as a zip file.

    The same content always gives the same bytes.
    """
    if isinstance(archive, pulumi.FileArchive):
        path = program / cast("Any", archive).path
        if path.is_file():
            return path.read_bytes()
    out = io.BytesIO()
    # Stored: it only travels to another process of this machine.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        _add(target, archive, "", program)
    return out.getvalue()


def _add(target: zipfile.ZipFile, asset: Any, prefix: str, program: Path) -> None:
    if isinstance(asset, pulumi.AssetArchive):
        parts = cast("dict[str, Any]", cast("Any", asset).assets)
        for name, part in sorted(parts.items()):
            _add(target, part, f"{prefix}/{name}" if prefix else name, program)
    elif isinstance(asset, pulumi.FileArchive):
        _add_directory(target, program / cast("Any", asset).path, prefix)
    elif isinstance(asset, pulumi.FileAsset):
        _write(target, prefix, (program / cast("Any", asset).path).read_bytes())
    elif isinstance(asset, pulumi.StringAsset):
        _write(target, prefix, cast("Any", asset).text.encode())
    else:
        raise StageError(
            f"The local stage cannot read a {type(asset).__name__}.",
            cure="Use a FileArchive, or teach emulator/creators/archives.py.",
        )


def _add_directory(target: zipfile.ZipFile, directory: Path, prefix: str) -> None:
    if not directory.is_dir():
        raise StageError(
            f"The archive {directory} is not there.",
            cure="The program must build it before it names it.",
        )
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            name = path.relative_to(directory).as_posix()
            _write(target, f"{prefix}/{name}" if prefix else name, path.read_bytes())


def _write(target: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = _READABLE
    target.writestr(entry, content)
