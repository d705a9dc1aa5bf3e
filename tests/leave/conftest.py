"""What all tests of `leave` share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from leave.services import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="session")
def nobody_sleeps() -> Iterator[None]:
    """Let those who lost a race try again at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit_of_work, "time", SimpleNamespace(sleep=lambda _: None))
        yield
