"""Google's consent page, which agrees at once for whoever `login_hint` names, or asks who it is."""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from emulator.google.exchange import Reply, Request, refused
from emulator.google.grants import CODE_SECONDS, Code, Grant, Grants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.google.account_page import AccountPage
    from emulator.google.clients import OAuthClients


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the person at the consent page does; by default they agree to everything."""

    email: str | None = None
    unticked: frozenset[str] = frozenset()
    denied: bool = False


class Consent:
    """Answers `GET /o/oauth2/v2/auth` with a redirect back to the application.

    A browser that does not say who signs in is shown `accounts` first.
    """

    def __init__(
        self, *, grants: Grants, clients: OAuthClients, accounts: AccountPage, default_email: str
    ) -> None:
        self._grants = grants
        self._clients = clients
        self._accounts = accounts
        self._default_email = default_email
        self._choices: deque[Choice] = deque()

    def expect(self, choice: Choice) -> None:
        """Let the next consent without a choice of its own come out as `choice`."""
        self._choices.append(choice)

    def authorize(self, request: Request) -> Reply:
        """Send the browser back with a code; RefusalError when Google would show an error page."""
        query = request.query
        self._check(query)
        if not self._choices and self._accounts.is_wanted(request):
            return self._accounts.show(request)
        choice = self._choices.popleft() if self._choices else Choice()
        if choice.denied:
            return _back(query, {"error": "access_denied"})
        scopes = [scope for scope in query["scope"].split() if scope not in choice.unticked]
        hint = query.get("login_hint", "").strip()
        grant = Grant(
            email=choice.email or (hint if "@" in hint else self._default_email),
            client_id=query["client_id"],
            scopes=tuple(scopes),
        )
        code = Code(
            grant=grant,
            redirect_uri=query["redirect_uri"],
            challenge=query.get("code_challenge", ""),
            nonce=query.get("nonce", ""),
            offline=self._is_offline(query, grant),
            expires=time.time() + CODE_SECONDS,
        )
        return _back(query, {"code": self._grants.code(code), "scope": " ".join(scopes)})

    def _check(self, query: Mapping[str, str]) -> None:
        # Nothing is redirected, not even an error, before the target is known to be harmless.
        if not _is_loopback(query.get("redirect_uri", "")):
            raise refused("redirect_uri_mismatch: redirect_uri must be http on a loopback address")
        if not self._clients.may_return_to(query.get("client_id", ""), query["redirect_uri"]):
            raise refused("redirect_uri_mismatch: redirect_uri is not registered for this client")
        if self._clients.secret(query.get("client_id", "")) is None:
            raise refused("invalid_client: the OAuth client was not found", status=401)
        if query.get("response_type") != "code":
            raise refused("unsupported_response_type: only response_type=code is served")
        if not query.get("scope", "").split():
            raise refused("invalid_request: missing required parameter: scope")
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            raise refused("invalid_request: code_challenge_method must be S256")

    def _is_offline(self, query: Mapping[str, str], grant: Grant) -> bool:
        """Google hands out a refresh token on the first consent only, unless asked to ask again."""
        if query.get("access_type") != "offline":
            return False
        asked = "consent" in query.get("prompt", "").split()
        return asked or not self._grants.consented_before(grant)


def _back(query: Mapping[str, str], answer: dict[str, str]) -> Reply:
    uri = query["redirect_uri"]
    if "state" in query:
        answer["state"] = query["state"]
    joint = "&" if urlsplit(uri).query else "?"
    location = f"{uri}{joint}{urlencode(answer)}"
    return Reply(status=302, headers={"Location": location, "Cache-Control": "no-store"})


def _is_loopback(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    # Browsers read a backslash as a slash and what is before "@" as a user: no room for either.
    clean = uri.isascii() and uri.isprintable() and not any(sign in uri for sign in "\\@# ")
    if parts.scheme != "http" or not clean:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
