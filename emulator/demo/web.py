"""The HTTP a person's curl and browser would speak in the demo."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from emulator.demo.failure import DemoFailedError

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
