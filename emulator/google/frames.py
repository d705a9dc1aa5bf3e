"""How much room a mail's HTML needs on the inbox page."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.google.mail import Mail

_COLUMNS = 64
_LINE_PIXELS = 22
_BLOCK_PIXELS = 36
_BLOCK = re.compile(r"<(?:p|div|tr|li|br|hr|pre|blockquote|h[1-6])\b", re.IGNORECASE)
_FRAME_PIXELS = range(220, 1400)


def frame_height(mail: Mail) -> int:
    """Return a guess, from lines and paragraphs, of how many pixels a mail's HTML is high.

    The page can not measure it: looking into the sandbox is what the sandbox forbids.
    """
    rows = sum(max(1, math.ceil(len(row) / _COLUMNS)) for row in mail.parts.text.splitlines())
    blocks = len(_BLOCK.findall(mail.parts.html))
    guess = max(120 + rows * _LINE_PIXELS, 140 + blocks * _BLOCK_PIXELS)
    return min(max(guess, _FRAME_PIXELS.start), _FRAME_PIXELS.stop)
