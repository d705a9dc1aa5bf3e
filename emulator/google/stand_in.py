"""The stand-in as a whole: started, stopped, and asked for what its callers need to sign in."""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING, Self

from emulator.errors import StageError
from emulator.google.clients import MAIL_CLIENT, WEB_CLIENT
from emulator.google.conversations import Person
from emulator.google.discovery import CONSENT_PATH, TOKEN_PATH
from emulator.google.gmail import SEND_SCOPE
from emulator.google.grants import Grant
from emulator.google.server import LOOPBACK, LoopbackServer
from emulator.google.state import State
from emulator.google.wiring import routes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType


class GoogleStandIn:
    """Google's sign-in and Gmail's send on a loopback port, for the local stage and its tests.

    `mailbox` is the address that sends; `audiences` are the client ids ID tokens are made for, the
    first one by default; `people` are the accounts, name by address, that a browser chooses from.
    With `state_dir`, mails, keys and refresh tokens survive a restart.
    StageError is raised for state that cannot be read and, by `start`, for a taken port.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        audiences: Sequence[str],
        mailbox: str,
        people: Mapping[str, str] | None = None,
        state_dir: Path | None = None,
    ) -> None:
        if not audiences:
            raise ValueError("audiences must name at least one client id")
        self._port = port
        self._sender = mailbox
        self._stopping = threading.Event()
        self._server: LoopbackServer | None = None
        try:
            self._state = State.load(state_dir, audiences)
        except (ValueError, LookupError, TypeError, OSError) as error:
            raise StageError(
                f"{state_dir} does not hold the state of a Google stand-in ({error!r}).",
                cure="Delete that folder; the next start makes a new one.",
            ) from error
        self._routes = routes_of(
            self._state,
            audiences=audiences,
            people=[
                Person(name=name, address=address)
                for address, name in {**(people or {}), mailbox: "The mailbox that sends"}.items()
            ],
            default_email=mailbox,
            issuer=lambda: self.url,
            stopping=self._stopping,
        )

    @property
    def url(self) -> str:
        """Where it listens, which is also the issuer of its tokens; no slash at the end."""
        if self._server is None:
            raise RuntimeError("the Google stand-in is not started")
        return f"http://{LOOPBACK}:{self._server.server_port}"

    @property
    def inbox_url(self) -> str:
        """The page where a person reads the mails."""
        return f"{self.url}/inbox"

    def gmail_credentials(self) -> dict[str, str]:
        """Return the mailbox's credentials as the stage's Secrets Manager entry holds them."""
        grant = Grant(email=self._sender, client_id=MAIL_CLIENT, scopes=(SEND_SCOPE,))
        return {
            "type": "authorized_user",
            "client_id": MAIL_CLIENT,
            "client_secret": self._state.clients.secret(MAIL_CLIENT) or "",
            "refresh_token": self._state.grants.standing_refresh_token(grant),
            "token_uri": self.url + TOKEN_PATH,
            "sender": self._sender,
        }

    def client_file(self, client_id: str = MAIL_CLIENT) -> dict[str, dict[str, object]]:
        """Return the client file Google's console offers for a desktop application.

        `client_id` is one of the audiences or, by default, the client of the mail sender.
        """
        secret = self._state.clients.secret(client_id)
        if secret is None:
            raise ValueError(f"{client_id} is not one of the registered clients")
        return {
            "installed": {
                "client_id": client_id,
                "client_secret": secret,
                "project_id": "leave-local",
                "auth_uri": self.url + CONSENT_PATH,
                "token_uri": self.url + TOKEN_PATH,
                "redirect_uris": ["http://localhost"],
            }
        }

    def web_client(self) -> dict[str, str]:
        """Return the client of the decision pages."""
        secret = self._state.clients.secret(WEB_CLIENT) or ""
        return {"client_id": WEB_CLIENT, "client_secret": secret}

    def register_redirect_uri(self, uri: str) -> None:
        """Let the decision pages' client be sent back to `uri`, as Google's console would."""
        self._state.clients.register_redirect_uri(uri)

    def start(self) -> None:
        """Listen; StageError names the port when it is taken."""
        if self._server is not None:
            raise RuntimeError("the Google stand-in is started already")
        self._stopping.clear()
        try:
            server = LoopbackServer(self._port, self._routes)
        except (OSError, OverflowError) as error:
            raise StageError(
                f"Port {self._port} of the Google stand-in {_why(error)}.",
                cure="Choose another port, or 0 for a free one.",
            ) from error
        self._server = server
        # A short poll, because `stop` waits for it.
        serve = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        serve.name = "google-stand-in"
        serve.start()

    def stop(self) -> None:
        """Stop listening and end every open connection; harmless when not started."""
        server, self._server = self._server, None
        if server is None:
            return
        self._stopping.set()
        server.shutdown()
        server.server_close()
        server.close_connections()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return "is taken by another process"
    return f"cannot be used ({error})"
