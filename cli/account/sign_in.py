"""Signing in with Google in the browser.

The loopback flow of RFC 8252 with PKCE (RFC 7636), as Google asks of desktop applications:
https://developers.google.com/identity/protocols/oauth2/native-app
"""

# Google's client library carries no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import contextlib
import os
import sys
import webbrowser
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from google_auth_oauthlib.flow import InstalledAppFlow
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError, OAuth2Error
from requests.exceptions import RequestException

from cli.errors import CommandError
from cli.web import Call, NoAnswerError, is_loopback, send
from leave.domain.values import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from cli.account.oauth_client import OAuthClient
    from cli.web import Web

T = TypeVar("T")

SCOPES = ("openid", "https://www.googleapis.com/auth/userinfo.email")
TIMEOUT_SECONDS = 300
_WORKED = "This worked. You can close this window and go back to the terminal."
_FAILED = "This did not work. {why}\nYou can close this window and go back to the terminal."
_PROMPT = "Open this address in a browser to sign in:\n{url}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """What Google gives who signs in."""

    refresh_token: Secret
    id_token: Secret
    scopes: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class SignIn:
    """How to sign in.

    `port` 0 is any free one; `email` is whom to suggest, among the accounts of `hosted_domain`.
    Neither is enforced by Google, nor that all `scopes` are agreed to.
    """

    open_browser: bool = True
    port: int = 0
    email: str | None = None
    hosted_domain: str | None = None
    scopes: tuple[str, ...] = SCOPES
    timeout_seconds: int = TIMEOUT_SECONDS

    def __call__(self, client: OAuthClient, accept: Callable[[SignedIn], T]) -> T:
        """Wait until somebody has signed in, and return what `accept` returns for that.

        The page in the browser says whether all of it worked. Raises what `accept` raises, and
        `CommandError` when nobody signs in.
        """
        flow = self._flow(client)
        accepted: list[T] = []
        failures: list[Exception] = []

        def react(path: str) -> str:
            try:
                accepted.append(accept(self._exchanged(flow, client, path)))
            except CommandError as error:
                failures.append(error)
                return _FAILED.format(why=error)
            except Exception as error:  # noqa: BLE001 - raised below, when the page is sent
                failures.append(error)
                return _FAILED.format(why="The terminal shows the reason.")
            return _WORKED

        with _oauthlib_settings(client), self._listener(react) as listener:
            url = self._address(flow, f"http://127.0.0.1:{listener.server_address[1]}/")
            if self.open_browser and _has_browser():
                webbrowser.get().open(url, new=1, autoraise=True)
            print(_PROMPT.format(url=url), file=sys.stderr)
            listener.timeout = self.timeout_seconds
            listener.handle_request()
        if failures:
            raise failures[0]
        if not accepted:
            raise CommandError(
                f"There was no sign-in within {self.timeout_seconds} seconds. Run it again, and"
                " keep the page open until it says whether it worked."
            )
        return accepted[0]

    def without_browser(
        self, client: OAuthClient, accept: Callable[[SignedIn], T], web: Web = send
    ) -> T:
        """Sign in where the consent page agrees by itself, and return what `accept` returns.

        Only the stand-in for Google of a local stage has such a page. Raises as `__call__` does.
        """
        flow = self._flow(client)
        with _oauthlib_settings(client):
            url = self._address(flow, "http://127.0.0.1/")
            try:
                answer = web(Call(method="GET", url=url))
            except NoAnswerError as error:
                raise CommandError(
                    f"{client.auth_uri} does not answer ({error}). Check whether the local stage"
                    " is still running."
                ) from error
            back = urlsplit(answer.headers.get("location", ""))
            if not back.query:
                raise CommandError(
                    f"{client.auth_uri} gives no sign-in without a browser ({answer.status})."
                    " Run it again without --email."
                )
            return accept(self._exchanged(flow, client, f"{back.path}?{back.query}"))

    def _flow(self, client: OAuthClient) -> Any:
        return InstalledAppFlow.from_client_config(
            client.reveal(), list(self.scopes), autogenerate_code_verifier=True
        )

    def _address(self, flow: Any, redirect_uri: str) -> str:
        """Return where to sign in, for an answer to `redirect_uri`."""
        flow.redirect_uri = redirect_uri
        asked = {"login_hint": self.email, "hd": self.hosted_domain}
        # Both, or Google gives no refresh token to who signed in before.
        asked |= {"access_type": "offline", "prompt": "consent"}
        wanted = {name: value for name, value in asked.items() if value}
        return str(flow.authorization_url(**wanted)[0])

    def _listener(self, react: Callable[[str], str]) -> _Listener:
        try:
            return _Listener(self.port, react)
        except OSError as error:
            raise CommandError(
                f"Port {self.port} of this machine cannot be used ({error.strerror})."
                " Name another with --port."
            ) from error

    def _exchanged(self, flow: Any, client: OAuthClient, path: str) -> SignedIn:
        """Return what Google gives for the answer that is in a path."""
        try:
            # The library takes no answer by http, also from this machine.
            flow.fetch_token(authorization_response=f"https://127.0.0.1{path}")
        except AccessDeniedError as error:
            raise CommandError(
                "The sign-in was cancelled in the browser. Run it again to sign in."
            ) from error
        except OAuth2Error as error:
            why = f"{error.error} {error.description or ''}".strip(" .")
            raise CommandError(f"Google refuses the sign-in: {why}. Run it again.") from error
        except RequestException as error:
            raise CommandError(
                f"{client.token_uri} does not answer ({type(error).__name__}). Try again."
            ) from error
        return _signed_in(flow.credentials, self.scopes)


class _Listener(TCPServer):
    """Where the browser comes back to; `react` takes the path, and returns the page's text."""

    def __init__(self, port: int, react: Callable[[str], str]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.react = react

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a browser go away before it has the page: the terminal says the same."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = cast("_Listener", self.server).react(self.path).encode()
        self.send_response(HTTPStatus.OK)
        # Plain text, since Google's words may be in it.
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base has it
        """Print nothing: the path holds a code."""


def _signed_in(credentials: Any, scopes: tuple[str, ...]) -> SignedIn:
    if not credentials.refresh_token or not credentials.id_token:
        raise CommandError(
            "Google gave no lasting sign-in. Check that the OAuth client is of the type"
            " 'Desktop app', and agree to everything that is asked."
        )
    return SignedIn(
        refresh_token=Secret(credentials.refresh_token),
        id_token=Secret(credentials.id_token),
        # Left out where it is what was asked for: RFC 6749, section 5.1.
        scopes=frozenset(credentials.granted_scopes or scopes),
    )


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


@contextlib.contextmanager
def _oauthlib_settings(client: OAuthClient) -> Generator[None]:
    """Let oauthlib accept what is right here, for as long as it is needed.

    Google answers with its scopes in another order, and a local stage has no certificate.
    """
    settings: Mapping[str, str] = {"OAUTHLIB_RELAX_TOKEN_SCOPE": "1"}
    if is_loopback(client.token_uri):
        settings = {**settings, "OAUTHLIB_INSECURE_TRANSPORT": "1"}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
