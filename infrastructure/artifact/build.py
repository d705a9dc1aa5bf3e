"""The two artifacts of a stage, each built once for what goes into it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infrastructure.artifact.bytecode import compile_tree
from infrastructure.artifact.cache import built_once, digest
from infrastructure.artifact.calendars import holiday_table, library_version, missing_years
from infrastructure.artifact.install import install_wheels
from infrastructure.artifact.lock import LOCK, needed_requirements
from infrastructure.artifact.sources import copy_sources, shipped_sources
from infrastructure.artifact.trim import trim_dependencies
from infrastructure.artifact.zipping import write_zip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from infrastructure.artifact.target import Target


@dataclass(frozen=True, kw_only=True)
class Artifacts:
    """Paths of the zip files: `code` holds `leave/` with the holidays, `layer` holds `python/`."""

    code: Path
    layer: Path


def build_artifacts(
    project: Path,
    target: Target,
    *,
    calendars: Iterable[str] = (),
    tell: Callable[[str], None],
) -> Artifacts:
    """Build what `.build/` of `project` lacks for `target`; `tell` hears of what takes a while.

    `calendars` are holiday calendars such as `DE-BE`. Raises `ArtifactError` when there is none of
    that name, a package cannot be had or a file cannot be written.
    """
    return Artifacts(
        code=_build_code(project, target, sorted(set(calendars)), tell),
        layer=_build_layer(project, target, tell),
    )


def _build_code(
    project: Path, target: Target, calendars: Sequence[str], tell: Callable[[str], None]
) -> Path:
    package = project / "leave"
    sources = shipped_sources(package)
    inputs = [_bytecode_of(target), library_version().encode(), ",".join(calendars).encode()]
    for source in sources:
        inputs += [source.relative_to(project).as_posix().encode(), source.read_bytes()]

    def build(scratch: Path, product: Path) -> None:
        tree = scratch / "tree"
        copy_sources(sources, project, tree)
        for calendar in calendars:
            _write_table(calendar, tree / "leave" / "holidays", tell)
        if target.compiles_here:
            compile_tree(tree, installed_at="/var/task")
        write_zip(tree, product)

    return built_once(project / ".build", f"code-{digest(inputs)}.zip", build)


def _write_table(calendar: str, folder: Path, tell: Callable[[str], None]) -> None:
    table = holiday_table(calendar)
    if missing := missing_years(table):
        years = ", ".join(map(str, missing))
        tell(f"The library holidays knows no holidays of {calendar} in {years}: they count as work")
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
    (folder / f"{calendar}.json").write_text(text, "utf-8")


def _build_layer(project: Path, target: Target, tell: Callable[[str], None]) -> Path:
    needed = needed_requirements((project / LOCK).read_text("utf-8"))
    inputs = [needed.encode(), target.python.encode(), target.platform.encode()]

    def build(scratch: Path, product: Path) -> None:
        tell(f"Building the dependency layer (Python {target.python}, {target.platform})")
        packages = scratch / "tree" / "python"
        requirements = scratch / "requirements.txt"
        requirements.write_text(needed, "utf-8")
        install_wheels(requirements, packages, target)
        trim_dependencies(packages)
        if target.compiles_here:
            compile_tree(packages, installed_at="/opt/python")
        else:
            tell(f"Left out bytecode, as this is not Python {target.python}: starts take longer")
        write_zip(packages.parent, product)

    name = f"layer-{digest([*inputs, _bytecode_of(target)])}.zip"
    return built_once(project / ".build", name, build)


def _bytecode_of(target: Target) -> bytes:
    return target.python.encode() if target.compiles_here else b"none"
