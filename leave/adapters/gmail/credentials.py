"""The stored Gmail credentials, as Google's library uses them.

Either those of a person who agreed that this application sends for them, or the key of a service
account to which the company delegated sending as the mailbox:
https://developers.google.com/identity/protocols/oauth2/service-account
"""

# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import UnsupportedAlgorithm

# Loading service_account here costs nothing: googleapiclient.discovery does so in any case.
from google.oauth2 import credentials, service_account

from leave.domain.mail_errors import MailCredentialsError

if TYPE_CHECKING:
    from collections.abc import Mapping

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
