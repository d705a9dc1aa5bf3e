"""The stages whose whole graph is held against a rule: dev, prod, and one that has everything."""

from __future__ import annotations

import pytest

from tests.infrastructure.graph import EVERYTHING, Graph, graph

_DOMAIN = {
    "default_endpoint": False,
    "domain_name": "leave.example.com",
    "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
    "mailing_concurrency": 5,
    "reserved_concurrency": 10,
}
STAGES: dict[str, dict[str, object]] = {
    "dev": {},
    "prod": {},
    "everything": {**EVERYTHING, **_DOMAIN},
}

every_stage = pytest.mark.parametrize("stage", STAGES)


def of_stage(stage: str, *, preview: bool = False) -> Graph:
    """The graph of a stage by its name above."""
    stack = "dev" if stage == "everything" else stage
    return graph(stack, preview=preview, **STAGES[stage])
