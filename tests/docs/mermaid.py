"""The transitions of a Mermaid `stateDiagram-v2`."""

from __future__ import annotations

import re
from dataclasses import dataclass

OUTSIDE = "[*]"
"""Where a diagram begins and ends."""

_TRANSITION = re.compile(
    r"^(?P<source>\w+|\[\*\]) --> (?P<target>\w+|\[\*\])(?: : (?P<label>.+))?$"
)


@dataclass(frozen=True, kw_only=True)
class Transition:
    """An arrow, with what is written on it."""

    source: str
    target: str
    label: str = ""


def read_states(diagram: str) -> list[Transition]:
    """Return every arrow of the diagram; a line that is none is an error, not a comment."""
    first, *lines = (line.strip() for line in diagram.strip().splitlines())
    assert first == "stateDiagram-v2"
    found: list[Transition] = []
    for line in lines:
        match = _TRANSITION.match(line)
        assert match, f"not a transition: {line}"
        label = match["label"] or ""
        found.append(Transition(source=match["source"], target=match["target"], label=label))
    return found
