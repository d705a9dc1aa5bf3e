"""What all tests of `leave` share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from leave.services import attempts

if TYPE_CHECKING:
    from collections.abc import Iterator

# No deadline: a busy machine is no bug. The seed is fixed, so that a red run is red again.
settings.register_profile("leave", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("leave")


@pytest.fixture(autouse=True, scope="session")
def nobody_sleeps() -> Iterator[None]:
    """Let those who lost a race try again at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempts, "time", SimpleNamespace(sleep=lambda _: None))
        yield
