"""The Google stand-in as a whole: its parts, start and stop."""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING, Self

from emulator.errors import StageError
from emulator.google.clients import MAIL_CLIENT, WEB_CLIENT
from emulator.google.control import Control, State
from emulator.google.conversations import Person
from emulator.google.faults import Faults
from emulator.google.gmail import SEND_PATH, SEND_SCOPE, GmailSend
from emulator.google.grants import Grant
from emulator.google.inbox import Inbox
from emulator.google.server import LOOPBACK, LoopbackServer, Routes
from emulator.google.sign_in import (
    CONSENT_PATH,
    DISCOVERY_PATH,
    KEYS_PATH,
    REVOKE_PATH,
    TOKEN_PATH,
    AccountPage,
    Consent,
    Discovery,
)
from emulator.google.token_endpoint import TokenEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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


def routes_of(  # noqa: PLR0913 - every part asks for something of its own
    state: State,
    *,
    audiences: Sequence[str],
    people: Sequence[Person],
    default_email: str,
    issuer: Callable[[], str],
    stopping: threading.Event,
) -> Routes:
    """Return the table of everything that is served."""
    faults = Faults(stopping)
    gmail = GmailSend(grants=state.grants, mailbox=state.mailbox)
    discovery = Discovery(key=state.key, issuer=issuer)
    consent = Consent(
        grants=state.grants,
        clients=state.clients,
        accounts=AccountPage(people),
        default_email=default_email,
    )
    tokens = TokenEndpoint(
        grants=state.grants,
        clients=state.clients,
        accounts=state.accounts,
        key=state.key,
        issuer=issuer,
    )
    control = Control(
        state=state, audiences=audiences, issuer=issuer, queue=faults, consent=consent
    )
    routes = Routes()
    routes.add(DISCOVERY_PATH, GET=discovery.document)
    routes.add(KEYS_PATH, GET=discovery.keys)
    routes.add(CONSENT_PATH, GET=consent.authorize)
    routes.add(TOKEN_PATH, POST=faults.around("token", tokens.token))
    routes.add(REVOKE_PATH, POST=tokens.revoke)
    routes.add(SEND_PATH, POST=faults.around("send", gmail.send))
    control.add_to(routes)
    Inbox(state.mailbox).add_to(routes)
    return routes
