"""The project's own source files, and what they import."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SHIPPED = ("leave", "infrastructure", "emulator", "cli")


@dataclass(frozen=True, kw_only=True)
class Module:
    """One Python file, by its dotted name."""

    name: str
    path: Path
    tree: ast.Module

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


@cache
def modules(folder: str) -> tuple[Module, ...]:
    """Return the modules of a top-level package."""
    paths = sorted(p for p in (ROOT / folder).rglob("*.py") if "__pycache__" not in p.parts)
    assert paths, f"there is nothing in {folder}"
    return tuple(_module(path) for path in paths)


@cache
def program() -> Module:
    """Return the Pulumi program."""
    return _module(ROOT / "__main__.py")


@cache
def imports(module: Module, *, types: bool = True) -> frozenset[str]:
    """Return the full names of what a module imports, wherever in it.

    `from a import b` is `a.b` when that is a module of ours, and `a` otherwise. `types` counts
    what is imported for annotations only.
    """
    for_types = set() if types else {id(node) for node in _only_for_types(module.tree)}
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            source = node.module or ""
            found.update(
                f"{source}.{alias.name}" if _is_ours(f"{source}.{alias.name}") else source
                for alias in node.names
            )
    return frozenset(found)


def _only_for_types(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for statement in node.body:
                yield from ast.walk(statement)


def _is_ours(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def _module(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name=name, path=path, tree=ast.parse(path.read_text(encoding="utf-8")))
