"""Values that must never reach a log line, a page or an error message."""

from __future__ import annotations

import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that prints as stars; `reveal` is the only way to the text itself."""

    _text: str

    def reveal(self) -> str:
        """Return the text, for the one place that has to pass it on."""
        return self._text

    def matches(self, other: str) -> bool:
        """Compare in constant time, so that timing tells nothing about the text."""
        return hmac.compare_digest(self._text.encode(), other.encode("utf-8", "surrogatepass"))

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__
