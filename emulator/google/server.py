"""HTTP server on loopback, and its table of routes."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import unquote

from emulator.google.gmail import SEND_PATH, TOO_LARGE
from emulator.google.http import HangUpError, RefusalError, Reply, Request, form, problem

if TYPE_CHECKING:
    from collections.abc import Callable

LOOPBACK = "127.0.0.1"


class LoopbackServer(ThreadingHTTPServer):
    """Serves `service` on 127.0.0.1, one thread per connection.

    OSError is raised when `port` is taken; 0 takes a free one.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    # Two servers that share a port would each see half of the mails.
    allow_reuse_port = False

    def __init__(self, port: int, service: Service) -> None:
        self.service = service
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__((LOOPBACK, port), Handler)

    def server_bind(self) -> None:
        """Bind without the look-up of the host's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that `close_connections` can end it."""
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: what reaches this point is a caller that went away."""

    def close_connections(self) -> None:
        """End every open connection, busy or idle."""
        with self._guard:
            open_now = list(self._connections)
        for connection in open_now:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


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


_MEGABYTE = 1024 * 1024
LARGEST_SEND = 36 * _MEGABYTE
LARGEST_BODY = 64 * 1024


class Routes:
    """A table of (method, path) to what answers; a path is a text or a pattern."""

    def __init__(self) -> None:
        self._table: list[tuple[re.Pattern[str], dict[str, Callable[[Request], Reply]]]] = []

    def add(self, path: str | re.Pattern[str], **by_method: Callable[[Request], Reply]) -> None:
        """Let requests for `path` be answered, by method: `add("/x", GET=show, DELETE=clear)`."""
        pattern = path if isinstance(path, re.Pattern) else re.compile(re.escape(path))
        if "GET" in by_method:
            by_method["HEAD"] = by_method["GET"]
        self._table.append((pattern, by_method))

    def answer(self, request: Request) -> Reply:
        """Return the answer to `request`: always one, whatever goes wrong."""
        for pattern, by_method in self._table:
            if pattern.fullmatch(request.path):
                if request.method in by_method:
                    return _guarded(by_method[request.method], request)
                allowed = ", ".join(sorted(by_method))
                detail = f"{request.method} is not served here; try {allowed}"
                raise RefusalError(problem(405, detail, headers={"Allow": allowed}))
        raise RefusalError(problem(404, f"there is nothing at {request.path}"))

    def largest_body(self, path: str) -> int:
        """Return how many bytes a request to `path` may carry."""
        return LARGEST_SEND if SEND_PATH.fullmatch(path) else LARGEST_BODY

    def too_large(self, path: str) -> Reply:
        """Return Gmail's answer to too large a mail, and our own elsewhere."""
        if SEND_PATH.fullmatch(path):
            return TOO_LARGE.reply()
        return problem(413, f"a body may have {LARGEST_BODY} bytes here")


def _guarded(serve: Callable[[Request], Reply], request: Request) -> Reply:
    try:
        return serve(request)
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, OSError) as error:
        detail = f"a defect of the stand-in: {type(error).__name__}: {error}"
        raise RefusalError(problem(500, detail)) from error
