"""Rest for the garbage collector while a function starts.

Nearly all that is made then stays, and looking through it for garbage again and again takes a tenth
of a cold start: see ADR 28.
"""

from __future__ import annotations

import gc
from typing import Final, TypeVar

_Built = TypeVar("_Built")

_USUAL: Final = gc.get_threshold()
# More objects than a start makes; not never, since other programs import this package as well.
_STARTING: Final = 1_000_000

gc.set_threshold(_STARTING)


def started(built: _Built) -> _Built:
    """Return what was built at the end of a start, and have no garbage looked for in it, ever."""
    gc.freeze()
    gc.set_threshold(*_USUAL)
    return built
