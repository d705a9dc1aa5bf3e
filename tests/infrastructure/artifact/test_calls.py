"""Every function starts and answers from the unpacked artifact alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bench.deployed import CLIENTS
from bench.shipped import PROJECT, Shipped, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def stage() -> Iterator[Shipped]:
    with shipped() as stage:
        yield stage


@pytest.fixture(scope="module")
def calls(stage: Shipped) -> list[dict[str, Any]]:
    """A request from its making to the mail that tells it, and a call of everything else."""
    return stage.run("journey").printed


def test_nothing_that_ships_is_left_out() -> None:
    modules = (PROJECT / "leave" / "functions").glob("*.py")
    assert {m.stem for m in modules if "\ndef handler(" in m.read_text("utf-8")} == set(CLIENTS)


@pytest.mark.parametrize("function", CLIENTS)
def test_a_function_answers_from_the_artifact_alone(
    stage: Shipped, calls: list[dict[str, Any]], function: str
) -> None:
    """In an isolated interpreter of its own; AWS and Google are inside it and answer at once."""
    own = [call for call in calls if call["function"] == function]
    assert own
    given = json.dumps(own)
    answers = stage.run("call", function, function=function, given=given).printed["answers"]
    assert set(answers) == {call["name"] for call in own}
    assert all(answers.values())


def test_the_journey_really_went_by(calls: list[dict[str, Any]]) -> None:
    told = next(call for call in calls if call["name"] == "process_lead_response")
    (request,) = [item for item in told["items"] if item["sk"]["S"] == "REQUEST"]
    assert request["status"] == {"S": "approved"}


def test_what_is_missing_is_noticed(stage: Shipped, tmp_path: Any) -> None:
    (tmp_path / "opt").mkdir()
    for name in ("task", "probe"):
        (tmp_path / name).symlink_to(stage.root / name)
    with pytest.raises(RuntimeError, match="No module named 'botocore'"):
        Shipped(tmp_path).run("start", "request_leave", function="request_leave")
