"""One connection: reads bounded requests, writes answers, never a traceback."""

from __future__ import annotations

import contextlib
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol, cast
from urllib.parse import unquote

from emulator.google.exchange import HangUpError, RefusalError, Reply, Request, form, problem

IDLE_SECONDS = 120
_LINGER_SECONDS = 2
_LINGER_BYTES = 256 * 1024 * 1024
_OWN_NAMES = {"127.0.0.1", "localhost", "[::1]"}
_RIGHT_HOST = "ask for 127.0.0.1 or localhost; other names are refused so no web page can rebind"
_SAFE = {"GET", "HEAD"}
_RIGHT_ORIGIN = "a page of another origin must not change anything here; send no Origin"


class Service(Protocol):
    """What is served."""

    def answer(self, request: Request) -> Reply:
        """Return the answer, or raise RefusalError or HangUpError."""
        ...

    def largest_body(self, path: str) -> int:
        """Return how many bytes a request to `path` may carry."""
        ...

    def too_large(self, path: str) -> Reply:
        """Return the answer to a request that carries more."""
        ...


class Serving(Protocol):
    """What a handler asks of the server it belongs to."""

    service: Service
    server_port: int


class Handler(BaseHTTPRequestHandler):
    """Reads one request after the other from a connection and writes the answers."""

    protocol_version = "HTTP/1.1"
    server_version = "GoogleStandIn"
    sys_version = ""
    timeout = IDLE_SECONDS
    # Without these two every answer waits for a delayed ACK: 56 ms instead of 15.
    disable_nagle_algorithm = True
    wbufsize = -1

    def _serve(self) -> None:
        try:
            reply = self._answer()
        except RefusalError as refusal:
            reply = refusal.reply
        except HangUpError:
            self.close_connection = True
            return
        self._write(reply)

    do_GET = do_HEAD = do_POST = do_DELETE = do_PUT = do_PATCH = do_OPTIONS = _serve  # noqa: N815

    def _answer(self) -> Reply:
        server = cast("Serving", self.server)
        path, _, query = self.path.partition("?")
        body = self._body(path, server.service)
        if self.headers.get("Host", "").lower().removesuffix(f":{server.server_port}") not in (
            _OWN_NAMES
        ):
            raise RefusalError(problem(HTTPStatus.MISDIRECTED_REQUEST, _RIGHT_HOST))
        # Browsers name the page that a call comes from, unless the call is GET or HEAD to begin
        # with: https://fetch.spec.whatwg.org/#origin-header. Tools name none.
        origin = self.headers.get("Origin")
        own = {f"http://{name}:{server.server_port}" for name in _OWN_NAMES}
        if self.command not in _SAFE and origin is not None and origin.lower() not in own:
            raise RefusalError(problem(HTTPStatus.FORBIDDEN, _RIGHT_ORIGIN))
        try:
            fields = form(query)
        except ValueError as error:
            raise RefusalError(problem(400, f"the query string is malformed: {error}")) from error
        request = Request(
            method=self.command,
            path=unquote(path),
            query=fields,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            abandoned=self._abandoned,
        )
        return server.service.answer(request)

    def _body(self, path: str, service: Service) -> bytes:
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise RefusalError(problem(411, "send a Content-Length; chunked bodies are not read"))
        stated = self.headers.get("Content-Length", "0")
        if not (stated.isascii() and stated.isdigit()):
            self.close_connection = True
            raise RefusalError(problem(400, "Content-Length is not a number"))
        length = int(stated[:20])
        if length > service.largest_body(path):
            self._discard(length)
            raise RefusalError(service.too_large(path))
        body = self.rfile.read(length)
        if len(body) < length:
            raise HangUpError
        return body

    def _discard(self, length: int) -> None:
        """Read on for a moment, or the caller is reset before it has read the answer."""
        self.close_connection = True
        left = min(length, _LINGER_BYTES)
        self.connection.settimeout(_LINGER_SECONDS)
        with contextlib.suppress(OSError):
            while left > 0 and (chunk := self.rfile.read1(min(left, 1 << 20))):
                left -= len(chunk)

    def _abandoned(self) -> bool:
        # A socket with a timeout would wait for it even when asked not to.
        self.connection.settimeout(0)
        try:
            return self.connection.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self.connection.settimeout(self.timeout)

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        if reply.body or reply.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
        for name, value in {"X-Content-Type-Options": "nosniff", **reply.headers}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request the HTTP parser refused, as JSON like every other refusal."""
        self.close_connection = True
        self.request_version = self.protocol_version
        self._write(problem(code, explain or message or HTTPStatus(code).phrase))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Stay silent: the stage tells its own story."""
