"""The stages whose whole graph is held against a rule: dev, prod, and one that has everything."""

from __future__ import annotations

import pytest

from tests.infrastructure.graph import EVERYTHING, Graph, graph

_STAGES: dict[str, dict[str, object]] = {"dev": {}, "prod": {}, "everything": EVERYTHING}

every_stage = pytest.mark.parametrize("stage", _STAGES)


def of_stage(stage: str, *, preview: bool = False) -> Graph:
    """The graph of a stage by its name above."""
    stack = "dev" if stage == "everything" else stage
    return graph(stack, preview=preview, **_STAGES[stage])
