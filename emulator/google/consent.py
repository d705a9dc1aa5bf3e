"""Google's consent page, which here agrees at once for whoever `login_hint` names."""

from __future__ import annotations

import ipaddress
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from emulator.google.exchange import Reply, Request, refused
from emulator.google.grants import CODE_SECONDS, Code, Grant, Grants

if TYPE_CHECKING:
    from emulator.google.clients import OAuthClients


class Consent:
    """Answers `GET /o/oauth2/v2/auth` with a redirect back to the application."""

    def __init__(self, *, grants: Grants, clients: OAuthClients, default_email: str) -> None:
        self._grants = grants
        self._clients = clients
        self._default_email = default_email

    def authorize(self, request: Request) -> Reply:
        """Send the browser back with a code; RefusalError when Google would show an error page."""
        query = request.query
        redirect_uri = query.get("redirect_uri", "")
        # Nothing is redirected, not even an error, before the target is known to be harmless.
        if not _is_loopback(redirect_uri):
            raise refused("redirect_uri_mismatch: redirect_uri must be http on a loopback address")
        if self._clients.secret(query.get("client_id", "")) is None:
            raise refused("invalid_client: the OAuth client was not found", status=401)
        if query.get("response_type") != "code":
            raise refused("unsupported_response_type: only response_type=code is served")
        scopes = tuple(query.get("scope", "").split())
        if not scopes:
            raise refused("invalid_request: missing required parameter: scope")
        challenge = query.get("code_challenge", "")
        if challenge and query.get("code_challenge_method") != "S256":
            raise refused("invalid_request: code_challenge_method must be S256")
        hint = query.get("login_hint", "").strip()
        grant = Grant(
            email=hint if "@" in hint else self._default_email,
            client_id=query["client_id"],
            scopes=scopes,
        )
        code = self._grants.code(
            Code(
                grant=grant,
                redirect_uri=redirect_uri,
                challenge=challenge,
                nonce=query.get("nonce", ""),
                offline=self._is_offline(request, grant),
                expires=time.time() + CODE_SECONDS,
            )
        )
        answer = {"code": code, "scope": " ".join(scopes)}
        if "state" in query:
            answer["state"] = query["state"]
        joint = "&" if urlsplit(redirect_uri).query else "?"
        location = f"{redirect_uri}{joint}{urlencode(answer)}"
        return Reply(status=302, headers={"Location": location, "Cache-Control": "no-store"})

    def _is_offline(self, request: Request, grant: Grant) -> bool:
        """Google hands out a refresh token on the first consent only, unless asked to ask again."""
        if request.query.get("access_type") != "offline":
            return False
        asked = "consent" in request.query.get("prompt", "").split()
        return asked or not self._grants.consented_before(grant)


def _is_loopback(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    # Browsers read a backslash as a slash and what is before "@" as a user: no room for either.
    if parts.scheme != "http" or not uri.isprintable() or any(sign in uri for sign in "\\@# "):
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
