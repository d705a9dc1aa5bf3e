"""What the contracts in pyproject.toml can not say of imports; `make check` holds those."""

from __future__ import annotations

import sys
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

from tests.architecture.source import ROOT, SHIPPED, Module, imports, modules, program

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

OURS = {*SHIPPED, "tests", "bench", "__main__"}
# Of the world outside these import the standard library only, but for what values are made by.
PURE = ("leave.domain.", "leave.services.", "leave.functions.", "leave.config.")
VALUES = ("leave.domain.values", "msgspec")


def foreign(module: Module) -> set[str]:
    """Return the packages of others that a module imports."""
    return {name.partition(".")[0] for name in imports(module)} - OURS - sys.stdlib_module_names


def test_the_pure_parts_import_the_standard_library_and_msgspec_in_one_place() -> None:
    pure = [module for module in modules("leave") if f"{module.name}.".startswith(PURE)]
    assert len(pure) > len(PURE)
    assert {(module.name, name) for module in pure for name in foreign(module)} == {VALUES}


def test_the_package_imports_nothing_and_the_program_its_infrastructure() -> None:
    (package,) = [module for module in modules("leave") if module.name == "leave"]
    assert imports(package) == set()
    assert {name.partition(".")[0] for name in imports(program())} & OURS == {"infrastructure"}


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
    folders = (*SHIPPED, "bench", "tests")
    everything = (program(), *(module for folder in folders for module in modules(folder)))
    graph = {module.name: imports(module) - {module.name} for module in everything}
    assert not circle(graph), " -> ".join(circle(graph))


def test_a_circle_would_be_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


def test_the_walls_would_notice() -> None:
    """Canary: the reading of imports finds what is there."""
    by_name = {module.name: module for module in modules("leave")}
    submit = by_name["leave.functions.submit_lead_response"]
    assert "leave.adapters.presentation.pages" in imports(submit)
    assert "leave.services.submit_lead_response" in imports(submit), "also for types"
    assert "leave.services.submit_lead_response" not in imports(submit, types=False)
    assert "leave.adapters.presentation.emails" in imports(by_name["leave.bootstrap"]), (
        "also inside functions"
    )
    assert foreign(by_name["leave.adapters.stepfunctions"]) == {"botocore"}
