from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from emulator import ready
from emulator.errors import StageError
from tests.emulator.facts import FACTS

if TYPE_CHECKING:
    from pathlib import Path


def test_the_file_holds_what_others_need(tmp_path: Path) -> None:
    ready.write(tmp_path / "ready.json", FACTS)
    told = json.loads((tmp_path / "ready.json").read_text())
    contract = {"api_url", "aws_endpoint_url", "google_url", "inbox_url", "region"}
    contract |= {"state_machine_arn", "table_name", "functions"}
    assert contract <= told.keys()
    assert told["functions"]["request_leave"] == "leave-local-request-leave"


def test_the_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    ready.write(path, FACTS)
    ready.write(path, replace(FACTS, region="eu-west-1"))
    assert json.loads(path.read_text())["region"] == "eu-west-1"
    assert [entry.name for entry in tmp_path.iterdir()] == ["ready.json"]


def test_a_stage_that_ends_removes_its_own_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    later = replace(FACTS, api_url="http://127.0.0.1:2/local")
    ready.write(path, FACTS)
    ready.write(path, later)
    ready.withdraw(path, FACTS)
    assert path.exists()
    ready.withdraw(path, later)
    ready.withdraw(path, later)
    assert not path.exists()


def test_the_file_of_a_former_stage_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.write_text("stale")
    ready.remove(path)
    assert not path.exists()


def test_a_file_that_was_never_there_is_no_trouble(tmp_path: Path) -> None:
    ready.remove(tmp_path / "ready.json")


def test_a_directory_that_does_not_exist_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="ready file cannot be written"):
        ready.remove(tmp_path / "missing" / "ready.json")


def test_a_directory_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="ready file cannot be written"):
        ready.remove(tmp_path)
