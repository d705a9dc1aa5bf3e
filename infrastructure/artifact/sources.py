"""Which files of `leave/` are shipped: its modules and templates, and nothing a tool left there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from infrastructure.artifact.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path, PurePath

_LEFTOVER_SUFFIXES: Final = frozenset((".pyc", ".pyo", ".orig", ".rej", ".swp", ".tmp"))
_LEFTOVER_FOLDERS: Final = frozenset(("__pycache__", "tests"))


def shipped_sources(package: Path) -> list[Path]:
    """The files of `package` that belong into the code zip, sorted."""
    files = [path for path in package.rglob("*") if path.is_file()]
    shipped = [path for path in files if _is_shipped(path.relative_to(package))]
    if not shipped:
        raise ArtifactError(
            f"There is no code to deploy in {package}.", cure="Restore it: git checkout -- leave"
        )
    return sorted(shipped)


def copy_sources(sources: Iterable[Path], base: Path, tree: Path) -> None:
    """Copy `sources` to the same places below `tree` as they have below `base`."""
    for source in sources:
        copy = tree / source.relative_to(base)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)


def _is_shipped(path: PurePath) -> bool:
    hidden = any(part.startswith(".") or part in _LEFTOVER_FOLDERS for part in path.parts)
    return not (hidden or path.suffix in _LEFTOVER_SUFFIXES or path.name.endswith("~"))
