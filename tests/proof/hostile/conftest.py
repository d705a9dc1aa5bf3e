"""What every attack may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.proof.hostile.attacked import AttackedStage, attacked_stage

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def target() -> Iterator[AttackedStage]:
    """Return a stage; as nothing may change it, one is enough for all attacks of a module."""
    with attacked_stage() as made:
        yield made
