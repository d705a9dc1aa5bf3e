"""The tables of docs/functions.md, made of the rows of the functions: `make docs` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infrastructure.function_table import FUNCTIONS
from tests.docs.markdown import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infrastructure.function_table import FunctionSpec

PAGE: Final = PROJECT / "docs" / "functions.md"
HEADING: Final = "## What calls them\n"
_CALLED: Final = ("function", "called by", "asks for", "memory", "time-out", "instances")
_MAY: Final = ("function", "reads by key", "queries", "writes", "deletes", "may besides")
_KNOWS: Final = ("function", "knows")
_CALLERS: Final = {"schedule": "the schedule of the daily sweep", "workflow": "the workflow"}


def section() -> str:
    """The part of the page with the tables, as Markdown."""
    specs = sorted(FUNCTIONS, key=lambda spec: spec.name)
    return "\n".join(
        (
            HEADING,
            _table(_CALLED, map(_called, specs)),
            "## What they may do\n",
            _table(_MAY, map(_may, specs)),
            "## What they know\n",
            _table(_KNOWS, map(_knows, specs)),
        )
    )


def _called(spec: FunctionSpec) -> list[str]:
    token = "nothing" if spec.public else "an ID token"
    return [
        f"`{spec.name}`",
        _listed(spec.routes.values(), "<br>") or _CALLERS[spec.caller],
        token if spec.routes else "",
        f"{spec.memory_megabytes} MB",
        f"{spec.timeout_seconds} s",
        f"`{spec.concurrency}`" if spec.concurrency else "",
    ]


def _may(spec: FunctionSpec) -> list[str]:
    kinds = [
        _listed(key.rstrip("#*") for key in keys)
        for keys in (spec.reads, spec.queries, spec.writes, spec.deletes)
    ]
    return [f"`{spec.name}`", *kinds, ", ".join(use.value for use in spec.uses)]


def _knows(spec: FunctionSpec) -> list[str]:
    return [f"`{spec.name}`", _listed(sorted(spec.settings))]


def _listed(names: Iterable[str], separator: str = ", ") -> str:
    return separator.join(f"`{name}`" for name in names)


def _table(head: tuple[str, ...], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write the tables into the page, to its end."""
    before, _, _ = PAGE.read_text("utf-8").partition(HEADING)
    PAGE.write_text(before + section(), "utf-8")


if __name__ == "__main__":
    main()
