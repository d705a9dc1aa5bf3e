"""Google's token endpoint and Gmail's send on loopback, played from a script.

Each call takes the next line of its endpoint's script, and succeeds when there is none.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from email.message import EmailMessage

TOKEN_PATH, SEND_PATH = "/token", "/gmail/v1/users/me/messages/send"


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a call gets. `drop` and `hang` come after the request was read whole."""

    status: int = 200
    body: bytes = b"{}"
    drop: bool = False
    hang: bool = False
    then_close: bool = False


DROP, HANG = Line(drop=True), Line(hang=True)


def answer(status: int, body: object) -> Line:
    """Return a JSON answer, or the text itself."""
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Line(status=status, body=raw)


def gmail_error(status: int, reason: str, *, details: list[dict[str, str]] | None = None) -> Line:
    """Return Gmail's error envelope."""
    error: dict[str, Any] = {
        "code": status,
        "message": "Said in words",
        "errors": [{"message": "Said in words", "domain": "global", "reason": reason}],
        "status": "SAID_IN_CAPITALS",
    }
    if details is not None:
        error["details"] = details
    return answer(status, {"error": error})


def oauth_error(status: int, error: str) -> Line:
    """Return the token endpoint's error envelope."""
    return answer(status, {"error": error, "error_description": "Said in words"})


@dataclass(frozen=True, kw_only=True)
class Post:
    """A request that reached `messages.send`."""

    bearer: str
    raw: str

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(base64.urlsafe_b64decode(self.raw), policy=policy.default)


@dataclass
class ScriptedGoogle:
    """Starts in `with`; `posts` and `refreshes` are what has reached it."""

    token_script: deque[Line] = field(default_factory=deque)
    send_script: deque[Line] = field(default_factory=deque)
    refreshes: list[dict[str, str]] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def credentials(self) -> dict[str, str]:
        """Return what Secrets Manager would hold."""
        return {
            "type": "authorized_user",
            "client_id": "the-client-id",
            "client_secret": "the-client-secret",
            "refresh_token": "1//the-refresh-token",
            "token_uri": self.url + TOKEN_PATH,
        }

    def take(self, path: str, headers: dict[str, str], body: bytes) -> Line:
        """Note a request and return its line."""
        if path.startswith("/echo/"):
            return answer(200, path)
        if path == TOKEN_PATH:
            self.refreshes.append(dict(parse_qsl(body.decode())))
            token = {"access_token": f"ya29.{len(self.refreshes)}", "expires_in": 3599}
            return self.token_script.popleft() if self.token_script else answer(200, token)
        assert path == SEND_PATH, path
        self.posts.append(Post(bearer=headers["authorization"], raw=json.loads(body)["raw"]))
        sent = {"id": "18c0ffee18c0ffee", "threadId": "18c0ffee18c0ffee", "labelIds": ["SENT"]}
        return self.send_script.popleft() if self.send_script else answer(200, sent)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, google: ScriptedGoogle) -> None:
        self.google = google
        super().__init__(("127.0.0.1", 0), _Handler)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.google.closed.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        google = cast("_Server", self.server).google
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): text for name, text in self.headers.items()}
        line = google.take(self.path.partition("?")[0], headers, body)
        if line.hang:
            google.stopping.wait()
        if line.hang or line.drop:
            self.close_connection = True
            return
        self.send_response(line.status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(line.body)))
        self.end_headers()
        self.wfile.write(line.body)
        self.close_connection = line.then_close

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay silent."""
