"""One Lambda entry point per module: parse, call one use case, reply.

While a function starts, no garbage is collected: nearly all objects that a start makes stay, and
looking through them takes a tenth of a cold start (ADR 28).
"""

from __future__ import annotations

import gc
from functools import wraps
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")
_Application = TypeVar("_Application")

_USUAL: Final = gc.get_threshold()
# More objects than a start makes; not never, since other programs import this package as well.
_STARTING: Final = 1_000_000

gc.set_threshold(_STARTING)


def cold_start(build: Callable[_P, _Application]) -> Callable[_P, _Application]:
    """Collect garbage again after `build`, and never look for it in what a start has made."""

    @wraps(build)
    def start(*args: _P.args, **kwargs: _P.kwargs) -> _Application:
        application = build(*args, **kwargs)
        gc.freeze()
        gc.set_threshold(*_USUAL)
        return application

    return start
