"""Credentials and transport of the Gmail API."""

# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httplib2
import urllib3
from cryptography.exceptions import UnsupportedAlgorithm
from google.oauth2 import credentials, service_account
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from leave.domain.errors import MailCredentialsError

if TYPE_CHECKING:
    from collections.abc import Mapping


# Its own transport, httplib2, posts a request again by itself when the connection drops after the
# request was sent, which sends the same mail twice. This one never repeats anything.


CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0


class NothingSentError(ConnectionError):
    """The connection was never made, so Google has seen nothing."""


class MaybeSentError(ConnectionError):
    """The request left, and no answer came back."""


class Urllib3Http:
    """What google-api-python-client uses of `httplib2.Http`, over urllib3; safe for threads."""

    follow_redirects = False

    def __init__(self, *, connect: float = CONNECT_SECONDS, read: float = READ_SECONDS) -> None:
        timeout = urllib3.Timeout(connect=connect, read=read)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)

    def request(  # noqa: PLR0913, PLR0917 - httplib2's signature
        self,
        uri: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = 0,  # noqa: ARG002
        connection_type: object = None,  # noqa: ARG002
    ) -> tuple[httplib2.Response, bytes]:
        """Send one request, once.

        Raises `NothingSentError` or `MaybeSentError`, which differ in whether the mail may be out.
        """
        try:
            answer = self._pool.request(method, uri, body=body, headers=headers, redirect=False)
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise NothingSentError(type(error).__name__) from error
        except (ReadTimeoutError, HTTPError) as error:
            raise MaybeSentError(type(error).__name__) from error
        fields: dict[str, Any] = {name.lower(): text for name, text in answer.headers.items()}
        response = httplib2.Response(fields)
        response.status, response.reason = answer.status, answer.reason or ""
        return response, answer.data

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.clear()


# Either those of a person who agreed that this application sends for them, or the key of a service
# account to which the company delegated sending as the mailbox:
# https://developers.google.com/identity/protocols/oauth2/service-account


SEND_SCOPE: Final = "https://www.googleapis.com/auth/gmail.send"
USER, SERVICE_ACCOUNT = "authorized_user", "service_account"
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    USER: ("client_id", "client_secret", "refresh_token", "token_uri"),
    SERVICE_ACCOUNT: ("client_email", "private_key_id", "private_key", "token_uri"),
}
"""What the credentials of a type consist of."""

_CURE = "Run `leave gmail authorize --stage STAGE` to put complete credentials there."


def type_of(stored: Mapping[str, Any]) -> str:
    """Return the type of stored credentials; those of a person may leave it out."""
    return str(stored.get("type") or USER)


def missing_of(stored: Mapping[str, Any]) -> list[str]:
    """Return the names of what stored credentials of a known type lack."""
    names = REQUIRED[type_of(stored)]
    return [name for name in names if not stored.get(name) or not isinstance(stored[name], str)]


def from_stored(stored: Mapping[str, Any], *, sender: str) -> Any:
    """Return credentials that may send mail and nothing else, without a token yet.

    A service account acts as `sender`. Raises `MailCredentialsError` for what is incomplete.
    """
    if type_of(stored) not in REQUIRED:
        raise MailCredentialsError(
            f"The Gmail secret is of an unknown type, not one of {', '.join(REQUIRED)}. {_CURE}"
        )
    if missing := missing_of(stored):
        raise MailCredentialsError(f"The Gmail secret lacks {', '.join(missing)}. {_CURE}")
    if type_of(stored) == SERVICE_ACCOUNT:
        return _of_service_account(stored, sender)
    # Not from_authorized_user_info, which ignores the token_uri it is given.
    return credentials.Credentials(
        None,
        refresh_token=stored["refresh_token"],
        token_uri=stored["token_uri"],
        client_id=stored["client_id"],
        client_secret=stored["client_secret"],
        scopes=[SEND_SCOPE],
    )


def _of_service_account(stored: Mapping[str, Any], sender: str) -> Any:
    # Nothing but these: a key file may name a project to bill, or another universe than Google's.
    info = {name: stored[name] for name in REQUIRED[SERVICE_ACCOUNT]}
    try:
        made = service_account.Credentials.from_service_account_info(
            info, scopes=[SEND_SCOPE], subject=sender
        )
        # A key of another kind is read all the same, and fails where it is used.
        made.sign_bytes(b"")
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Not chained: the parser's error may quote the key.
        raise MailCredentialsError(
            f"The private_key in the Gmail secret is not an RSA key. {_CURE}"
        ) from None
    return made
