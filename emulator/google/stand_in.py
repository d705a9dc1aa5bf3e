"""The stand-in as a whole: its parts wired together, started and stopped."""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING, Self

from emulator.errors import StageError
from emulator.google.clients import MAIL_CLIENT, OAuthClients, ServiceAccounts
from emulator.google.consent import Consent
from emulator.google.control import Control
from emulator.google.discovery import (
    CONSENT_PATH,
    DISCOVERY_PATH,
    KEYS_PATH,
    REVOKE_PATH,
    TOKEN_PATH,
    Discovery,
)
from emulator.google.faults import Faults
from emulator.google.gmail import SEND_PATH, SEND_SCOPE, GmailSend
from emulator.google.grants import Grant, Grants
from emulator.google.inbox import Inbox
from emulator.google.keys import SigningKey
from emulator.google.mailbox import Mailbox
from emulator.google.routes import Routes, largest_body
from emulator.google.server import LOOPBACK, LoopbackServer
from emulator.google.storage import Shelf
from emulator.google.token_endpoint import TokenEndpoint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType


class GoogleStandIn:
    """Google's sign-in and Gmail's send on a loopback port, for the local stage and its tests.

    `mailbox` is the address that sends; `audiences` are the client ids ID tokens are made for, the
    first one by default. With `state_dir`, mails, keys and refresh tokens survive a restart.
    StageError is raised for state that can not be read and, by `start`, for a taken port.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        audiences: Sequence[str],
        mailbox: str,
        state_dir: Path | None = None,
    ) -> None:
        if not audiences:
            raise ValueError("audiences must name at least one client id")
        self._port = port
        self._sender = mailbox
        self._stopping = threading.Event()
        self._server: LoopbackServer | None = None
        try:
            self._wire(Shelf(state_dir), audiences)
        except (ValueError, LookupError, TypeError, OSError) as error:
            raise StageError(
                f"{state_dir} does not hold the state of a Google stand-in ({error}).",
                cure="Delete that folder; the next start makes a new one.",
            ) from error

    def _wire(self, shelf: Shelf, audiences: Sequence[str]) -> None:
        key = SigningKey.kept_on(shelf, "signing-key.pem")
        self._clients = OAuthClients(audiences, seed=key.pem)
        self._grants = Grants(shelf)
        self._mails = Mailbox(shelf)
        self._accounts = ServiceAccounts(shelf)
        faults = Faults(self._stopping)
        tokens = TokenEndpoint(
            grants=self._grants,
            clients=self._clients,
            accounts=self._accounts,
            key=key,
            issuer=lambda: self.url,
        )
        consent = Consent(grants=self._grants, clients=self._clients, default_email=self._sender)
        control = Control(
            key=key,
            audiences=audiences,
            issuer=lambda: self.url,
            mailbox=self._mails,
            queue=faults,
            grants=self._grants,
            accounts=self._accounts,
        )
        discovery = Discovery(key=key, issuer=lambda: self.url)
        gmail = GmailSend(grants=self._grants, mailbox=self._mails)
        self._routes = routes = Routes()
        routes.add(DISCOVERY_PATH, GET=discovery.document)
        routes.add(KEYS_PATH, GET=discovery.keys)
        routes.add(CONSENT_PATH, GET=consent.authorize)
        routes.add(TOKEN_PATH, POST=faults.around("token", tokens.token))
        routes.add(REVOKE_PATH, POST=tokens.revoke)
        routes.add(SEND_PATH, POST=faults.around("send", gmail.send))
        routes.add("/_fake/id_token", POST=control.id_token)
        routes.add("/_fake/messages", GET=control.messages, DELETE=control.forget_messages)
        routes.add(
            "/_fake/faults",
            GET=control.faults,
            POST=control.add_faults,
            DELETE=control.clear_faults,
        )
        routes.add("/_fake/access_tokens", DELETE=control.expire_access_tokens)
        routes.add("/_fake/service_accounts", POST=control.add_service_account)
        Inbox(self._mails).add_to(routes)

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
            "client_secret": self._clients.secret(MAIL_CLIENT) or "",
            "refresh_token": self._grants.standing_refresh_token(grant),
            "token_uri": self.url + TOKEN_PATH,
        }

    def client_file(self, client_id: str = MAIL_CLIENT) -> dict[str, dict[str, object]]:
        """Return the client file Google's console offers for a desktop application.

        `client_id` is one of the audiences or, by default, the client of the mail sender.
        """
        secret = self._clients.secret(client_id)
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

    def service_account_file(
        self, email: str, scopes: Sequence[str] = (SEND_SCOPE,)
    ) -> dict[str, str]:
        """Register a service account with domain-wide delegation and return its key file."""
        return self._accounts.register(email, scopes, token_uri=self.url + TOKEN_PATH)

    def start(self) -> None:
        """Listen; StageError names the port when it is taken."""
        if self._server is not None:
            raise RuntimeError("the Google stand-in is started already")
        self._stopping.clear()
        try:
            self._server = LoopbackServer(
                self._port, answer=self._routes.answer, limit=largest_body
            )
        except (OSError, OverflowError) as error:
            taken = getattr(error, "errno", None) == errno.EADDRINUSE
            raise StageError(
                f"Port {self._port} of the Google stand-in "
                + ("is taken by another process." if taken else f"can not be used ({error})."),
                cure="Choose another port, or 0 for a free one.",
            ) from error
        threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="google-stand-in",
            daemon=True,
        ).start()

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
