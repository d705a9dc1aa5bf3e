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
from typing import TYPE_CHECKING, Any

from google_auth_oauthlib.flow import InstalledAppFlow, WSGITimeoutError
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError, OAuth2Error
from requests.exceptions import RequestException

from cli.errors import CommandError
from cli.web import is_loopback
from leave.domain.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from cli.account.oauth_client import OAuthClient

SCOPES = ("openid", "https://www.googleapis.com/auth/userinfo.email")
TIMEOUT_SECONDS = 300
# The page is sent before the answer is looked at, so it cannot say more.
_ANSWERED = (
    "Google has answered. Go back to the terminal: it says whether this worked. You can close this"
    " window."
)
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

    def __call__(self, client: OAuthClient) -> SignedIn:
        """Wait until somebody has signed in; raises `CommandError` when nobody does."""
        flow = InstalledAppFlow.from_client_config(
            client.reveal(), list(self.scopes), autogenerate_code_verifier=True
        )
        asked = {"login_hint": self.email, "hd": self.hosted_domain}
        hints: dict[str, Any] = {name: value for name, value in asked.items() if value}
        with _oauthlib_settings(client), contextlib.redirect_stdout(sys.stderr):
            try:
                credentials: Any = flow.run_local_server(
                    host="127.0.0.1",
                    port=self.port,
                    open_browser=self.open_browser and _has_browser(),
                    authorization_prompt_message=_PROMPT,
                    success_message=_ANSWERED,
                    timeout_seconds=self.timeout_seconds,
                    # Both, or Google gives no refresh token to who signed in before.
                    access_type="offline",
                    prompt="consent",
                    **hints,
                )
            except WSGITimeoutError as error:
                raise CommandError(
                    f"There was no sign-in within {self.timeout_seconds} seconds. Run it again, and"
                    " keep the page open until Google has answered."
                ) from error
            except AccessDeniedError as error:
                raise CommandError("The sign-in was cancelled in the browser.") from error
            except OAuth2Error as error:
                why = f"{error.error} {error.description or ''}".strip(" .")
                raise CommandError(f"Google refuses the sign-in: {why}.") from error
            except RequestException as error:
                raise CommandError(
                    f"{client.token_uri} does not answer ({type(error).__name__}). Try again."
                ) from error
            except OSError as error:
                raise CommandError(
                    f"Port {self.port} of this machine cannot be used ({error.strerror})."
                    " Name another with --port."
                ) from error
        return _signed_in(credentials, self.scopes)


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
