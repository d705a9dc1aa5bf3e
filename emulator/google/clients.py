"""Who may ask for tokens: OAuth clients, and service accounts with domain-wide delegation."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from emulator.google.id_tokens import SigningKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator.google.storage import FileStore

MAIL_CLIENT = "100000000001-leave-mail.apps.googleusercontent.com"
WEB_CLIENT = "100000000002-leave-web.apps.googleusercontent.com"
_FILE = "service-accounts.json"


class OAuthClients:
    """The client of the mail sender, the one of the decision pages, and one per audience.

    Their secrets follow from `seed`. The one of the decision pages is of the type "Web
    application", which is sent back to registered addresses only; the others are desktop
    applications, which may listen on any loopback address.
    """

    def __init__(self, audiences: Sequence[str], *, seed: str) -> None:
        self._ids = [MAIL_CLIENT, WEB_CLIENT, *audiences]
        self._seed = seed
        self._redirect_uris: set[str] = set()

    def register_redirect_uri(self, uri: str) -> None:
        """Let the web client be sent back to exactly this address."""
        self._redirect_uris.add(uri)

    def may_return_to(self, client_id: str, uri: str) -> bool:
        """Return whether the client may be sent back to an address that is harmless in itself."""
        return client_id != WEB_CLIENT or uri in self._redirect_uris

    def secret(self, client_id: str) -> str | None:
        """Return the secret of a registered client, None for any other."""
        if client_id not in self._ids:
            return None
        digest = hmac.new(self._seed.encode(), client_id.encode(), hashlib.sha256)
        return f"GOCSPX-{digest.hexdigest()[:28]}"


@dataclass(frozen=True, kw_only=True)
class ServiceAccount:
    """An account that signs its own assertions; it may act for users within `scopes`."""

    email: str
    public_pem: str
    scopes: tuple[str, ...]


class ServiceAccounts:
    """The registered service accounts; they survive a restart."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self._guard = threading.Lock()
        kept = json.loads(store.read(_FILE) or b"[]")
        self._accounts = {
            str(entry["email"]): ServiceAccount(
                email=entry["email"],
                public_pem=entry["public_pem"],
                scopes=tuple(entry["scopes"]),
            )
            for entry in kept
        }

    def find(self, email: str) -> ServiceAccount | None:
        """Return the account of that address, if it is registered."""
        return self._accounts.get(email)

    def register(self, email: str, scopes: Sequence[str], *, token_uri: str) -> dict[str, str]:
        """Register an account and return its key file, as Google's console would offer it."""
        key = SigningKey.generate()
        account = ServiceAccount(email=email, public_pem=key.public_pem, scopes=tuple(scopes))
        with self._guard:
            self._accounts[email] = account
            entries = [asdict(known) for known in self._accounts.values()]
            self._store.write(_FILE, json.dumps(entries, indent=1).encode())
        return {
            "type": "service_account",
            "project_id": "leave-local",
            "private_key_id": key.kid,
            "private_key": key.pem,
            "client_email": email,
            "client_id": str(int(key.kid, 16))[:21],
            "token_uri": token_uri,
        }
