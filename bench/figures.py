"""What a measurement yields: a number, what it should be, and whether it has to stay as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    `name` identifies it, also in what is recorded. The `aim` is the most it may be, or with
    `at_least` the least. A `deterministic` figure is the same on every machine and is compared with
    what is recorded, up to `tolerance`, a share of that; a `timing` only has its aim. One that is
    `stated` has a line of its own below the table, to two digits.
    """

    name: str
    value: float
    unit: str
    aim: float | None = None
    kind: Literal["deterministic", "timing"] = "deterministic"
    note: str = ""
    at_least: bool = False
    tolerance: float = 0.0
    stated: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None where there is none."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.at_least else self.value <= self.aim


def changes(figures: Iterable[Figure], recorded: Mapping[str, float]) -> list[str]:
    """What differs from what is `recorded`, in words; better counts, too, or it would get lost."""
    found: list[str] = []
    for figure in figures:
        if figure.kind == "timing":
            continue
        known = recorded.get(figure.name)
        if known is None:
            found.append(f"{figure.name} is not recorded")
        elif abs(figure.value - known) > figure.tolerance * abs(known):
            found.append(
                f"{figure.name} is {shown(figure.value)} {figure.unit}, not {shown(known)}"
            )
    return found


def shown(value: float) -> str:
    """A number as it is read best: whole ones with separators, others with three digits."""
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.3f}" if abs(value) < 1 else f"{value:,.2f}"


def table(figures: Iterable[Figure]) -> str:
    """All figures, one a line."""
    rows = [("figure", "value", "unit", "aim", "met", "note")]
    rows += [_row(figure) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {unit:<{widths[2]}}  "
        f"{aim:>{widths[3]}}  {met:<{widths[4]}}  {note}".rstrip()
        for name, value, unit, aim, met, note in rows
    )


def statements(figures: Iterable[Figure]) -> list[str]:
    """The lines of the figures that are stated."""
    return [f"{one.name} ... {one.value:.2f} {one.unit}" for one in figures if one.stated]


def _row(figure: Figure) -> tuple[str, str, str, str, str, str]:
    aim = ""
    if figure.aim is not None:
        aim = f"{'>=' if figure.at_least else '<='} {shown(figure.aim)}"
    met = {True: "yes", False: "NO", None: ""}[figure.met]
    return figure.name, shown(figure.value), figure.unit, aim, met, figure.note
