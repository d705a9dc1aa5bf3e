"""How much room a mail's HTML needs on the inbox page."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.google.mail import Mail

_COLUMNS = 64
_LINE_PIXELS = 24
_GAP_PIXELS = 10
_BLOCK_PIXELS = 34
_MARGIN_PIXELS = 140
_BLOCK = re.compile(r"<(?:p|tr|li|br|hr|pre|blockquote|h[1-6])\b", re.IGNORECASE)
# An address is a whole line of text where the HTML has a button.
_ADDRESS = re.compile(r"https?://\S+")
_FRAME_PIXELS = range(220, 1400)


def frame_height(mail: Mail) -> int:
    """Return a guess, from lines and paragraphs, of how many pixels a mail's HTML is high.

    The page cannot measure it: looking into the sandbox is what the sandbox forbids.
    """
    rows = [_ADDRESS.sub("", row).strip() for row in mail.parts.text.splitlines()]
    text = sum(math.ceil(len(row) / _COLUMNS) * _LINE_PIXELS or _GAP_PIXELS for row in rows)
    blocks = len(_BLOCK.findall(mail.parts.html)) * _BLOCK_PIXELS
    guess = _MARGIN_PIXELS + max(text, blocks)
    return min(max(guess, _FRAME_PIXELS.start), _FRAME_PIXELS.stop)
