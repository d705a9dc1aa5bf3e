"""One HTTP call at a time, over the standard library."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS = 30.0
_LARGEST_ANSWER = 32 * 1024 * 1024
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class NoAnswerError(Exception):
    """No answer came; `sent` tells whether the other side may have seen the call."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What is sent. Headers may hold a token, so they are not shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def document(self) -> dict[str, Any]:
        """Return the JSON object in the body; an empty one for anything else."""
        try:
            value: Any = json.loads(self.body)
        except ValueError:
            return {}
        return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


class Web(Protocol):
    """Sends a call, whatever comes back."""

    def __call__(self, call: Call) -> Answer:
        """Return the answer; raises `NoAnswerError` when there is none."""
        ...


def is_loopback(url: str) -> bool:
    """Return whether an address is on this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def require_safe(url: str, what: str) -> str:
    """Return an address without a slash at its end, if tokens may be sent there.

    Raises `CommandError` for anything but https, or http on this machine.
    """
    parts = urlsplit(url)
    if parts.hostname and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))
    ):
        return url.rstrip("/")
    raise CommandError(f"{what} must be an https:// address, not {url!r}.")


def send(call: Call) -> Answer:
    """Send a call and return the answer, of whatever status; redirects are not followed."""
    # The scheme was checked by `require_safe`, where the address came in.
    request = urllib.request.Request(  # noqa: S310
        call.url, data=call.body, headers=dict(call.headers), method=call.method
    )
    handlers: list[Any] = [_NoRedirects()]
    if is_loopback(call.url):
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(
            request, timeout=TIMEOUT_SECONDS
        ) as response:
            return _answer(response.status, response.headers, response.read(_LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error.headers, error.read(_LARGEST_ANSWER))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _no_answer(error) from error


def _answer(status: int, headers: Any, body: bytes) -> Answer:
    names = {name.lower(): value for name, value in headers.items()}
    return Answer(status=status, headers=names, body=body)


def _no_answer(error: Exception) -> NoAnswerError:
    reason: Any = getattr(error, "reason", None) or error
    never = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError, ValueError)
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return NoAnswerError(text, sent=not isinstance(reason, never))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows none: the token in the headers is for one address only."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
