"""HTTP as a person's curl and browser would speak it, and pages as a browser shows them."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS = 60.0
# What is on this machine is never reached through a proxy.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status and a body."""

    status: int
    body: str

    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        said = self._json()
        return cast("dict[str, Any]", said) if isinstance(said, dict) else {}

    def items(self) -> list[dict[str, Any]] | None:
        """The body as a JSON array of objects, or None when it is none."""
        said = self._json()
        return cast("list[dict[str, Any]]", said) if isinstance(said, list) else None

    def _json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def get(url: str) -> Answer:
    """Get a page or a resource."""
    return send(url, None, {})


def post_json(url: str, body: Mapping[str, Any], *, token: str | None = None) -> Answer:
    """Post JSON, with an ID token when there is one."""
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return send(url, json.dumps(body).encode(), headers)


def post_form(url: str, fields: Mapping[str, str]) -> Answer:
    """Post an HTML form."""
    return send(url, urllib.parse.urlencode(fields).encode(), {})


def send(url: str, data: bytes | None, headers: dict[str, str]) -> Answer:
    """Send a request, a POST when it has `data`; DemoFailedError is for no answer at all."""
    # Only http: every address comes from the stage itself.
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return Answer(status=answer.status, body=answer.read().decode())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(status=refusal.code, body=refusal.read().decode(errors="replace"))
    except OSError as error:
        raise DemoFailedError(f"{request.get_method()} {url} got no answer: {error}") from error


class DemoFailedError(Exception):
    """Something the demo expected was not so; the message says what was expected and what was."""


def expect(*, that: bool, otherwise: str) -> None:
    """Raise DemoFailedError with `otherwise` unless it is so."""
    if not that:
        raise DemoFailedError(otherwise)


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
