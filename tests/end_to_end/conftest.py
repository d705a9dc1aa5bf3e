"""The people of the sample directory, and some more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.places import SAMPLE_DIRECTORY
from tests.end_to_end.employees import Employee, import_employees

if TYPE_CHECKING:
    from tests.stage import LocalStage

NEWCOMERS = """\
E101,Kim Wells,kim@foo.com,E001,25,Mon-Fri,2020-01-01,,,en
E102,Sam Hill,sam@foo.com,E001,25,Mon-Fri,2020-01-01,,,en
E103,Lee Park,lee@foo.com,E101,25,Mon-Fri,2020-01-01,,,en
"""


@pytest.fixture
def john(stage: LocalStage) -> Employee:
    """The lead of Jim and Jane."""
    return Employee(stage.facts, "john@foo.com")


@pytest.fixture
def jim(stage: LocalStage) -> Employee:
    return Employee(stage.facts, "jim@foo.com")


@pytest.fixture
def jane(stage: LocalStage) -> Employee:
    return Employee(stage.facts, "jane@foo.com")


@pytest.fixture
def admin(stage: LocalStage) -> Employee:
    """An administrator, who is no employee."""
    return Employee(stage.facts, "admin@foo.com")


@pytest.fixture(scope="session")
def newcomers(stage: LocalStage) -> dict[str, Employee]:
    """Kim (E101), Sam (E102) and Lee (E103), for tests that need somebody who asks in no other.

    Kim leads Lee.
    """
    known = SAMPLE_DIRECTORY.read_text(encoding="utf-8")
    import_employees(stage.facts, known + NEWCOMERS)
    return {name: Employee(stage.facts, f"{name}@foo.com") for name in ("kim", "sam", "lee")}


@pytest.fixture
def kim(newcomers: dict[str, Employee]) -> Employee:
    return newcomers["kim"]
