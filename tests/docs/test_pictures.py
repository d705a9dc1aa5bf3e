"""The pictures show what is deployed."""

from __future__ import annotations

import re
from typing import Any

from infrastructure.function_table import FUNCTIONS, ROUTES
from infrastructure.workflow_definition import (
    FIRST_WAIT_SECONDS,
    LONGEST_WAIT_SECONDS,
    workflow_definition,
)
from tests.docs.markdown import ARCHITECTURE as PAGE
from tests.docs.mermaid import OUTSIDE, Transition, read_states

DEFINITION = workflow_definition(
    partition="aws", ask_arn="ask", tell_arn="tell", answer_timeout_days=60, undo_seconds=300
)
PICTURED = read_states(PAGE.block_with("mermaid", "stateDiagram-v2"))
ARCHITECTURE = PAGE.block_with("mermaid", "flowchart TB")


def arrows(definition: dict[str, Any]) -> set[tuple[str, str]]:
    """Every way from a state to another, into the first one and out of the last ones."""
    found = {(OUTSIDE, definition["StartAt"])}
    for name, state in definition["States"].items():
        found |= {(name, catch["Next"]) for catch in state.get("Catch", [])}
        found |= {(name, choice["Next"]) for choice in state.get("Choices", [])}
        found |= {(name, state[key]) for key in ("Next", "Default") if key in state}
        if state.get("End") or state["Type"] in {"Succeed", "Fail"}:
            found.add((name, OUTSIDE))
    return found


def test_the_picture_of_the_workflow_has_exactly_the_ways_of_the_definition() -> None:
    assert {(way.source, way.target) for way in PICTURED} == arrows(DEFINITION)


def test_no_way_is_drawn_twice() -> None:
    assert len(PICTURED) == len({(way.source, way.target) for way in PICTURED})


def test_every_state_is_drawn() -> None:
    drawn = {name for way in PICTURED for name in (way.source, way.target)} - {OUTSIDE}
    assert drawn == DEFINITION["States"].keys()


def test_an_arrow_for_errors_names_them_and_no_other_arrow_does() -> None:
    caught: dict[tuple[str, str], set[str]] = {}
    for name, state in DEFINITION["States"].items():
        for catch in state.get("Catch", []):
            caught.setdefault((name, catch["Next"]), set()).update(catch["ErrorEquals"])
    errors = "|".join(map(re.escape, set().union(*caught.values())))
    for way in PICTURED:
        named = set(re.findall(errors, way.label))
        assert named == caught.get((way.source, way.target), set()), way


def test_the_waits_are_as_long_as_the_picture_says() -> None:
    (label,) = [way.label for way in PICTURED if way.source == "WaitToAskAgain"]
    longest = LONGEST_WAIT_SECONDS // 3600
    assert label == f"{FIRST_WAIT_SECONDS} s to {longest} h later"


def test_a_way_that_is_missing_in_the_picture_is_found() -> None:
    """Without this, a reader that sees no arrows would find nothing wrong."""
    fewer = read_states("stateDiagram-v2\n    [*] --> Begin\n    Begin --> AskLead : go")
    assert fewer == [
        Transition(source=OUTSIDE, target="Begin"),
        Transition(source="Begin", target="AskLead", label="go"),
    ]
    assert {(way.source, way.target) for way in fewer} < arrows(DEFINITION)


def test_the_picture_of_the_architecture_shows_every_function() -> None:
    assert set(re.findall(r"\[\[(\w+)\]\]", ARCHITECTURE)) == {spec.name for spec in FUNCTIONS}


def test_the_picture_of_the_architecture_shows_each_route_at_its_function() -> None:
    drawn = {
        function: sorted(labels.split("<br>"))
        for labels, function in re.findall(r'api -- "([^"]+)" --> (\w+)\[\[', ARCHITECTURE)
    }
    assert drawn == {
        name: sorted(route for route in routes.values() if not route.startswith("HEAD "))
        for name, routes in ROUTES.items()
    }
