"""What all tests of `leave` share."""

from __future__ import annotations

from hypothesis import settings

# No deadline: a busy machine is no bug. The seed is fixed, so that a red run is red again.
settings.register_profile("leave", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("leave")
