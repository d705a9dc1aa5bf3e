"""The loopback HTTP server: a thread for each connection, and a prompt stop."""

from __future__ import annotations

import contextlib
import socket
import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from emulator.google.handler import Handler

if TYPE_CHECKING:
    from emulator.google.handler import Service

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
