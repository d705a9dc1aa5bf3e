"""Google's discovery document, account page and consent page."""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from emulator.google.conversations import Person
from emulator.google.grants import CODE_SECONDS, Code, Grant, Grants
from emulator.google.http import Reply, Request, json_reply, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from emulator.google.clients import OAuthClients
    from emulator.google.http import Request
    from emulator.google.id_tokens import SigningKey


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


STRANGER = Person(name="Person of another company", address="somebody@example.org")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class AccountPage:
    """Shown to a browser that has not said who signs in; each account is a plain link."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = (*people, STRANGER)
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @staticmethod
    def is_wanted(request: Request) -> bool:
        """Return whether a person looks at the answer, and has not chosen an account."""
        chosen = "@" in request.query.get("login_hint", "")
        asked = "select_account" in request.query.get("prompt", "").split()
        return "text/html" in request.header("accept") and (asked or not chosen)

    def show(self, request: Request) -> Reply:
        """Show the accounts; each link is the same request, with its account as the hint."""
        # Or the next page would be this one again.
        prompts = request.query.get("prompt", "").split()
        left = " ".join(word for word in prompts if word != "select_account")
        query = {**request.query, "prompt": left} if left else dict(request.query)
        if not left:
            query.pop("prompt", None)
        choices = [
            (person, f"?{urlencode(query | {'login_hint': person.address})}")
            for person in self._people
        ]
        text = self._templates.get_template("accounts.html.j2").render(
            choices=choices, application=urlsplit(query["redirect_uri"]).netloc
        )
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer",
        }
        return Reply(
            body=text.encode("utf-8", "replace"),
            content_type="text/html; charset=utf-8",
            headers=headers,
        )


DISCOVERY_PATH = "/.well-known/openid-configuration"
CONSENT_PATH = "/o/oauth2/v2/auth"
TOKEN_PATH = "/token"  # noqa: S105 - a path
REVOKE_PATH = "/revoke"
KEYS_PATH = "/oauth2/v3/certs"


class Discovery:
    """Answers the discovery document and the key set."""

    def __init__(self, *, key: SigningKey, issuer: Callable[[], str]) -> None:
        self._key = key
        self._issuer = issuer

    def document(self, _: Request) -> Reply:
        """Return the discovery document (OpenID Connect Discovery 1.0 section 3)."""
        base = self._issuer()
        return _cached(
            {
                "issuer": base,
                "authorization_endpoint": base + CONSENT_PATH,
                "token_endpoint": base + TOKEN_PATH,
                "revocation_endpoint": base + REVOKE_PATH,
                "jwks_uri": base + KEYS_PATH,
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                ],
                "claims_supported": [
                    "aud", "email", "email_verified", "exp", "hd", "iat", "iss", "sub",
                ],
                "code_challenge_methods_supported": ["S256"],
                "grant_types_supported": [
                    "authorization_code",
                    "refresh_token",
                    "urn:ietf:params:oauth:grant-type:jwt-bearer",
                ],
            }
        )  # fmt: skip

    def keys(self, _: Request) -> Reply:
        """Return the JSON web key set."""
        return _cached({"keys": [self._key.jwk()]})


def _cached(value: object) -> Reply:
    return json_reply(value, headers={"Cache-Control": "public, max-age=3600"})
