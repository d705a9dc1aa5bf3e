"""An HTML page as a browser without style sheets would show it: its text and its one form."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_UNSEEN = {"head", "script", "style"}
_INLINE = {"a", "abbr", "b", "bdi", "code", "em", "i", "small", "span", "strong", "time"}


class Page(HTMLParser):
    """A page: its `text`, and of its form the method, the action and the prefilled fields."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.method: str | None = None
        self.action = ""
        self.fields: dict[str, str] = {}
        self._said: list[str] = []
        self._unseen = 0
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """What a person reads, one line per block."""
        lines = (" ".join(line.split()) for line in "".join(self._said).splitlines())
        return re.sub(r"\n{2,}", "\n", "\n".join(line for line in lines if line))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a form and its fields, and of where a line begins."""
        values = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self._unseen += 1
        if tag not in _INLINE:
            self._said.append("\n")
        if tag == "form":
            self.method = values.get("method", "get").lower()
            self.action = values.get("action", "")
        if tag == "input" and values.get("name"):
            self.fields[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Take note of where a line ends."""
        if tag in _UNSEEN:
            self._unseen -= 1
        if tag not in _INLINE:
            self._said.append("\n")

    def handle_data(self, data: str) -> None:
        """Take what is read."""
        if not self._unseen:
            self._said.append(data)
