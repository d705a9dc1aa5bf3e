"""The file with what was measured before, which CI compares with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.figures import Figure

RECORDED: Final = Path(__file__).with_name("recorded.json")
CURE: Final = "If it is meant to be so: make bench-record, and commit bench/recorded.json"


def recorded() -> Mapping[str, float]:
    """What is recorded, by the names of the figures."""
    return json.loads(RECORDED.read_text("utf-8"))


def record(figures: Iterable[Figure]) -> None:
    """Keep the deterministic ones of `figures`, beside what else is recorded."""
    found = {f.name: f.value for f in figures if f.kind == "deterministic"}
    everything = dict(sorted({**recorded(), **found}.items()))
    RECORDED.write_text(json.dumps(everything, indent=2) + "\n", "utf-8")
