"""Why a demo run ends before its end."""

from __future__ import annotations


class DemoFailedError(Exception):
    """Something the demo expected was not so; the message says what was expected and what was."""


def expect(*, that: bool, otherwise: str) -> None:
    """Raise DemoFailedError with `otherwise` unless it is so."""
    if not that:
        raise DemoFailedError(otherwise)
