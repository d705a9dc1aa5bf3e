"""What was granted to whom: refresh tokens, one-time codes and access tokens."""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.google.storage import FileStore

ACCESS_SECONDS = 3599
CODE_SECONDS = 600
_FILE = "refresh-tokens.json"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """`email` allowed `client_id` to act within `scopes`."""

    email: str
    client_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Code:
    """An authorization code: what it stands for and what must come with it."""

    grant: Grant
    redirect_uri: str
    challenge: str
    nonce: str
    offline: bool
    expires: float


class Grants:
    """All tokens in force. Refresh tokens survive a restart; access tokens and codes do not."""

    def __init__(self, store: FileStore, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._guard = threading.RLock()
        self._codes: dict[str, Code] = {}
        self._access: dict[str, tuple[Grant, float]] = {}
        kept = json.loads(store.read(_FILE) or b"{}")
        self._refresh = {
            str(token): Grant(
                email=entry["email"],
                client_id=entry["client_id"],
                scopes=tuple(entry["scopes"]),
            )
            for token, entry in kept.items()
        }

    def refresh_token(self, grant: Grant) -> str:
        """Issue and keep a refresh token."""
        token = f"1//0{secrets.token_urlsafe(60)}"
        with self._guard:
            self._refresh[token] = grant
            self._keep()
        return token

    def standing_refresh_token(self, grant: Grant) -> str:
        """Return a refresh token already issued for exactly `grant`, or a new one."""
        with self._guard:
            known = (token for token, held in self._refresh.items() if held == grant)
            return next(known, None) or self.refresh_token(grant)

    def refreshable(self, token: str) -> Grant | None:
        """Return what a refresh token stands for; None when unknown or revoked."""
        return self._refresh.get(token)

    def consented_before(self, grant: Grant) -> bool:
        """Return whether that person gave that client a refresh token already."""
        with self._guard:
            return any(
                held.email == grant.email and held.client_id == grant.client_id
                for held in self._refresh.values()
            )

    def code(self, code: Code) -> str:
        """Issue an authorization code."""
        text = f"4/0A{secrets.token_urlsafe(48)}"
        with self._guard:
            self._codes[text] = code
        return text

    def redeem(self, text: str) -> Code | None:
        """Return what a code stands for, once; None when unknown, used or expired."""
        with self._guard:
            code = self._codes.pop(text, None)
        return code if code and code.expires > self._clock() else None

    def access_token(self, grant: Grant) -> str:
        """Issue an access token for the next hour."""
        token = f"ya29.a0{secrets.token_urlsafe(90)}"
        now = self._clock()
        with self._guard:
            self._access = {held: kept for held, kept in self._access.items() if kept[1] > now}
            self._access[token] = (grant, now + ACCESS_SECONDS)
        return token

    def bearer(self, token: str) -> Grant | None:
        """Return who an access token stands for; None when unknown, expired or revoked."""
        grant, expires = self._access.get(token, (None, 0))
        return grant if expires > self._clock() else None

    def expire_access_tokens(self) -> None:
        """Let every access token in force expire now."""
        with self._guard:
            self._access.clear()

    def revoke(self, token: str) -> bool:
        """Revoke a token with all of its person and client; False when it is unknown."""
        with self._guard:
            grant = self._refresh.get(token) or self.bearer(token)
            if grant is None:
                return False
            whom = (grant.email, grant.client_id)
            self._refresh = {
                t: g for t, g in self._refresh.items() if (g.email, g.client_id) != whom
            }
            self._access = {
                t: e for t, e in self._access.items() if (e[0].email, e[0].client_id) != whom
            }
            self._keep()
        return True

    def _keep(self) -> None:
        entries = {token: asdict(grant) for token, grant in self._refresh.items()}
        self._store.write(_FILE, json.dumps(entries, indent=1).encode())
