"""Imports run one way, as DESIGN says: nothing inside knows what is outside of it."""

from __future__ import annotations

import sys
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import ROOT, SHIPPED, Module, imports, modules, program

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# What each part may import of this project; a name stands for itself and all below it.
MAY_IMPORT = {
    "leave.domain": ("leave.domain",),
    "leave.services": ("leave.domain", "leave.services"),
    "leave.adapters": (
        "leave.domain",
        "leave.services.ports",
        "leave.adapters",
    ),
    "leave.functions": (
        "leave.domain",
        "leave.services",
        "leave.adapters.presentation.icalendar",
        "leave.adapters.presentation.pages",
        "leave.bootstrap",
        "leave.bootstrap_sign_in",
        "leave.functions",
    ),
    "leave.config": ("leave.domain",),
    "leave.bootstrap": (
        "leave.bootstrap",
        "leave.domain",
        "leave.services",
        "leave.adapters",
        "leave.config",
    ),
    "leave.bootstrap_sign_in": (
        "leave.domain",
        "leave.services",
        "leave.adapters",
        "leave.config",
    ),
    "leave": (),
    "infrastructure": ("infrastructure",),
    "emulator": ("emulator", "infrastructure"),
    "cli": (
        "cli",
        "leave.domain",
        "leave.services",
        "leave.adapters",
        "leave.config",
        "leave.functions.inputs",
        "leave.functions.presenting",
    ),
    "__main__": ("infrastructure",),
}
# Of the world outside these import the standard library only.
PURE = {
    "leave.domain",
    "leave.services",
    "leave.functions",
    "leave.config",
    "leave",
}
OURS = {*SHIPPED, "tests", "bench", "__main__"}

ALL = [program(), *(module for folder in SHIPPED for module in modules(folder))]


def is_below(name: str, part: str) -> bool:
    """Tell whether a module belongs to a part; `leave` by itself is only the package's door."""
    return name == part or (part != "leave" and name.startswith(f"{part}."))


def part_of(module: Module) -> str:
    """Return the part a module belongs to; every module has to belong to one."""
    (part,) = [part for part in MAY_IMPORT if is_below(module.name, part)]
    return part


def top(name: str) -> str:
    return name.partition(".")[0]


def foreign(module: Module) -> set[str]:
    """Return the packages of others that a module imports."""
    return {top(name) for name in imports(module)} - OURS - sys.stdlib_module_names


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_a_part_imports_only_what_it_may(part: str) -> None:
    inside = [module for module in ALL if part_of(module) == part]
    assert inside
    trespassing = [
        f"{module} imports {name}"
        for module in inside
        for name in sorted(imports(module))
        if top(name) in OURS and not any(is_below(name, may) for may in MAY_IMPORT[part])
    ]
    assert trespassing == []


def test_the_pure_parts_import_the_standard_library_and_nothing_else_foreign() -> None:
    assert {str(m): foreign(m) for m in ALL if part_of(m) in PURE and foreign(m)} == {}


def test_what_ships_imports_only_what_is_locked_for_it() -> None:
    lines = (ROOT / "requirements" / "lambda.txt").read_text(encoding="utf-8").splitlines()
    locked = {line.partition("==")[0] for line in lines if "==" in line}
    distributions = packages_distributions()
    used = {package for module in modules("leave") for package in foreign(module)}
    assert "botocore" in used
    for package in used:
        names = {name.lower().replace("_", "-") for name in distributions[package]}
        assert names & locked, f"{package} is not in requirements/lambda.txt"


def circle(graph: Mapping[str, Collection[str]]) -> list[str]:
    """Return the modules of one circle of imports, if there is any."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Types count too: what can not be described without each other is one thing, or three."""
    everything = (*ALL, *(module for folder in ("bench", "tests") for module in modules(folder)))
    graph = {module.name: imports(module) - {module.name} for module in everything}
    assert not circle(graph), " -> ".join(circle(graph))


def test_a_circle_would_be_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


def test_the_walls_would_notice() -> None:
    """Canary: the reading of imports finds what is there."""
    by_name = {module.name: module for module in ALL}
    submit = by_name["leave.functions.submit_lead_response"]
    assert "leave.adapters.presentation.pages" in imports(submit)
    assert "leave.services.submit_lead_response" in imports(submit), "also for types"
    assert "leave.services.submit_lead_response" not in imports(submit, types=False)
    assert "leave.adapters.presentation.emails" in imports(by_name["leave.bootstrap"]), (
        "also inside functions"
    )
    assert part_of(by_name["leave.adapters.gmail.mailer"]) == "leave.adapters"
    assert not is_below("leave.adapters.presentation.pages", "leave")
    assert not is_below("leave.services.ports_of_call", "leave.services.ports")
